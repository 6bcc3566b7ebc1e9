-- Which files the script of a stream may read, and which paths it learns.
local connector = require "spec.support.connector"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

-- Reads nothing, and tells what it can get hold of: files beside streams, and what the command line says.
local function nosy(name)
  return ([[local host, json = require "host", require "json"
local function beside(stream) return require("resources").read("notes.txt", stream) or host.resource("notes.txt", stream) end
return { name = "%s", primary_key = "id", read = function(context)
  local options = {}
  for key, value in pairs(host.options()) do options[#options + 1] = key .. "=" .. json.encode { value } end
  print("FOUND " .. json.encode { neighbour = beside "neighbour", own = beside "%s", options = options })
end }]]):format(name, name)
end

local NEIGHBOUR = 'return { name = "neighbour", path = "organizations/{organization}/releases/", primary_key = "id" }'

teardown(perigee.cleanup)

describe("the script of a stream", function()
  local place, folder, other
  setup(function()
    place = sentry.scenario { data = { releases = 1 } }
    folder = own_streams.folder { neighbour = NEIGHBOUR, ["notes.txt"] = "the neighbour's notes" }
    other = own_streams.folder { own = nosy "own", ["notes.txt"] = "its own notes" }
  end)

  local function found(words, config)
    words[#words + 1] = "--record=" .. perigee.folder() .. "/secret-path.har"
    local result = connector.read(place, { "own" }, { words = words, config = config })
    assert.equal(0, result.status, table.concat(result.lines, "\n"))
    for _, log in ipairs(result.of "LOG") do
      local text = log.message:match "FOUND (.*)"
      if text then return json.decode(text) end
    end
    error(table.concat(result.lines, "\n"))
  end

  it("in a folder reads what is beside it, and nothing beside others", function()
    local got = found { "--scripts", folder, "--scripts", other }
    assert.equal("its own notes", got.own)
    assert.is_nil(got.neighbour)
  end)

  it("in the configuration reads no file", function()
    local got = found({ "--scripts", folder }, { custom_streams = { { name = "own", script = nosy "own" } } })
    assert.is_nil(got.own)
    assert.is_nil(got.neighbour)
  end)

  it("learns no path of the command line", function()
    for _, got in ipairs {
      found { "--scripts", folder, "--scripts", other },
      found({ "--scripts", folder }, { custom_streams = { { name = "own", script = nosy "own" } } }),
    } do
      assert.is_nil(table.concat(got.options, "\n"):find("/", 1, true), table.concat(got.options, "\n"))
    end
  end)

  it("is out of the prompt's reach, as are the paths", function()
    local config = perigee.write(sentry.config(place))
    local result = perigee.run { "repl", "--config", config, "--scripts", folder, input = [[
print(require("resources").read("notes.txt", "neighbour"))
print(require("command_line").options().config, require("command_line").options().folders)
]] }
    assert.equal("nil", result.lines[1]:match "^%a+")
    assert.equal("nil\tnil", result.lines[2])
  end)
end)
