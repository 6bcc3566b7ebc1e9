--- A sync into a file of SQLite on a disk that is full: a real one, a small tmpfs in a mount namespace of the spec's own.
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local files = require "spec.support.files"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local BINARY = os.getenv "PERIGEE" or "build/perigee"
local KEYS = { events = "id", issues = "id", projects = "id", releases = "version" }

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function may_mount()
  return os.execute "unshare --mount sh -c 'mount -t tmpfs -o size=1m tmpfs /mnt' 2>/dev/null" == true
end

-- What is to be done there: a line of sh.
local function sync_line(scenario, to, ...)
  local words = { BINARY }
  for _, word in ipairs(connector.words("sync", scenario, { words = { "--to", to, ... } })) do words[#words + 1] = word end
  for i, word in ipairs(words) do words[i] = quoted(word) end
  return table.concat(words, " ")
end

describe("a sync onto a small disk", function()
  teardown(perigee.cleanup)

  it("needs room for its rows, and some 30 MB beside them while it runs", function()
    if not may_mount() then return pending "nobody may mount a disk here (unshare --mount, as root)" end
    local script = [[local page = require "page"
      return { name = "large", primary_key = "id", cursor = { field = "at" }, read = function(context)
        for n = 1, 400 do
          local rows = {}
          for i = 1, 100 do
            rows[i] = ('{"id":%d,"at":"2026-01-01T00:00:00Z","v":"%s"}'):format(n * 7919 % 400 * 100 + i, ("x"):rep(900))
          end
          context:emit(assert(page.of("[" .. table.concat(rows, ",") .. "]", { fields = { "id" }, key = { "id" } })))
        end
        context:checkpoint {}
      end }]]
    local disk, out = perigee.folder "little", perigee.folder "fitted"
    local script_of = { "--streams=large", "--script-time=600", "--scripts", own_streams.folder { large = script } }
    local line = sync_line(sentry.scenario {}, disk .. "/sentry.db", table.unpack(script_of))
    local lines = table.concat({
      "mount -t tmpfs -o size=72m tmpfs " .. quoted(disk),
      line .. (" >%s/out 2>&1; echo $? >%s/status"):format(out, out),
      ("cp %s/sentry.db %s/"):format(disk, out),
    }, "\n")
    assert(os.execute("unshare --mount sh -c " .. quoted(lines)))
    assert.equal("0\n", files.read(out .. "/status"), files.read(out .. "/out"))
    assert.equal(40000, database.value(out .. "/sentry.db", "SELECT count(*) FROM large"))
  end)

  it("says that there is no room, keeps what is complete, and goes on when there is", function()
    if not may_mount() then return pending "nobody may mount a disk here (unshare --mount, as root)" end
    local scenario = sentry.scenario { data = { events = 900, issues = 30, releases = 10 } }
    local disk, out = perigee.folder "disk", perigee.folder "kept"
    local file = disk .. "/sentry.db"
    local script = table.concat({
      "mount -t tmpfs -o size=3m tmpfs " .. quoted(disk),
      sync_line(scenario, file) .. (" >%s/first.out 2>%s/first.err; echo $? >%s/first.status"):format(out, out, out),
      ("cp %s* %s/"):format(file, out),
      "mount -o remount,size=200m " .. quoted(disk),
      sync_line(scenario, file) .. (" >%s/second.out 2>%s/second.err; echo $? >%s/second.status"):format(out, out, out),
      ("mkdir %s/whole && cp %s* %s/whole/"):format(out, file, out),
    }, "\n")
    assert(os.execute("unshare --mount sh -c " .. quoted(script)))
    assert.equal("1\n", files.read(out .. "/first.status"))
    assert.matches("make room, and sync again: it goes on from what is kept", files.read(out .. "/first.err"))
    assert.equal("ok", database.value(out .. "/sentry.db", "PRAGMA integrity_check"))
    local doubled = "SELECT count(*) - count(DISTINCT id) FROM events"
    assert.equal(0, database.value(out .. "/sentry.db", doubled))
    assert.is_true(database.value(out .. "/sentry.db", "SELECT count(*) FROM _perigee_tables") > 0)
    assert.equal("0\n", files.read(out .. "/second.status"), files.read(out .. "/second.err"))
    for stream, key in pairs(KEYS) do
      database.assert_holds(out .. "/whole/sentry.db", stream, key, connector.held(scenario, stream))
    end
  end)
end)
