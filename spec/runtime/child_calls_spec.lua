-- What the process of a user's own stream can still do where its script has broken out of Lua: a library that is
-- preloaded stands for such a script (child_hole.c).
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local sanitized = require "spec.support.sanitized"

local function unless_sanitized(name, test)
  it(name, function()
    if sanitized then
      return pending "the address sanitizer opens files and maps memory as it goes, so that its build has no such filter"
    end
    test()
  end)
end

local LIST = [[return { name = "mine", path = "organizations/{organization}/releases/", primary_key = "id" }]]

local REFUSED = { "open", "write a file", "memory", "stat", "unlink", "chmod", "limits", "send to" }
local ENDS = { "socket", "execve", "fork", "ptrace", "kill", "tgkill", "code", "protect" }

describe("the process of a user's own stream", function()
  local place, library, file

  setup(function()
    place = sentry.scenario { data = { releases = 3 } }
    library, file = perigee.folder() .. "/child_hole.so", perigee.write "kept"
    assert(os.execute(("cc -shared -fPIC -w -o '%s' spec/support/hardening/child_hole.c -ldl"):format(library)))
  end)
  teardown(perigee.cleanup)

  local function read(hole, more)
    local env = { LD_PRELOAD = library, HOLE = hole, HOLE_FILE = file }
    for name, value in pairs(more or {}) do env[name] = value end
    return own_streams.read(place, { mine = LIST }, "mine", { env = env })
  end

  -- What libraries open late: the time zone, a file of rows, XML, and what is beside the script.
  local LATE = [[return { name = "mine", primary_key = "id", read = function(context)
    local beside = require "beside"
    context:emit { id = beside.word, at = os.date("%H:%M", 0), noon = os.date("!%H", 43200),
      schema = #require("resources").read("spec.json") > 0, code = pcall(require, "json") }
  end }]]

  unless_sanitized("can do all of its work", function()
    local result = read()
    assert.equal(0, result.status, result.err .. connector.logs(result))
    assert.equal(3, #result.records "mine")
    local scripts = { mine = LATE, ["beside.lua"] = "return { word = 'beside' }" }
    local late = own_streams.read(place, scripts, "mine", { env = { TZ = "NZT-12:34" } })
    assert.equal(0, late.status, connector.logs(late))
    assert.same({ '{"at":"12:34","code":true,"id":"beside","noon":"12","schema":true}' }, late.records "mine")
  end)

  unless_sanitized("can neither open, look at nor change a file, and reads on where a library tries", function()
    for _, hole in ipairs(REFUSED) do
      local result = read(hole)
      assert.equal(hole .. ": Operation not permitted\n", result.err)
      assert.equal(0, result.status, hole)
      assert.equal(3, #result.records "mine")
    end
    assert.equal("kept", files.read(file))
  end)

  unless_sanitized("is ended where it tries to connect, run, trace or signal, and its stream says so", function()
    for _, hole in ipairs(ENDS) do
      local result = read(hole)
      assert.equal("", result.err, hole)
      local message, kind = own_streams.error_of(result, "mine")
      assert.matches("^the script of the stream 'mine' .* made a system call that no script needs, .* broken out of Lua", message)
      assert.equal("config_error", kind)
    end
  end)

  unless_sanitized("has no such limits where PERIGEE_HARDENING=off turns them off", function()
    assert.equal("open: done\n", read("open", { PERIGEE_HARDENING = "off" }).err)
  end)

  unless_sanitized("gets no file by its parent but those of its own stream, and few at once", function()
    for _, hole in ipairs { "ask beside another", "ask for much" } do
      local scripts = { mine = LIST, other = (LIST:gsub("mine", "other")), ["secret.txt"] = "secret" }
      local result = own_streams.read(place, scripts, "mine", { env = { LD_PRELOAD = library, HOLE = hole } })
      assert.matches("it said to its parent what cannot be understood", (own_streams.error_of(result, "mine")))
    end
  end)

  local function covered(value)
    return (value:gsub(".", function(c) return string.char(c:byte() ~ 0x2a) end))
  end

  unless_sanitized("has nothing of the environment in its memory, where the parent has it", function()
    local value = "a-password-for-PostgreSQL"
    -- Without its limits it can read the list of its memory.
    local more = { PGPASSWORD = value, HOLE_LOOKS_FOR = covered(value), PERIGEE_HARDENING = "off" }
    local here = read("look in the parent", more)
    assert.matches("^look in the parent: [1-9]", here.err)
    local there = read("look on", more)
    assert.equal("look on: 0\n", there.err)
    assert.equal(3, #there.records "mine")
  end)

  unless_sanitized("begins without the token in its memory, where the parent has made requests with it", function()
    local token = sentry.config(place).auth_token
    local env = { LD_PRELOAD = library, HOLE_LOOKS_FOR = covered(token), PERIGEE_HARDENING = "off" }
    local given = { words = { "--scripts", own_streams.folder { mine = LIST } }, config = { num_workers = 1 }, env = env }
    for hole, found in pairs { ["look in the parent"] = "[1-9]", look = "0" } do
      env.HOLE = hole
      local result = connector.read(place, { "releases", "mine" }, given)
      assert.matches("^" .. hole .. ": " .. found, result.err)
      assert.equal(3, #result.records "releases")
      assert.equal(3, #result.records "mine")
    end
  end)

  unless_sanitized("can end itself, as a library does that finds itself broken", function()
    assert.matches("ended by signal 6", (own_streams.error_of(read "abort", "mine")))
  end)
end)
