-- `perigee sync` into PostgreSQL: a server of the specs' own, whose tables psql compares with what the fake Sentry holds.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local posted_api = require "spec.support.posted_api"
local postgres = require "spec.support.postgres"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

local KEYS = { events = "id", issues = "id", projects = "id", releases = "version" }
local count = 0
local function new_schema()
  count = count + 1
  return "schema" .. count
end

local function words_of(scenario, schema, ...)
  return connector.words("sync", scenario, { words = { "--to", postgres.address(), "--schema", schema, ... } })
end

local function sync(scenario, schema, ...) return perigee.run(words_of(scenario, schema, ...)) end

local function assert_sync(...)
  local result = sync(...)
  assert.equal(0, result.status, result.err)
  return result
end

local function assert_holds_all(scenario, schema)
  for stream, key in pairs(KEYS) do postgres.assert_holds(schema, stream, key, connector.held(scenario, stream)) end
end

describe("a sync into PostgreSQL", function()
  setup(postgres.start)
  teardown(function()
    postgres.stop()
    perigee.cleanup()
  end)

  it("keeps every stream as a table that says what the source says, and prints a row for each", function()
    local scenario, schema = sentry.scenario { data = { events = 150, odd = true } }, new_schema()
    local result = assert_sync(scenario, schema)
    assert_holds_all(scenario, schema)
    assert.equal(1, postgres.value("SELECT count(*) FROM project_detail", schema))
    local printed = table.concat(result.lines, "\n")
    for _, stream in ipairs(streams.of_peer) do assert.matches("\n" .. stream .. " +%d+ ", printed) end
    assert.matches("\nkept in postgresql://postgres@127", printed)
    local status = perigee.run { "status", "--to", postgres.address(), "--schema", schema, "--json" }
    assert.equal(0, status.status, status.err)
    for _, run in ipairs(cjson.decode(status.lines[1])) do
      assert.equal("complete", run.result)
      assert.matches("^20%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%d%d%d%dZ$", run.ended)
    end
  end)

  it("moves rows of a stream of the organization that stand under a first project, with their state", function()
    local scenario, schema = sentry.scenario { data = { projects = 3, releases = 5, lists = { commits = 3 } } }, new_schema()
    assert_sync(scenario, schema, "--streams=release_commits")
    local rows = postgres.value("SELECT count(*) FROM release_commits", schema)
    local place = postgres.text(postgres.rows("SELECT DISTINCT _place FROM release_commits", schema)[1][1])
    postgres.rows(([[UPDATE _perigee_syncs SET place = place || '/mobile', sync = 2;
      INSERT INTO _perigee_syncs (sync, stream, place, began, result) SELECT 1, stream, PLACE || '/backend', began, result
        FROM _perigee_syncs; INSERT INTO _perigee_syncs VALUES (30, 'x', 'x', now(), NULL, 'x');
      UPDATE _perigee_states SET place = place || '/mobile';
      CREATE TABLE copies AS SELECT * FROM release_commits; UPDATE copies SET _place = PLACE || '/backend', message = 'stale';
      UPDATE copies SET id = 'gone', _row = 'gone' WHERE _row = (SELECT min(_row) FROM copies);
      UPDATE release_commits SET _place = PLACE || '/mobile';
      INSERT INTO release_commits SELECT * FROM copies]]):gsub("PLACE", place),
      schema)
    local of = connector.summary(assert_sync(scenario, schema, "--streams=release_commits", "--json")).release_commits
    assert.same({ 0, 0, rows + 1 }, { of.new, of.updated, of.total })
    assert.equal(rows + 1, postgres.value("SELECT count(*) FROM release_commits WHERE _place = " .. place, schema))
    assert.same({ { "1" } }, postgres.rows("SELECT count(*) FROM _perigee_states", schema))
  end)

  it("brings what is new and what has changed, and nothing twice", function()
    local scenario, schema = sentry.scenario { data = { events = 60, issues = 20 } }, new_schema()
    assert_sync(scenario, schema)
    scenario.change { data = { events = 60, issues = 20, later = { { events = 7, issues = 2, updates = { issues = 3 } } } } }
    local second = connector.summary(assert_sync(scenario, schema, "--json"))
    assert.same({ 7, 2, 3 }, { second.events.new, second.issues.new, second.issues.updated })
    assert_holds_all(scenario, schema)
    local third = connector.summary(assert_sync(scenario, schema, "--json"))
    for _, stream in ipairs { "events", "issues", "releases", "projects" } do
      assert.equal(0, third[stream].new, stream)
      assert.equal(0, third[stream].updated, stream)
    end
    assert.same({ new = 0, updated = 0, unchanged = 1, removed = 0 }, { new = third.project_detail.new,
      updated = third.project_detail.updated, unchanged = third.project_detail.unchanged,
      removed = third.project_detail.removed })
  end)

  it("replaces the rows of a stream that is read anew, in tables whose views keep working", function()
    local scenario, schema = sentry.scenario { data = { events = 40, issues = 20 } }, new_schema()
    assert_sync(scenario, schema)
    postgres.rows([[CREATE VIEW mine AS SELECT id, title FROM issues; DELETE FROM issues WHERE id = (SELECT min(id) FROM issues);
      UPDATE issues SET title = 'x' WHERE id = (SELECT max(id) FROM issues);
      INSERT INTO issues (id, _place, _row) SELECT 'gone', _place, 'gone' FROM issues LIMIT 1]], schema)
    local issues = connector.summary(assert_sync(scenario, schema, "--json", "--full=issues")).issues
    assert.same({ 1, 1, 1, 18 }, { issues.new, issues.updated, issues.removed, issues.unchanged })
    assert.equal(20, postgres.value("SELECT count(*) FROM mine", schema))
    assert_holds_all(scenario, schema)
    assert.equal(0, postgres.value("SELECT count(*) FROM pg_class WHERE relname LIKE '\\_perigee\\_new%'", schema))
  end)

  it("has a view of an array of keys and values, also where PostgreSQL's functions of JSON refuse one", function()
    local scenario, schema = sentry.scenario { data = { events = 10 } }, new_schema()
    assert_sync(scenario, schema)
    assert.equal(10, postgres.value("SELECT count(*) FROM events_tags WHERE key = 'level'", schema))
    postgres.rows([=[UPDATE events SET tags = '[{"key":"nul","value":"a\u0000b"},{"key":"half","value":"\ud800"},
      {"key":"low","value":"\udc00x"},{"key":"pair","value":"\ud83d\ude00"},
      {"key":"a path","value":"C:\\u0000 \\\u0000"}]']=], schema)
    assert.same({ { "a path", "C:\\u0000 \\\u{FFFD}" }, { "half", "\u{FFFD}" }, { "low", "\u{FFFD}x" },
      { "nul", "a\u{FFFD}b" }, { "pair", "\u{1F600}" } },
      postgres.rows("SELECT DISTINCT key, value FROM events_tags ORDER BY key", schema))
  end)

  it("has that view read the table that it writes, also where one was renamed, and leaves one of another's alone", function()
    local scenario, schema = sentry.scenario { data = { events = 9 } }, new_schema()
    assert_sync(scenario, schema, "--streams=events")
    local truth = postgres.value("SELECT count(*) FROM events_tags", schema)
    postgres.rows([[CREATE VIEW mine AS SELECT count(*) FROM events_tags; ALTER TABLE events RENAME TO events_old;
      DELETE FROM events_old]], schema)
    assert.equal(0, postgres.value("SELECT * FROM mine", schema))
    assert_sync(scenario, schema, "--streams=events")
    assert.equal(truth, postgres.value("SELECT * FROM mine", schema))
    postgres.rows([[DROP VIEW events_tags CASCADE; CREATE VIEW events_tags AS SELECT 17; DROP TABLE events]], schema)
    assert_sync(scenario, schema, "--streams=events")
    assert.equal(17, postgres.value("SELECT * FROM events_tags", schema))
  end)

  it("keeps several projects in one table, each with a state of its own, also in a schema of an older format", function()
    local data = { projects = 3, events = 20, issues = 5, project_events = { backend = 15, mobile = 10 } }
    local scenario, schema = sentry.scenario { data = data }, new_schema()
    local function of(project)
      local words = words_of(scenario, schema, "--json", "--streams=events")
      words[3] = perigee.write(sentry.config(scenario, { project = project }))
      local result = perigee.run(words)
      assert.equal(0, result.status, result.err)
      return connector.summary(result).events.new
    end
    assert.equal(15, of "backend")
    postgres.rows("ALTER TABLE _perigee_syncs DROP CONSTRAINT _perigee_syncs_sync_stream_place_key, "
      .. "ADD UNIQUE (sync, stream)", schema)
    postgres.rows("UPDATE _perigee_format SET version = 1", schema)
    assert.equal(30, of "")
    assert.equal(45, postgres.value("SELECT count(*) FROM events", schema))
    assert.same({ 0, 0 }, { of "*", of "mobile" })
  end)

  it("refuses a schema that a newer perigee has written, and a database that takes no writes", function()
    local scenario, newer = sentry.scenario {}, new_schema()
    postgres.rows(("CREATE SCHEMA %s; CREATE TABLE %s._perigee_format (version int); INSERT INTO %s._perigee_format VALUES (99)")
      :format(newer, newer, newer))
    assert.matches("was written by a newer perigee %(format 99; this one knows 2%)", sync(scenario, newer).err)
    postgres.rows "ALTER ROLE postgres SET default_transaction_read_only = on"
    local refused = sync(scenario, new_schema())
    postgres.rows "SET default_transaction_read_only = off; ALTER ROLE postgres RESET default_transaction_read_only"
    assert.matches("it takes no writes: it is a standby, or default_transaction_read_only is on for its user", refused.err)
  end)

  it("says by --dry-run what it would do, and writes nothing", function()
    local scenario, schema = sentry.scenario { data = { events = 10 } }, new_schema()
    local result = assert_sync(scenario, schema, "--dry-run")
    assert.matches("nothing was written to postgresql://", table.concat(result.lines, "\n"))
    assert.equal(0, postgres.value("SELECT count(*) FROM pg_namespace WHERE nspname = " .. postgres.text(schema)))
    assert_sync(scenario, schema)
    assert.matches("what is new since", table.concat(assert_sync(scenario, schema, "--dry-run").lines, "\n"))
  end)

  it("is refused while another one writes to the schema, and not in another schema", function()
    local scenario, schema = sentry.scenario { data = { events = 20 } }, new_schema()
    assert_sync(scenario, schema)
    -- psql holds the lock that the first sync would.
    local lock = ("SELECT pg_advisory_lock(1885696615, oid::int) FROM pg_namespace WHERE nspname = '%s'"):format(schema)
    local held = io.popen(postgres.session(lock), "w")
    postgres.wait_until("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", 1)
    local refused = sync(scenario, schema)
    assert.equal(1, refused.status)
    assert.matches("another sync writes to the schema " .. schema .. "; wait for its end", refused.err)
    assert_sync(scenario, new_schema())
    held:close()
    postgres.wait_until("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", 0)
    assert_sync(scenario, schema)
  end)

  it("ends a stream alone whose table cannot be written, and says which column is why", function()
    local scenario, schema = sentry.scenario { data = { events = 20 } }, new_schema()
    assert_sync(scenario, schema)
    for _, type in ipairs { "integer", "character varying(9)" } do
      postgres.rows("DELETE FROM issues; DELETE FROM _perigee_states WHERE stream = 'issues'", schema)
      postgres.rows(("ALTER TABLE events ALTER size TYPE %s"):format(type), schema)
      local result = sync(scenario, schema)
      assert.equal(1, result.status)
      assert.matches('error: events: [^\n]+ the column "size" of the table events is now of the type ' .. type:sub(1, 17),
        result.err)
      assert.matches("\nevents +0 .* not read to its end\n", "\n" .. table.concat(result.lines, "\n") .. "\n")
      postgres.assert_holds(schema, "issues", "id", connector.held(scenario, "issues"))
    end
    for _, type in ipairs { "text", "bigint USING size::bigint", "double precision", "numeric" } do
      postgres.rows(("ALTER TABLE events ALTER size TYPE %s"):format(type), schema)
      assert_sync(scenario, schema, "--full=events")
    end
    assert_holds_all(scenario, schema)
  end)

  it("ends a stream alone whose rows are refused, says which table did, and keeps the others", function()
    local scenario, schema = sentry.scenario { data = { events = 20 } }, new_schema()
    assert_sync(scenario, schema)
    postgres.rows([[CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not at all'; END $$]], schema)
    for refused, case in pairs {
      issues = { "ALTER TABLE issues ADD CONSTRAINT c CHECK (false) NOT VALID", "ALTER TABLE issues DROP CONSTRAINT c",
        "the table issues: storing rows failed: [^\n]+ violates check constraint" },
      events = { [[CREATE CONSTRAINT TRIGGER late AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse()]], "DROP TRIGGER late ON events", "writing failed: not at all" },
      project_detail = { [[CREATE TRIGGER soon BEFORE INSERT ON project_detail EXECUTE FUNCTION refuse()]],
        "DROP TRIGGER soon ON project_detail", "the table project_detail: ending a stream failed: not at all" },
    } do
      postgres.rows("DELETE FROM _perigee_states; DELETE FROM issues; DELETE FROM events", schema)
      postgres.rows(case[1], schema)
      local result = sync(scenario, schema)
      assert.equal(1, result.status)
      assert.matches("^error: " .. refused .. ": postgresql://[^\n]+: " .. case[3] .. "[^\n]*\n$", result.err)
      assert.matches("\n" .. refused .. " [^\n]*not read to its end\n", table.concat(result.lines, "\n") .. "\n")
      assert.same({ { refused, "t" } }, postgres.rows([[SELECT stream, message LIKE '%postgresql://%' FROM _perigee_syncs
        WHERE sync = (SELECT max(sync) FROM _perigee_syncs) AND (result <> 'complete' OR ended IS NULL)]], schema))
      for stream, key in pairs(KEYS) do
        if stream ~= refused then postgres.assert_holds(schema, stream, key, connector.held(scenario, stream)) end
      end
      assert.equal(1, postgres.value("SELECT count(*) FROM project_detail", schema))
      postgres.rows(case[2], schema)
      assert_sync(scenario, schema)
      assert_holds_all(scenario, schema)
    end
  end)

  it("keeps a refresh token that the server changes, for the next sync of the same configuration", function()
    local api, schema = posted_api.start_rotating(), new_schema()
    for _ = 1, 2 do
      local result = perigee.run { "sync", "--config", perigee.write(api.config), "--scripts", api.folder, "--streams=mine",
        "--to", postgres.address(), "--schema", schema }
      assert.equal(0, result.status, result.err)
    end
    assert.equal(1, postgres.value("SELECT count(*) FROM _perigee_secrets WHERE name = 'refresh'", schema))
    assert.equal(7, postgres.value("SELECT count(*) FROM mine", schema))
    api.stop()
  end)

  it("leaves alone a table of another's that has a stream's name, and makes one anew that was dropped", function()
    local scenario, schema = sentry.scenario { data = { events = 20 } }, new_schema()
    postgres.rows("CREATE SCHEMA " .. schema .. "; CREATE TABLE events (x int)", schema)
    local refused = sync(scenario, schema, "--streams=events")
    assert.equal(1, refused.status)
    assert.matches("has a table or view events that perigee did not make", refused.err)
    assert.same({ { "events", "incomplete", "t", "t" } }, postgres.rows([[SELECT stream, result, ended >= began,
      message LIKE '%has a table or view events%' FROM _perigee_syncs]], schema))
    postgres.rows("DROP TABLE events", schema)
    assert_sync(scenario, schema)
    postgres.rows("DROP TABLE events CASCADE", schema)
    assert_sync(scenario, schema)
    assert_holds_all(scenario, schema)
  end)
end)
