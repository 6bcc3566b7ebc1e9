--- A sync of several projects: one table a stream, rows and a state for each project.
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local DATA = { projects = 4, events = 30, issues = 12, project_events = { backend = 25, mobile = 15 },
  project_issues = { backend = 9, mobile = 7 } }

local function sync(scenario, to, project, ...)
  return perigee.run(connector.words("sync", scenario, { config = { project = project },
    words = { "--to", to, "--streams=events,issues,project_detail", ... } }))
end

local function count(file, table) return database.value(file, "SELECT count(*) FROM " .. table) end

-- From where the next sync reads first: the earliest of what the projects' states say.
local NEXT = "SELECT min(json_extract(state, '$.dateCreated')) FROM _perigee_states WHERE stream = 'events'"

local function later(scenario, batch)
  local data = { later = { batch } }
  for name, value in pairs(DATA) do data[name] = value end
  scenario.change { data = data }
end

describe("a sync of several projects", function()
  teardown(perigee.cleanup)

  it("keeps all of them in one table, and brings what is new of each", function()
    local scenario, file = sentry.scenario { data = DATA }, perigee.new_path ".db"
    local first = sync(scenario, file, "", "--json")
    assert.equal(0, first.status, first.err)
    assert.same({ 70, 28, 4 }, { count(file, "events"), count(file, "issues"), count(file, "project_detail") })
    local of = connector.summary(first)
    assert.same({ 70, 28, 4, true }, { of.events.new, of.issues.total, of.project_detail.new, of.events.complete })
    assert.equal(database.value(file, NEXT), of.events.next_from)
    later(scenario, { project = "mobile", events = 6 })
    local second = sync(scenario, file, "*", "--json")
    assert.equal(6, connector.summary(second).events.new)
    assert.equal(76, count(file, "events"))
    assert.equal(0, connector.summary(sync(scenario, file, "", "--json")).events.new)
  end)

  it("goes from one project to many and back, with no row lost, doubled or read twice", function()
    local scenario, file = sentry.scenario { data = DATA }, perigee.new_path ".db"
    assert.equal(0, sync(scenario, file, "backend").status)
    local many = connector.summary(sync(scenario, file, "", "--json"))
    assert.same({ 45, 70 }, { many.events.new, count(file, "events") })
    later(scenario, { project = "backend", events = 3 })
    assert.equal(3, connector.summary(sync(scenario, file, "backend", "--json")).events.new)
    local anew = connector.summary(sync(scenario, file, "backend", "--json", "--full=events"))
    assert.equal(0, anew.events.removed)
    assert.equal(73, count(file, "events"))
  end)

  it("keeps rows without a key of each project", function()
    local scenario, file = sentry.scenario { data = { projects = 3, lists = { filters = 5 } } }, perigee.new_path ".db"
    local keyless = "return { name = 'keyless', path = 'projects/{organization}/{project}/filters/', paging = 'none' }"
    for _ = 1, 2 do
      local result = perigee.run(connector.words("sync", scenario, { config = { project = "" },
        words = { "--to", file, "--streams=keyless", "--scripts", own_streams.folder { keyless = keyless } } }))
      assert.equal(0, result.status, result.err)
      assert.equal(15, count(file, "keyless"))
    end
  end)

  it("tells rows of one id apart by what is added to each", function()
    local scenario, file = sentry.scenario { data = { lists = { members = 4 } } }, perigee.new_path ".db"
    local pairs_of = "return { name = 'pairs', path = 'organizations/{organization}/members/', primary_key = { 'team', 'id' }, "
      .. "parent = function() return { { id = 'a' }, { id = 'b' } } end, add = { team = '{parent.id}' } }"
    local result = perigee.run(connector.words("sync", scenario, {
      words = { "--to", file, "--streams=pairs", "--scripts", own_streams.folder { pairs = pairs_of } } }))
    assert.equal(0, result.status, result.err)
    assert.same({ { "a", "4" }, { "b", "4" } }, database.rows(file, "SELECT team, count(*) FROM pairs GROUP BY team"))
  end)

  it("keeps what is there of a project that a pattern matches and the token may no longer read", function()
    local scenario, file = sentry.scenario { data = DATA }, perigee.new_path ".db"
    assert.equal(0, sync(scenario, file, "*").status)
    scenario.change { faults = { { fault = "status", status = 403, path = "/mobile/", times = -1 } } }
    local result = sync(scenario, file, "*")
    assert.equal(0, result.status, result.err)
    assert.matches("project_detail: the project mobile is left out: ", result.err)
    assert.same({ 70, 4 }, { count(file, "events"), count(file, "project_detail") })
    local named = sync(scenario, file, "backend, mobile")
    assert.equal(1, named.status)
    assert.same({ 70, 4 }, { count(file, "events"), count(file, "project_detail") })
  end)

  it("fails where a pattern matches several projects and the token may read none", function()
    local scenario, file = sentry.scenario { data = DATA }, perigee.new_path ".db"
    scenario.change { faults = { { fault = "status", status = 403, path = "projects/acme/[^/]+/$", times = -1 } } }
    local result = sync(scenario, file, "*", "--streams=project_detail")
    assert.equal(1, result.status)
    assert.matches("none of 4 projects could be read; the first: ", result.err)
  end)

  it("says by --dry-run how many projects there are", function()
    local scenario, file = sentry.scenario { data = DATA }, perigee.new_path ".db"
    local result = sync(scenario, file, "*e*", "--dry-run")
    assert.equal(0, result.status, result.err)
    assert.matches("events of backend, and the same of 3 projects more", table.concat(result.lines, "\n"))
    assert.is_nil(io.open(file))
  end)
end)
