-- A script of the user's own that logs much.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local SCRIPT = [[
return { name = "chatty", path = "organizations/{organization}/releases/", primary_key = "id", identity = "version",
  cursor = { field = "dateCreated" }, filter = function() %s return true end }
]]

teardown(perigee.cleanup)

describe("what a script logs", function()
  local place
  setup(function() place = sentry.scenario { data = { releases = 3, issues = 2 } } end)

  local function logs_of(name, more)
    local folder = perigee.folder(name)
    perigee.write(SCRIPT:format(more), name .. "/chatty.lua")
    local result = connector.read(place, { "chatty", "issues" }, { words = { "--scripts", folder, "--script-time=30" } })
    assert.equal(0, result.status)
    assert.equal(3, #result.records "chatty")
    local told, lines, bytes = {}, 0, 0
    for _, log in ipairs(result.of "LOG") do
      if log.message:find "left out" then told[#told + 1] = log.level .. " " .. log.message end
      if log.message:find "^again" then lines, bytes = lines + 1, bytes + #log.message end
    end
    return told, lines, bytes
  end

  local CUT = { "WARN chatty: its script has logged 10000 lines or 4 MiB; further ones are left out" }

  it("is cut after 10000 lines, which one line says", function()
    local told, lines = logs_of("many_lines", "for _ = 1, 5000 do print 'again' end")
    assert.same(CUT, told)
    assert.equal(10000, lines)
  end)

  it("is cut after 4 MiB, which one line says", function()
    local told, _, bytes = logs_of("long_lines",
      "for _ = 1, 5 do print('again' .. ('x'):rep(700000)) end")
    assert.same(CUT, told)
    assert.is_true(bytes > 3 << 20 and bytes <= 4 << 20, bytes)
  end)

  it("comes whole below that", function()
    local told, lines = logs_of("few_lines", "for _ = 1, 100 do print 'again' end")
    assert.same({}, told)
    assert.equal(300, lines)
  end)
end)
