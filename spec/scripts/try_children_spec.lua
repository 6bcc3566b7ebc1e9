-- How many requests `perigee try` makes of a child stream: no parent is asked for records that are not wanted.
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

describe("try of a child stream", function()
  local scenario, folder

  setup(function()
    scenario = sentry.scenario { data = { issues = 40 } }
    folder = own_streams.folder {
      latest = [[return { name = "latest", parent = "issues", path = "organizations/{organization}/issues/{parent.id}/",
        primary_key = "id", single = true }]],
      all = [[return { name = "all", parent = "issues", path = "organizations/{organization}/issues/{parent.id}/events/",
        primary_key = "id" }]],
    }
  end)
  teardown(perigee.cleanup)

  local function requests(name, ...)
    local before = #scenario.log()
    local config = perigee.write_config(sentry.config(scenario))
    local result = perigee.run { "try", name, "--scripts", folder, "--config", config, ... }
    assert.equal(0, result.status, result.err)
    return #scenario.log() - before, table.concat(result.lines, "\n")
  end

  for name, wanted in pairs { latest = { { 1, 1 }, { 4, 4 } }, all = { { 5, 1 }, { 6, 2 } } } do
    for _, case in ipairs(wanted) do
      it(("asks for %d records of %s by one request for parents, and %d for them"):format(case[1], name, case[2]), function()
        assert.equal(1 + case[2], (requests(name, "--limit", tostring(case[1]))))
      end)
    end
  end

  it("ends where the record that is looked for has come", function()
    local _, text = requests("latest", "--limit", "1")
    local id = text:match '"id": "(%d+)"'
    local count, told = requests("latest", "--why", id)
    assert.equal(2, count)
    assert.matches("It was emitted", told)
  end)
end)
