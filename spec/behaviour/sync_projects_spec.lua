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

local OF_ALL = { "release_commits", "team_members", "stats_v2" } -- of the organization: they hang on others, or ask themselves

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

  it("keeps the rows of the organization's streams once, whichever project is the first", function()
    local data = { projects = 4, releases = 5, lists = { commits = 3 } }
    local scenario, file = sentry.scenario { data = data }, perigee.new_path ".db"
    local function again(project, exclude)
      local result = perigee.run(connector.words("sync", scenario, { config = { project = project, exclude_projects = exclude },
        words = { "--to", file, "--streams=release_commits,team_members,stats_v2,project_detail" } }))
      assert.equal(0, result.status, result.err)
      return result
    end
    again ""
    local counts = {}
    for _, table in ipairs(OF_ALL) do counts[table] = count(file, table) end
    assert.is_true(counts.release_commits > 0)
    for _, given in ipairs { { "", { "backend" } }, { "mobile" }, { "*", { "mobile", "backend" } } } do
      assert.not_matches("does not see it", again(given[1], given[2]).err)
      for _, table in ipairs(OF_ALL) do
        assert.equal(counts[table], count(file, table), table)
        assert.equal(1, database.value(file, "SELECT count(DISTINCT _place) FROM " .. table), table)
      end
    end
  end)

  it("moves rows that stand under the first project of an earlier sync, doubled or not, with their state", function()
    local data = { projects = 4, releases = 5, lists = { commits = 3 } }
    local scenario, file = sentry.scenario { data = data }, perigee.new_path ".db"
    local function again()
      local result = sync(scenario, file, "", "--streams=release_commits", "--json")
      assert.equal(0, result.status, result.err)
      return connector.summary(result).release_commits
    end
    local rows = again().new
    local place = database.text(database.rows(file, "SELECT DISTINCT _place FROM release_commits")[1][1])
    database.rows(file, ([[UPDATE _perigee_syncs SET place = place || '/mobile', sync = 2;
      INSERT INTO _perigee_syncs (sync, stream, place, began, result) SELECT 1, stream, PLACE || '/backend', began, result
        FROM _perigee_syncs; INSERT INTO _perigee_syncs (sync, stream, place, began, result) VALUES (30, 'events', 'x', 'x', 'x');
      UPDATE _perigee_states SET place = place || '/mobile';
      INSERT INTO _perigee_states SELECT stream, PLACE || '/backend', 0, '{"old":1}', written FROM _perigee_states;
      CREATE TEMP TABLE copies AS SELECT * FROM release_commits; UPDATE copies SET _place = PLACE || '/backend';
      UPDATE copies SET id = 'gone' WHERE rowid = 1; UPDATE copies SET message = 'stale' WHERE rowid > 1;
      UPDATE release_commits SET _place = PLACE || '/mobile';
      INSERT INTO release_commits SELECT * FROM copies]]):gsub("PLACE", place))
    assert.equal(2 * rows, count(file, "release_commits"))
    assert.same({ 0, 0, rows + 1 }, (function(of) return { of.new, of.updated, of.total } end)(again()))
    assert.equal(rows + 1, database.value(file,
      "SELECT count(*) FROM release_commits WHERE message <> 'stale' AND _place = " .. place))
    assert.same({ { "1", "0" } }, database.rows(file,
      "SELECT count(*), sum(state LIKE '%old%') FROM _perigee_states WHERE stream = 'release_commits'"))
  end)

  it("tells once of a project that the token does not see any more, and keeps its rows", function()
    local scenario, file = sentry.scenario { data = DATA }, perigee.new_path ".db"
    assert.equal(0, sync(scenario, file, "").status)
    local fewer = {}
    for name, value in pairs(DATA) do fewer[name] = value end
    fewer.projects = 3
    scenario.change { data = fewer }
    local result = sync(scenario, file, "")
    assert.equal(0, result.status, result.err)
    local told = "the project service%-03: its rows are kept, and no longer brought up to date: the token does not see it"
    local _, times = result.err:gsub(told, "")
    assert.equal(1, times, result.err)
    assert.equal(4, count(file, "project_detail"))
    assert.not_matches("does not see it", sync(scenario, file, "backend, mobile").err)
  end)

  it("says once a stream that the states of its projects are of another filter, and names the first", function()
    local scenario, file = sentry.scenario { data = DATA }, perigee.new_path ".db"
    assert.equal(0, sync(scenario, file, "").status)
    local result = perigee.run(connector.words("sync", scenario, { config = { project = "", environments = { "production" } },
      words = { "--to", file, "--streams=issues" } }))
    local _, times = result.err:gsub("issues: the state of the project [%w-]+ is of another filter %(environments%)", "")
    assert.equal(1, times, result.err)
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
