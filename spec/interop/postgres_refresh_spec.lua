-- Issues that change and keep their lastSeen, and issues that are gone: psql reads what the fake Sentry holds.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local postgres = require "spec.support.postgres"
local sentry = require "spec.support.sentry"

local DAY = 86400
local DATA = { issues = 250, events = 0, projects = 2, project_issues = { backend = 30 } }
local CHANGES = { resolves = 20, assigns = 10 }
local TRACKS = { track_deletes = true }

local function later(scenario, seconds, ...)
  local data = { later = { ... } }
  for name, value in pairs(DATA) do data[name] = value end
  scenario.change { data = data, clock = { shift_seconds = seconds } }
end

local function sync(scenario, schema, config)
  return perigee.run(connector.words("sync", scenario, { config = config,
    words = { "--to", postgres.address(), "--schema", schema, "--streams=issues", "--json" } }))
end

local function done(scenario, schema, config)
  local result = sync(scenario, schema, config)
  assert.equal(0, result.status, result.err)
  return connector.summary(result).issues
end

local function assert_same(scenario, schema) postgres.assert_holds(schema, "issues", "id", connector.held(scenario, "issues")) end

local function marked(schema) return postgres.value("SELECT count(*) FROM issues WHERE _deleted_at IS NOT NULL", schema) end

describe("a sync into PostgreSQL", function()
  setup(postgres.start)
  teardown(function()
    postgres.stop()
    perigee.cleanup()
  end)

  it("brings once a day what has changed in the whole list, and notes it", function()
    local scenario = sentry.scenario { data = DATA }
    assert.equal(250, done(scenario, "refreshed").new)
    later(scenario, DAY + 60, CHANGES)
    local changed = done(scenario, "refreshed")
    assert.is_true(changed.updated >= 20 and changed.updated <= 30, changed.updated)
    assert.is_true(changed.unchanged < 20, changed.unchanged)
    assert_same(scenario, "refreshed")
    later(scenario, 2 * DAY + 120, CHANGES)
    local nothing = done(scenario, "refreshed")
    assert.same({ 0, 0, 0 }, { nothing.new, nothing.updated, nothing.unchanged })
    assert.equal(250, postgres.value("SELECT count(*) FROM _perigee_sent WHERE digest IS NOT NULL", "refreshed"))
  end)

  it("has the rows of issues that are gone say since when, of each project by itself", function()
    local scenario = sentry.scenario { data = DATA }
    local both = { project = "web-frontend,backend", track_deletes = true }
    done(scenario, "gone", both)
    later(scenario, DAY + 60, { deletes = { issues = 7 } }, { deletes = { issues = 2 }, project = "backend" })
    done(scenario, "gone", both)
    assert.same({ 9, 280 }, { marked "gone", postgres.value("SELECT count(*) FROM issues", "gone") })
    later(scenario, 2 * DAY + 120, { deletes = { issues = 7 } }, { deletes = { issues = 2 }, project = "backend" })
    assert.equal(0, done(scenario, "gone", both).updated)
  end)

  it("takes nothing for deleted where the list was not read to its end, and goes on from an older state", function()
    local scenario = sentry.scenario { data = DATA }
    done(scenario, "cut")
    later(scenario, DAY + 60, CHANGES, { deletes = { issues = 7 } })
    scenario.change { faults = { { fault = "status", status = 500, path = "/issues/", page = "last", times = -1 } } }
    assert.equal(1, sync(scenario, "cut", TRACKS).status)
    assert.equal(0, marked "cut")
    postgres.value("UPDATE _perigee_states SET state = jsonb_set(state::jsonb, '{refresh,mark}', '0')::text RETURNING 1", "cut")
    scenario.change { faults = {} }
    local again = done(scenario, "cut", TRACKS)
    assert.is_true(again.unchanged > 200, again.unchanged)
    assert.equal(7, marked "cut")
  end)
end)
