-- Filters of the configuration narrow the lists of issues and releases; a state of one filter is none of another.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local ISSUES, EVENTS = { { "issues", "incremental" } }, { { "events", "incremental" } }
local AFRESH = "the state is of another filter %(issue_query%)"

local function read(scenario, list, config, before)
  local result = connector.read(scenario, list, { config = config, state = before and connector.states(before) })
  assert.equal(0, result.status, connector.logs(result))
  return result
end

local function of_status(scenario, status)
  local texts = {}
  for _, record in ipairs(connector.held(scenario, "issues")) do
    if not status or record.status == status then texts[#texts + 1] = record.text end
  end
  return texts
end

local OPEN = { issue_query = "is:unresolved" }

describe("a list that the configuration narrows", function()
  teardown(perigee.cleanup)

  it("is requested by the parameters of its stream", function()
    local scenario = sentry.scenario { data = { issues = 3, events = 0 } }
    read(scenario, { "issues", "releases" },
      { issue_query = "is:unresolved", environments = { "production", "staging" }, release = 'a"b' })
    local issues, releases = scenario.log "issues"[1], scenario.log "releases"[1]
    assert.equal('is:unresolved release:"a\\"b"', issues.query.query)
    assert.equal('a"b', releases.query.query)
    for _, request in ipairs { issues, releases } do assert.matches("staging", request.query.environment) end
  end)

  it("has the records that the search finds, and then what is new among them", function()
    local scenario = sentry.scenario { data = { issues = 40, events = 0 } }
    local first = read(scenario, ISSUES, OPEN)
    local found = of_status(scenario, "unresolved")
    assert.is_true(#found > 0 and #found < 40)
    assert.is_nil(connector.difference(found, first.records "issues"))
    assert.same({}, read(scenario, ISSUES, OPEN, first).records())
  end)

  it("is read from its top where there was another filter, or none, or is none any more", function()
    local scenario = sentry.scenario { data = { issues = 40, events = 0 } }
    local before = read(scenario, ISSUES)
    for _, config in ipairs { OPEN, {}, { issue_query = "is:resolved" } } do
      local anew = read(scenario, ISSUES, config, before)
      assert.matches(AFRESH, connector.logs(anew, "WARN"))
      local status = config.issue_query and config.issue_query:sub(4)
      assert.is_nil(connector.difference(of_status(scenario, status), anew.records "issues"))
      before = anew
    end
  end)

  it("has the children of its records alone, and those of others where the filter is another one", function()
    local scenario = sentry.scenario { dialect = "hosted", limits = false, data = { issues = 12, events = 40 } }
    local children = { { "issue_activities", "incremental" } }
    local first = read(scenario, children, OPEN)
    local again = read(scenario, children, {}, first)
    assert.matches(AFRESH, connector.logs(again, "WARN"))
    assert.is_true(#again.records() > #first.records(), #again.records() .. " of " .. #first.records())
  end)

  it("leaves out no events, whichever way they are read", function()
    local scenario = sentry.scenario { data = { issues = 10, events = 60, linked = true } }
    for _, route in ipairs { "issues", "project" } do
      local result = read(scenario, EVENTS, { issue_query = "is:resolved", events_route = route })
      assert.is_nil(connector.difference(connector.truth(scenario, "events"), result.records "events"))
    end
  end)

  it("says of values that are none what they must be", function()
    local scenario = sentry.scenario {}
    for wrong, message in pairs { [{ environments = "production" }] = "environments must be a list of names",
      [{ issue_query = 5 }] = "issue_query must be a string", [{ release = { "a" } }] = "release must be a string" } do
      local result = connector.read(scenario, ISSUES, { config = wrong })
      assert.equal(1, result.status)
      assert.matches(message, connector.errors(result)[1].message)
    end
  end)
end)
