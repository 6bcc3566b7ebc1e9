-- Where the system refuses to read, or has no memory, that is no end of what was to be read: nothing is lost in silence.
local connector = require "spec.support.connector"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local raw_server = require "spec.support.raw_server"
local refusals = require "spec.support.refusals"
local sentry = require "spec.support.sentry"

local unless_sanitized = refusals.possible and it or pending

teardown(perigee.cleanup)

local COPY = [[return { name = "copy", path = "projects/{organization}/{project}/events/", params = { full = "true" },
  primary_key = "id", scope = "project:read" }]]
local ROWS = 400

-- Reads a stream of the user's own with this refused; its last status, and whether it failed.
local function read_refused(given, folder)
  local place = sentry.scenario { data = { events = ROWS, body = 1000 } } -- a page is more than a pipe holds
  local result = connector.read(place, { "copy" }, { words = { "--scripts", folder }, env = refusals.environment(given) })
  local last = connector.last_status(result, "copy")
  if last == "COMPLETE" then
    assert.equal(0, result.status)
    assert.equal(ROWS, #result.records "copy", "records are gone, and nothing says so")
    return nil
  end
  assert.equal("INCOMPLETE", last, result.err)
  assert.equal(1, result.status)
  return connector.errors(result, "copy")[1].message
end

describe("a read that the system refuses", function()
  unless_sanitized("of a child's lines fails its stream, wherever it comes", function()
    local folder = own_streams.folder { copy = COPY }
    for n = 1, 4 do -- as many as it reads at the least: one for each page
      local message = read_refused({ read = "pipe " .. n }, folder)
      assert.matches("cannot be read any more", message)
    end
  end)

  unless_sanitized("of what a child says fails its stream", function()
    local folder = own_streams.folder { copy = COPY }
    for n = 1, 3 do assert.matches("cannot be read any more", read_refused({ read = "socket " .. n }, folder)) end
  end)

  unless_sanitized("of another program is no end of its output", function()
    local script = 'local p = require "program"; print(p.run { "sh", "-c", "echo one; sleep 0.1; echo two" })'
    for n = 1, 2 do
      local result = perigee.interpret(script, refusals.environment { read = "pipe " .. n })
      assert.matches("^nil\tsh: Input/output error\tfailed", result.lines[1])
    end
  end)

  unless_sanitized("of a folder of scripts is no end of its list", function()
    local folder = own_streams.folder { copy = COPY }
    local env = refusals.environment { read = "folder 3" }
    local result = perigee.run { "discover", "--scripts", folder, env = env }
    assert.equal(1, result.status)
    assert.matches("the folder of scripts cannot be read", result.of "TRACE"[1].error.message)
    local list = ('print(require("files").list(%q))'):format(folder)
    assert.matches("^nil\tInput/output error", perigee.interpret(list, env).lines[1])
  end)

  unless_sanitized("of a file is no end of it", function()
    local file = perigee.write(("x"):rep(100))
    local env = refusals.environment { read = "file 2" } -- the first finds all of it, the second its end
    local script = ('print(require("files").read(%q))'):format(file)
    local result = perigee.interpret(script, env)
    assert.matches("Input/output error", result.err .. table.concat(result.lines))
    assert.is_nil(result.err:find(("x"):rep(100)))
  end)
end)

describe("a write that the system refuses", function()
  unless_sanitized("is why a stream of one's own ends, whose records a table was to keep", function()
    local result = perigee.interpret(([[
      local streams = require "stream.registry"
      local settings = { base_url = "http://127.0.0.1:1/api/0/", auth_token = "x", organization = "acme", project = "web",
        custom_streams = { { name = "rows", script = %q } } }
      local to = assert(require "destination".open(%q))
      local output = assert(to:stream { name = "rows", place = "rows", key = {}, schema = "{}" })
      streams.names(settings)
      print(streams.run(output, { job = "read", name = "rows", config = settings, options = {}, lands = true }))
    ]]):format([[
      local page = require "page"
      return { name = "rows", read = function(context)
        for n = 1, 100 do
          context:emit(assert(page.of('[{"n":"' .. ("x"):rep(100000) .. '"}]', { fields = {} })))
        end
      end }
    ]], perigee.folder() .. "/full.db"), refusals.environment { write = "full 60" })
    assert.matches("^nil\t.*database or disk is full", table.concat(result.lines, "\n"), result.err)
  end)
end)

describe("memory that is short", function()
  unless_sanitized("for a child's lines fails its stream, at whatever size", function()
    local folder, failed = own_streams.folder { copy = COPY }, 0
    for _, most in ipairs { 200000, 300000, 500000 } do
      local message = read_refused({ memory = most }, folder)
      if message then
        failed = failed + 1
        assert.matches("memory is short", message)
      end
    end
    assert.is_true(failed > 0)
  end)

  -- A missing Link says of some servers' lists that they end here.
  unless_sanitized("for a response's header is no missing header", function()
    local long = ("x"):rep(20000)
    local head = ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\nX-Filling: %s\r\n"):format(("x"):rep(4000))
    -- Read, these lines need 50 kB; joined, the second ", " doubles a buffer of 40 kB.
    local links = ("Link: %s\r\nLink: %s\r\nLink: x\r\n\r\n"):format(long, long)
    raw_server.with(head .. links, function(server)
      local result = perigee.interpret(([[
        local response = assert(require "http".get "http://127.0.0.1:%d/")
        print(pcall(response.header, response, "X-Other"))
        print(pcall(response.header, response, "Link"))
      ]]):format(server.port), refusals.environment { memory = 70000 })
      assert.same({ "true\tnil", "false\tmemory is short" }, result.lines, result.err)
    end)
  end)

  -- A signal would be a crash.
  unless_sanitized("at whatever point ends the program in words", function()
    local words, list = { "read", "--replay", "demo/sentry.har", "--config", "demo/config.json", "--catalog",
      perigee.write_catalog { "events", "releases" } }, {}
    for n = 1000, 41000, 800 do
      list[#list + 1] = { env = refusals.environment { memory = 0, from = n }, table.unpack(words) }
    end
    list[#list + 1] = { env = refusals.environment { memory = 0, from = "pipe" }, table.unpack(words) }
    local results = perigee.run_all(list)
    for i, result in ipairs(results) do
      assert.is_nil(result.signal, ("signal, without memory from allocation %s on"):format(list[i].env.REFUSE_FROM))
    end
    assert.equal(1, results[#results].status)
    assert.matches("memory is short", results[#results].err)
  end)
end)
