-- What a sync into PostgreSQL says and does where the server, the library, a password or a right is lacking.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local postgres = require "spec.support.postgres"
local refusals = require "spec.support.refusals"
local sentry = require "spec.support.sentry"

local KEYS = { events = "id", issues = "id", projects = "id", releases = "version" }
local PASSWORD = "geheim-9157"

local count = 0
local function new_schema()
  count = count + 1
  return "outage" .. count
end

local function words_of(scenario, to, given)
  local words = connector.words("sync", scenario, given)
  for _, word in ipairs { "--to", to } do words[#words + 1] = word end
  return words
end

local function sync(scenario, to, given) return perigee.run(words_of(scenario, to, given)) end

local function assert_holds_all(scenario, schema)
  for stream, key in pairs(KEYS) do postgres.assert_holds(schema, stream, key, connector.held(scenario, stream)) end
end

setup(postgres.start)
teardown(function()
  postgres.stop()
  perigee.cleanup()
end)

describe("a sync into PostgreSQL", function()
  local scenario
  setup(function()
    scenario = sentry.scenario { data = { events = 20 } }
    postgres.rows(("CREATE ROLE writer LOGIN PASSWORD '%s'; CREATE SCHEMA of_writer AUTHORIZATION writer;"):format(PASSWORD)
      .. "ALTER ROLE writer SET search_path TO of_writer")
  end)

  local function fails(to, message, given)
    local result = sync(scenario, to, given)
    assert.equal(1, result.status, result.err)
    assert.matches(message, result.err)
    assert.is_nil((result.err .. table.concat(result.lines)):find("geheim", 1, true))
  end

  it("refuses an address that tells a password, and does not repeat it", function()
    for _, address in ipairs { "postgresql://writer:geheim@127.0.0.1/x", "postgres://writer@127.0.0.1/x?password=geheim" } do
      fails(address, "error: the address tells a password, which others can read in the list of processes")
      local status = perigee.run { "status", "--to", address }
      assert.equal(1, status.status)
      assert.matches("the address tells a password", status.err)
      assert.is_nil(status.err:find("geheim", 1, true))
    end
    fails("host=127.0.0.1 user=writer password=geheim dbname=x", "error: the address tells a password")
    fails("postgresql://writer:geheim/1@127.0.0.1/x", "error: the address is none of PostgreSQL; it looks like")
    fails("postgresql://writer:1/geheim@127.0.0.1/x", "error: the address is none of PostgreSQL; it looks like")
    fails("postgresql://writer:geheim?1@127.0.0.1/x", "error: the address tells a password")
    fails("postgresql://writer:geheim%zz@127.0.0.1/x",
      "error: the address is none of PostgreSQL; it looks like postgresql://USER@")
  end)

  it("says where to put a password that is lacking, and that one is wrong", function()
    fails(postgres.address "writer",
      "no password supplied; give the password by PGPASSWORD, by a file that PGPASSFILE names, or as")
    fails(postgres.address "writer", "password authentication failed for user \"writer\"; the password came from PGPASSWORD,",
      { env = { PGPASSWORD = "another-geheim" } })
  end)

  it("takes the password from PGPASSWORD, PGPASSFILE, or a secret of the configuration for the database's host", function()
    local file = perigee.write("*:*:*:writer:" .. PASSWORD .. "\n")
    os.execute("chmod 600 " .. file)
    local function secret(host) return { config = { secrets = { { name = "warehouse", value = PASSWORD, host = host } } } } end
    local port = postgres.address():match ":(%d+)/"
    for _, given in ipairs { { env = { PGPASSWORD = PASSWORD } }, { env = { PGPASSFILE = file } }, secret "127.0.0.1",
      secret("127.0.0.1:" .. port) } do
      local result = sync(scenario, postgres.address "writer", given)
      assert.equal(0, result.status, result.err)
    end
    assert_holds_all(scenario, "of_writer")
    fails(postgres.address "writer", "no password supplied", secret "db.example.com")
    fails(postgres.address "writer", "no password supplied", secret("127.0.0.1:" .. port + 1))
    local elsewhere = postgres.address("writer", "postgres", "?hostaddr=127.0.0.1"):gsub("@127.0.0.1", "@db.example.com")
    fails(elsewhere, "no password supplied", secret "db.example.com")
  end)

  it("never takes the token for a password, though both servers have one host", function()
    fails(postgres.address "writer", "no password supplied", { config = { auth_token = PASSWORD } })
  end)

  it("says what it could not reach", function()
    fails(postgres.nobody(), "error: postgresql://postgres@127.0.0.1:1/postgres: connection to server [^\n]*Connection refused")
    fails(postgres.address("postgres", "nowhere"), 'database "nowhere" does not exist')
    postgres.rows "CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C'"
    fails(postgres.address("postgres", "latin"), "this database's encoding is LATIN1, which cannot hold every text")
    fails(postgres.address("postgres", "postgres", "?options=-csearch_path%3Dnowhere"), "name one by %-%-schema")
  end)

  local if_possible = refusals.possible and it or pending

  if_possible("says which library is lacking, which nothing else needs", function()
    local env = refusals.environment { library = "libpq.so.5" }
    fails(postgres.address(), "PostgreSQL needs its client library libpq.so.5, which is not there; install it", { env = env })
    assert.equal(0, sync(scenario, perigee.new_path ".db", { env = env }).status)
  end)

  local function lacking(schema, message)
    fails(postgres.address "writer", message, { env = { PGPASSWORD = PASSWORD }, words = { "--schema", schema } })
  end

  it("says by its purpose which right its user lacks", function()
    lacking("unmade", "making the schema %(it needs CREATE on the database%) failed: permission denied for database postgres")
    postgres.rows "CREATE SCHEMA bare"
    lacking("bare", "its user lacks the right USAGE on the schema bare; grant it")
    postgres.rows "GRANT USAGE ON SCHEMA bare TO writer"
    lacking("bare",
      "making perigee's own tables %(it needs CREATE on the schema%) failed: permission denied for schema bare; grant")
    postgres.rows "REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC"
    postgres.rows "CREATE SCHEMA less AUTHORIZATION writer"
    local password = { env = { PGPASSWORD = PASSWORD } }
    local first = sync(scenario, postgres.address "writer", { env = password.env, words = { "--schema", "less" } })
    assert.equal(0, first.status, first.err) -- where nothing is there yet, none is needed
    postgres.rows("DELETE FROM _perigee_states", "less")
    lacking("less",
      "making a temporary table %(it needs TEMPORARY on the database%) failed: permission denied to create temporary")
    assert.same({ { "incomplete", "t" } }, postgres.rows([[SELECT DISTINCT result, message LIKE '%permission denied%'
      FROM _perigee_syncs WHERE sync = 2 AND result <> 'complete']], "less"))
    postgres.rows "GRANT TEMPORARY ON DATABASE postgres TO writer"
    postgres.rows("REVOKE CREATE ON SCHEMA less FROM writer; ALTER SCHEMA less OWNER TO postgres; "
      .. "GRANT USAGE ON SCHEMA less TO writer")
    local result = sync(scenario, postgres.address "writer", { env = password.env, words = { "--schema", "less",
      "--streams=events,issues" } })
    assert.equal(0, result.status, result.err) -- what is there needs no right to make more
    postgres.rows("ALTER TABLE issues OWNER TO postgres; GRANT ALL ON issues TO writer; "
      .. "ALTER TABLE issues DROP COLUMN title CASCADE",
      "less")
    fails(postgres.address "writer", "making the columns of a table %(perigee's user must own the table%) failed: must be owner",
      { env = password.env, words = { "--schema", "less", "--streams=issues" } })
  end)

  it("makes a column anew that was dropped", function()
    local schema = new_schema()
    local given = { words = { "--schema", schema } }
    assert.equal(0, sync(scenario, postgres.address(), given).status)
    postgres.rows("ALTER TABLE issues DROP COLUMN title", schema)
    local result = sync(scenario, postgres.address(), { words = { "--schema", schema, "--full=issues" } })
    assert.equal(0, result.status, result.err)
    assert_holds_all(scenario, schema)
  end)
end)

describe("a sync whose database goes away", function()
  -- It is under way, with rows that are committed and more to come: the server answers slowly.
  local function start(given)
    local schema = new_schema()
    local scenario = sentry.scenario { data = { events = 90, issues = 30 }, page_size = 5, delay_ms = 200 }
    given.words = { "--schema", schema, "--checkpoint-records=5", table.unpack(given.words or {}) }
    local going = perigee.start(words_of(scenario, postgres.address(), given))
    postgres.wait_until(("SELECT (to_regclass('%s.events') IS NOT NULL)::int"):format(schema), 1)
    postgres.wait_until(("SELECT (count(*) > 0)::int FROM %s.events"):format(schema), 1)
    return going, schema, scenario
  end

  it("goes on where it was once the server is there again", function()
    local going, schema, scenario = start {}
    postgres.restart()
    local result = going:finish()
    assert.equal(0, result.status, result.err)
    assert.matches("warning: postgresql://[^\n]+ failed: [^\n]+; trying again\n", result.err)
    assert_holds_all(scenario, schema)
    assert.equal(1, postgres.value("SELECT count(DISTINCT sync) FROM _perigee_syncs", schema))
  end)

  it("goes on where it was each time that an administrator ends its connection", function()
    local going, schema, scenario = start {}
    for _ = 1, 20 do
      postgres.rows "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'perigee'"
      os.execute "sleep 0.1"
    end
    local result = going:finish()
    assert.equal(0, result.status, result.err)
    local _, times = result.err:gsub("; trying again\n", "")
    assert.is_true(times > 1, result.err)
    assert_holds_all(scenario, schema)
  end)

  it("goes on where it was each time that the server ends a session that rests", function()
    postgres.rows "CREATE ROLE idler LOGIN SUPERUSER PASSWORD 'x'; ALTER ROLE idler SET idle_session_timeout = '1s'"
    local schema = new_schema()
    local scenario = sentry.scenario { data = { events = 15 }, page_size = 5, delay_ms = 2000 }
    local result = sync(scenario, postgres.address "idler",
      { env = { PGPASSWORD = "x" }, words = { "--schema", schema, "--streams=events" } })
    assert.equal(0, result.status, result.err)
    assert.matches("warning: postgresql://[^\n]+ failed: [^\n]*terminating connection due to idle%-session timeout; "
      .. "trying again\n", result.err)
    postgres.assert_holds(schema, "events", "id", connector.held(scenario, "events"))
    assert.same({ { "complete" } }, postgres.rows("SELECT DISTINCT result FROM _perigee_syncs", schema))
  end)

  it("ends with an error where the server stays away, and the next one goes on from what is kept", function()
    local going, schema, scenario = start { words = { "--outage-patience=1" } }
    postgres.pause()
    local result = going:finish()
    assert.equal(1, result.status)
    assert.matches("error: postgresql://[^\n]+: connection to server [^\n]+ failed: Connection refused\n", result.err)
    postgres.resume()
    local runs = cjson.decode(perigee.run { "status", "--to", postgres.address(), "--schema", schema, "--json" }.lines[1])
    assert.equal("events", runs[1].stream)
    assert.same({ "interrupted", "it ended without a word: it was killed, or the database was away" },
      { runs[1].result, runs[1].message })
    local again = sync(scenario, postgres.address(), { words = { "--schema", schema } })
    assert.equal(0, again.status, again.err)
    assert_holds_all(scenario, schema)
    assert.same({ { "1", "interrupted", "t" }, { "2", "complete", "f" } }, postgres.rows(
      "SELECT sync, result, ended IS NULL FROM _perigee_syncs WHERE stream = 'events' ORDER BY sync", schema))
  end)
end)

describe("a sync whose database keeps it waiting", function()
  local WAITS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'perigee' AND wait_event_type = '%s'"
  local scenario
  setup(function() scenario = sentry.scenario { data = { events = 20 } } end)

  -- A schema in which the next sync has rows to write.
  local function prepare()
    local schema = new_schema()
    local first = sync(scenario, postgres.address(), { words = { "--schema", schema } })
    assert.equal(0, first.status, first.err)
    postgres.rows("DELETE FROM _perigee_states; DELETE FROM issues; DELETE FROM events", schema)
    return schema
  end

  -- It is ended by a signal while it waits so: at once as a person sees it, and in order.
  local function assert_ends(schema, signal, number, waits)
    local going = perigee.start(words_of(scenario, postgres.address(), { words = { "--schema", schema, "--streams=issues" } }))
    local wanted = waits and WAITS:format(waits)
    if wanted then postgres.wait_until(wanted, 1) end
    going:kill(signal)
    assert.equal(number, going:finish().signal)
    if wanted then assert.equal(0, postgres.value(wanted)) end
    assert.same({ { "interrupted", "t" } }, postgres.rows(
      "SELECT result, message LIKE '%: was ended by a signal, while the server took long (%' FROM _perigee_syncs WHERE sync = 2",
      schema))
  end

  local function assert_goes_on(schema)
    local next = sync(scenario, postgres.address(), { words = { "--schema", schema } })
    assert.equal(0, next.status, next.err)
    assert_holds_all(scenario, schema)
  end

  for signal, number in pairs { INT = 2, TERM = 15 } do
    it("for the lock of another session ends by SIG" .. signal .. ", in order, and the server with it", function()
      local schema = prepare()
      local held = io.popen(postgres.session(("BEGIN; LOCK TABLE %s.issues IN ACCESS EXCLUSIVE MODE"):format(schema)), "w")
      postgres.wait_until("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = "
        .. ("'%s.issues'::regclass"):format(schema), 1)
      assert_ends(schema, signal, number, "Lock")
      held:close()
      assert_goes_on(schema)
    end)
  end

  it("for a key that another session has inserted ends by a signal in the middle of its rows", function()
    local schema = prepare()
    local key = postgres.text(connector.held(scenario, "issues")[1].text:match '"id": ?"(%d+)"')
    local place = postgres.text(postgres.rows("SELECT DISTINCT place FROM _perigee_syncs WHERE stream = 'issues'", schema)[1][1])
    local held = io.popen(postgres.session(("BEGIN; INSERT INTO %s.issues (_row, _place) VALUES (%s, %s)"):format(schema, key,
      place)), "w")
    postgres.wait_until("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'", 1)
    assert_ends(schema, "TERM", 15, "Lock")
    held:close()
    assert_goes_on(schema)
  end)

  it("for a slow commit ends by a signal", function()
    local schema = prepare()
    postgres.rows([[CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$;
      CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON issues DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()]],
      schema)
    assert_ends(schema, "TERM", 15, "Timeout") -- pg_sleep waits so
    postgres.rows("DROP FUNCTION slow CASCADE", schema)
    assert_goes_on(schema)
  end)

  it("for a server that answers nothing at all any more ends by a signal, and says nothing", function()
    local schema = prepare()
    local lock = ("BEGIN; LOCK TABLE %s.issues IN ACCESS EXCLUSIVE MODE"):format(schema)
    local held = io.popen(postgres.session(lock), "w")
    local going = perigee.start(words_of(scenario, postgres.address(), { words = { "--schema", schema, "--streams=issues" } }))
    postgres.wait_until(WAITS:format "Lock", 1)
    local pid = postgres.value "SELECT pid FROM pg_stat_activity WHERE application_name = 'perigee'"
    os.execute("kill -STOP " .. pid)
    going:kill "TERM"
    local signal = going:finish().signal
    os.execute("kill -CONT " .. pid)
    assert.equal(15, signal)
    held:close()
    postgres.wait_until("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'perigee'", 0)
    assert_goes_on(schema)
  end)
end)
