-- Singer's SDK, by whose function taps and Meltano's tools conform records to the schema of their stream: a member that the
-- schema leaves out would be lost there.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"
local venv = require "spec.support.venv"

-- What becomes of all records of a scenario.
local function conformed(scenario, project)
  local given = { config = { project = project } }
  local catalog = perigee.run(connector.words("discover", scenario, given)).lines
  local read = connector.read(scenario, streams.of_peer, given)
  assert.equal(0, read.status, connector.logs(read))
  local result = venv.run("singer", "singer.py", { perigee.write(table.concat(catalog, "\n") .. "\n"),
    perigee.write(table.concat(read.lines, "\n") .. "\n") })
  assert.equal(0, result.status, result.err:sub(-2000))
  return cjson.decode(result.lines[1])
end

describe("Singer's SDK", function()
  teardown(perigee.cleanup)

  for _, dialect in ipairs { "hosted", "sentry-23.7.1", "sentry9", "glitchtip" } do
    it(("keeps all members of every record of %s, as they are"):format(dialect), function()
      local outcome = conformed(sentry.scenario { dialect = dialect, limits = false,
        data = { events = 60, issues = 30, releases = 20, projects = 5 } })
      assert.is_true(outcome.records > 100)
      assert.same({ {}, {} }, { outcome.lost, outcome.changed })
    end)
  end

  for recorded, project in pairs { ["sentry-9.1.2"] = "web-frontend", ["sentry-23.7.1"] = "checkout",
    glitchtip = "web-frontend" } do
    it(("keeps all members of records that a real %s gave, as they are"):format(recorded), function()
      local outcome = conformed(sentry.scenario { data = { fixtures = recorded } }, project)
      assert.is_true(outcome.records > 5)
      assert.same({ {}, {} }, { outcome.lost, outcome.changed })
    end)
  end

  it("keeps members that no schema names, too", function()
    local outcome = conformed(sentry.scenario { data = { events = 60, issues = 30, releases = 20, odd = true } })
    assert.same({ {}, {} }, { outcome.lost, outcome.changed })
  end)
end)
