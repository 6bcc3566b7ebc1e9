-- Airbyte's own classes of the protocol's messages, which its platform's tools parse a connector's lines with.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"
local venv = require "spec.support.venv"

-- How many messages of each type came, as the classes count them; raises what a class does not take, or does not keep.
local function parsed(lines)
  local path = perigee.write(table.concat(lines, "\n") .. "\n", "printed.jsonl")
  local result = venv.run("airbyte_models", "airbyte_models.py", { path })
  assert(result.status == 0, result.err:sub(-2000))
  return cjson.decode(result.lines[1])
end

local function entries(mode)
  local list = {}
  for i, name in ipairs(streams.of_peer) do list[i] = { name, mode } end
  return list
end

describe("Airbyte's models", function()
  teardown(perigee.cleanup)

  it("find the connector's metadata valid, and broken metadata not", function()
    local path = "deploy/airbyte/metadata.yaml"
    local result = venv.run("airbyte_models", "airbyte_models.py", { "--metadata", path })
    assert.same({ 0, "[]" }, { result.status, result.lines[1] }, result.err)
    local broken = perigee.write((files.read(path):gsub("connectorSubtype: api", "connectorSubtype: lua")), "metadata.yaml")
    local found = venv.run("airbyte_models", "airbyte_models.py", { "--metadata", broken })
    assert.matches("data/connectorSubtype: 'lua' is not one of ", found.lines[1])
  end)

  it("parse every line of spec, check, discover and of both ways to read, and lose no member of any", function()
    local scenario = sentry.scenario { data = { events = 60, issues = 20, releases = 20, odd = false } }
    local lines = {}
    for _, verb in ipairs { "spec", "check", "discover" } do
      local result = perigee.run(connector.words(verb, scenario))
      table.move(result.lines, 1, #result.lines, #lines + 1, lines)
    end
    for _, mode in ipairs { "full_refresh", "incremental" } do
      local result = connector.read(scenario, entries(mode))
      assert.equal(0, result.status)
      table.move(result.lines, 1, #result.lines, #lines + 1, lines)
    end
    local counts = parsed(lines)
    assert.same({ 1, 1, 1 }, { counts.SPEC, counts.CONNECTION_STATUS, counts.CATALOG })
    assert.equal(2 * (60 + 20 + 3 + 1 + 20), counts.RECORD)
    assert.is_true(counts.STATE >= 10 and counts["TRACE STREAM_STATUS"] >= 30 and counts.LOG > 0)
  end)

  it("parse what a read prints of a stream that fails, and of a limit that it waits for", function()
    local scenario = sentry.scenario { data = { events = 60 }, faults = {
      { fault = "status", status = 403, path = "/releases/", times = -1 },
      { fault = "rate_limited", form = "reset", seconds = 1, path = "/events/" },
    } }
    local result = connector.read(scenario, entries "incremental")
    assert.equal(1, result.status)
    local counts = parsed(result.lines)
    assert.is_true(counts["TRACE ERROR"] >= 1)
    assert.is_true(counts.RECORD > 60)
  end)
end)
