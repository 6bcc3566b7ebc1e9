-- A container may have no /proc: what perigee then knows by other ways.
local connector = require "spec.support.connector"
local it_unless = require "spec.support.it_unless"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local BINARY = perigee.binary:sub(1, 1) == "/" and perigee.binary or os.getenv "PWD" .. "/" .. perigee.binary
local HIDDEN = 'mount -t tmpfs none /proc && test ! -e /proc/self && exec "$@"'
local UNSHARE = { "--mount", "--map-root-user", "sh", "-c", HIDDEN, "sh" }

-- The sanitizers read /proc themselves.
local function refused()
  if require "spec.support.sanitized" then return "the sanitizers need /proc" end
  local result = perigee.run { binary = "/usr/bin/unshare", "--mount", "--map-root-user", "sh", "-c", HIDDEN, "sh", "true" }
  return result.status ~= 0 and "this user may not hide /proc by unshare: " .. result.err or nil
end
local WHY = refused()

-- Runs a program where nothing is in /proc; words as for perigee.run.
local function run(words, program)
  local all = table.move(UNSHARE, 1, #UNSHARE, 1, { binary = "/usr/bin/unshare", cwd = words.cwd, env = words.env })
  all[#all + 1] = program or BINARY
  return perigee.run(table.move(words, 1, #words, #all + 1, all))
end

local runs = it_unless(_ENV, WHY)

describe("where /proc is not mounted, perigee", function()
  teardown(perigee.cleanup)

  runs("finds its scripts however it is started", function()
    local folder, above, name = perigee.folder "links", BINARY:match "^(.*)/([^/]+)$"
    assert(os.execute(("ln -s '%s' '%s/connector'"):format(BINARY, folder)))
    local ways = {
      absolute = run { "spec" }, relative = run({ "spec", cwd = above }, "./" .. name),
      by_path = run({ "spec", env = { PATH = above .. ":" .. os.getenv "PATH" } }, name),
      link = run({ "spec", cwd = folder }, "./connector"),
    }
    for way, result in pairs(ways) do assert.same({ 0, 1 }, { result.status, #result.of "SPEC" }, way .. ": " .. result.err) end
  end)

  -- Bodies are no Lua values: the system alone limits them.
  runs("limits the memory of a stream of one's own, and reads one that needs less", function()
    local place = sentry.scenario { data = { events = 2, body = 900000 } }
    local folder = own_streams.folder { keeping = [[
      local function read(context)
        local http = require "http"
        local url = context.config.hostname .. "/api/0/projects/acme/web-frontend/events/?full=true"
        local options = { headers = { Authorization = "Bearer " .. context.config.auth_token } }
        local kept = {}
        for i = 1, 20 do kept[i] = assert(assert(http.get(url, options)):page { fields = { "id" } }) end
        context:emit(kept[20])
      end
      return { name = "keeping", primary_key = "id", read = read }]] }
    local function read(memory)
      local words = connector.words("read", place, { words = { "--scripts", folder, "--script-memory=" .. memory } })
      words[#words + 1] = "--catalog=" .. perigee.write_catalog { "keeping" }
      return run(words)
    end
    assert.matches("memory is short", (own_streams.error_of(read "8000000", "keeping")))
    local result = read "64000000"
    assert.same({ 0, 2 }, { result.status, #result.records "keeping" }, result.err)
  end)
end)
