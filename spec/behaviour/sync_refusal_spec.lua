-- Syncs into a SQLite file that somebody else has a say in: what a table or its owner's triggers refuse, and other programs'
-- locks.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local KEYS = { events = "id", issues = "id", projects = "id", releases = "version" }

local function words_of(scenario, file, ...)
  return connector.words("sync", scenario, { words = { "--to", file, ... } })
end

local function sync(scenario, file, ...) return perigee.run(words_of(scenario, file, ...)) end

local function assert_holds_all(scenario, file)
  for stream, key in pairs(KEYS) do database.assert_holds(file, stream, key, connector.held(scenario, stream)) end
end

describe("a sync into a file that others have a say in", function()
  teardown(perigee.cleanup)

  it("ends a stream alone whose rows are refused, by one that its table's owner has written, and keeps the others", function()
    local scenario, file = sentry.scenario { data = { events = 20, issues = 20 }, page_size = 5 }, perigee.new_path ".db"
    assert.equal(0, sync(scenario, file).status)
    database.rows(file, [[DELETE FROM _perigee_states; DELETE FROM events;
      DELETE FROM issues WHERE id NOT IN (SELECT min(id) FROM issues)]])
    for _, name in ipairs { "issues", "project_detail" } do
      database.rows(file, ([[CREATE TRIGGER no_%s BEFORE INSERT ON %s WHEN (SELECT count(*) FROM %s) %% 8 = 0
        BEGIN SELECT RAISE(ABORT, 'no more %s'); END]]):format(name, name, name, name))
    end
    local result = sync(scenario, file)
    assert.equal(1, result.status)
    local printed = "\n" .. table.concat(result.lines, "\n") .. "\n"
    for name, doing in pairs { issues = "storing a row", project_detail = "ending a stream" } do
      local told = ("error: %s: %s: %s failed: no more %s\n"):format(name, file, doing, name)
      assert.is_truthy(result.err:find(told, 1, true), result.err)
      assert.matches("\n" .. name .. " [^\n]* not read to its end\n", printed)
    end
    assert.same({ { "events", "complete", "" }, { "issues", "incomplete", "1" }, { "project_detail", "incomplete", "1" },
      { "projects", "complete", "" }, { "releases", "complete", "" } }, database.rows(file,
      "SELECT stream, result, message LIKE '% failed: no more %' FROM _perigee_syncs WHERE sync = 2 ORDER BY stream"))
    database.assert_holds(file, "events", "id", connector.held(scenario, "events"))
    assert.equal(1, database.value(file, "SELECT count(*) FROM project_detail"))
    assert.equal(0, database.value(file, "SELECT count(*) FROM _perigee_states WHERE stream = 'issues'"))
    database.rows(file, "DROP TRIGGER no_issues; DROP TRIGGER no_project_detail")
    assert.equal(0, sync(scenario, file).status)
    assert_holds_all(scenario, file)
  end)

  -- As SQLite itself does where it lacks memory or room, which the noting of what was sent may meet, too.
  it("keeps no state where something undid the rows that it covers, and the next one brings them", function()
    local scenario, file = sentry.scenario { data = { events = 9, issues = 20 } }, perigee.new_path ".db"
    assert.equal(0, sync(scenario, file).status)
    database.rows(file, [[DELETE FROM _perigee_states; DELETE FROM _perigee_sent;
      DELETE FROM events; DELETE FROM issues; DELETE FROM projects; DELETE FROM releases;
      CREATE TRIGGER no_notes BEFORE INSERT ON _perigee_sent BEGIN SELECT RAISE(ROLLBACK, 'no notes'); END]])
    local result = sync(scenario, file)
    assert.equal(1, result.status)
    assert.matches("noting what was sent failed: no notes", result.err, 1, true)
    database.rows(file, "DROP TRIGGER no_notes")
    assert.equal(0, sync(scenario, file).status)
    assert_holds_all(scenario, file)
  end)

  it("ends a stream alone whose table cannot be made, notes why, and keeps the others", function()
    local scenario, file = sentry.scenario { data = { events = 9 } }, perigee.new_path ".db"
    database.rows(file, "CREATE TABLE Events (mine)")
    local result = sync(scenario, file, "--json")
    assert.equal(1, result.status)
    assert.matches("^error: events: [^\n]+ has a table or view events that perigee did not make; name another file, or rename "
      .. "that\n$", result.err)
    local of = connector.summary(result)
    assert.same({ false, nil, true }, { of.events.complete, of.events.total, of.issues.complete })
    assert.same({ { "events", "incomplete", "1", "1" }, { "issues", "complete", "", "1" } }, database.rows(file,
      [[SELECT stream, result, message LIKE '% has a table or view events %', ended >= began FROM _perigee_syncs
      WHERE stream IN ('events', 'issues') ORDER BY stream]]))
    database.assert_holds(file, "issues", "id", connector.held(scenario, "issues"))
    database.rows(file, "DROP TABLE Events")
    assert.equal(0, sync(scenario, file).status)
    assert_holds_all(scenario, file)
  end)

  it("tells by status that a sync runs, and of one that was killed that it ended without a word", function()
    local held = { fault = "stall_headers", path = "issues", page = 2, times = -1 }
    local scenario, file = sentry.scenario { data = { issues = 20 }, page_size = 10, faults = { held } }, perigee.new_path ".db"
    local function results()
      local list = {}
      for i, run in ipairs(cjson.decode(perigee.run { "status", "--to", file, "--json" }.lines[1])) do
        list[i] = { run.result, run.message }
      end
      return list
    end
    local untold = { "interrupted", "it ended without a word: it was killed, or the database was away" }
    local going = perigee.start(words_of(scenario, file, "--streams=issues"))
    perigee.wait_until(function() return #scenario.log "issues" == 2 end)
    assert.same({ { "running", cjson.null } }, results())
    going:kill "KILL"
    assert.equal(9, going:finish().signal)
    assert.same({ untold }, results())
    scenario.change { faults = {} }
    assert.equal(0, sync(scenario, file, "--streams=issues").status)
    assert.same({ untold, { "complete", cjson.null } }, results())
    assert.same({ { untold[1], untold[2], "" } }, database.rows(file,
      "SELECT result, message, ended FROM _perigee_syncs WHERE sync = 1"))
  end)

  it("has its views of keys and values read the table that it writes, also where one was renamed", function()
    local scenario, file = sentry.scenario { data = { events = 9 } }, perigee.new_path ".db"
    assert.equal(0, sync(scenario, file, "--streams=events").status)
    local truth = database.value(file, "SELECT count(*) FROM events_tags")
    database.rows(file, [[CREATE VIEW mine AS SELECT count(*) AS count FROM events_tags; ALTER TABLE events RENAME TO events_old;
      DELETE FROM events_old]])
    assert.equal(0, database.value(file, "SELECT count FROM mine"))
    local result = sync(scenario, file, "--streams=events")
    assert.equal(0, result.status, result.err)
    assert.equal(truth, database.value(file, "SELECT count FROM mine"))
    database.rows(file, "DROP VIEW events_tags; CREATE VIEW events_tags AS SELECT 17 AS count; DROP TABLE events")
    assert.equal(0, sync(scenario, file, "--streams=events").status)
    assert.equal(17, database.value(file, "SELECT count FROM events_tags"))
  end)

  it("makes a column anew that was dropped, which a record in the same place fills", function()
    local scenario, file = sentry.scenario { data = { issues = 5 } }, perigee.new_path ".db"
    assert.equal(0, sync(scenario, file, "--streams=issues").status)
    database.rows(file, "ALTER TABLE issues DROP COLUMN title")
    for _, word in ipairs { "--streams=issues", "--full=issues" } do
      local result = sync(scenario, file, word, "--streams=issues")
      assert.equal(0, result.status, result.err)
    end
    database.assert_holds(file, "issues", "id", connector.held(scenario, "issues"))
  end)

  it("ends by a signal while another program's lock keeps it waiting", function()
    local scenario, file = sentry.scenario { data = { issues = 5 } }, perigee.new_path ".db"
    assert.equal(0, sync(scenario, file, "--streams=issues").status)
    database.rows(file, "DELETE FROM _perigee_states")
    local held = io.popen(("sqlite3 -batch '%s' >/dev/null"):format(file), "w")
    held:write ".timeout 10000\nBEGIN IMMEDIATE;\n" -- the look below may have the lock at that moment
    held:flush()
    perigee.wait_until(function()
      return os.execute(("sqlite3 -batch '%s' 'BEGIN IMMEDIATE' 2>/dev/null"):format(file)) == nil
    end)
    local going = perigee.start(words_of(scenario, file, "--streams=issues"))
    perigee.wait_until(function() -- it has the file open, and its lock on it
      return os.execute(("grep -q \"FLOCK .*:$(stat -c %%i '%s') \" /proc/locks"):format(file))
    end)
    local before = os.time()
    going:kill "TERM"
    assert.equal(15, going:finish().signal)
    assert.is_true(os.time() - before < 30) -- the lock itself is waited for twice as long
    held:close()
    assert.equal(0, sync(scenario, file, "--streams=issues").status)
    database.assert_holds(file, "issues", "id", connector.held(scenario, "issues"))
  end)
end)
