-- `perigee sync`: streams become tables of a SQLite file, and what is new comes in. The tables are read by the sqlite3
-- program, and compared with what the fake Sentry holds.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

local KEYS = { events = "id", issues = "id", projects = "id", releases = "version" }
-- SQLite's own JSON functions read none of these: NUL, half a surrogate pair, numbers beyond a double.
local UNREADABLE = { surrogate = true, ["nul\u{FFFD}key"] = true, numbers = true }

local function words_of(scenario, file, ...)
  return connector.words("sync", scenario, { words = { "--to", file, ... } })
end

local function sync(scenario, file, ...) return perigee.run(words_of(scenario, file, ...)) end

local function assert_holds_all(scenario, file, skipped)
  for stream, key in pairs(KEYS) do
    database.assert_holds(file, stream, key, connector.held(scenario, stream), skipped)
  end
end

describe("sync", function()
  teardown(perigee.cleanup)

  it("keeps every stream as a table that says what the source says, and prints a row for each", function()
    local scenario, file = sentry.scenario { data = { events = 150, odd = true } }, perigee.new_path ".db"
    local result = sync(scenario, file)
    assert.equal(0, result.status, result.err)
    assert_holds_all(scenario, file, UNREADABLE)
    assert.equal(1, database.value(file, "SELECT count(*) FROM project_detail"))
    local printed = table.concat(result.lines, "\n")
    assert.matches("^stream +new +updated +removed +total +seconds +next from\n", printed)
    for _, stream in ipairs(streams.of_peer) do assert.matches("\n" .. stream .. " +%d+ ", printed) end
    assert.matches("\nkept in " .. file:gsub("%p", "%%%0") .. "$", printed)
  end)

  it("asks only for what is new the next time, and stores what changed in the place of what was there", function()
    local scenario, file = sentry.scenario { data = { events = 60, issues = 20 } }, perigee.new_path ".db"
    assert.equal(0, sync(scenario, file).status)
    local before = #scenario.log()
    scenario.change { data = { events = 60, issues = 20, later = { { events = 7, issues = 2, updates = { issues = 3 } } } } }
    local result = sync(scenario, file, "--json")
    assert.equal(0, result.status, result.err)
    assert_holds_all(scenario, file)
    local of = connector.summary(result)
    assert.same({ 7, 67 }, { of.events.new, of.events.total })
    assert.same({ 2, 3, 22 }, { of.issues.new, of.issues.updated, of.issues.total })
    assert.is_true(#scenario.log() - before < before + 5)
  end)

  it("costs as many requests as a read with nothing new, and changes no row", function()
    local scenario, file = sentry.scenario { data = { events = 120 } }, perigee.new_path ".db"
    sync(scenario, file)
    local before = #scenario.log()
    local of = connector.summary(sync(scenario, file, "--json"))
    for _, stream in ipairs(streams.of_peer) do
      assert.same({ 0, 0, 0, true }, { of[stream].new, of[stream].updated, of[stream].removed, of[stream].complete }, stream)
    end
    assert.is_true(#scenario.log() - before <= 8, #scenario.log() - before .. " requests")
  end)

  it("takes Sentry from the environment, and the file too", function()
    local scenario, file = sentry.scenario { data = { events = 5 } }, perigee.new_path ".db"
    local result = perigee.run { "sync", "--streams", "issues", env = { SENTRY_AUTH_TOKEN = sentry.token,
      SENTRY_ORG = "acme", SENTRY_PROJECT = "web-frontend", SENTRY_URL = scenario.url, PERIGEE_TO = file } }
    assert.equal(0, result.status, result.err)
    assert.equal(40, database.value(file, "SELECT count(*) FROM issues"))
  end)

  it("reads the streams that are named, all but those that are excluded, or those of a catalog", function()
    local scenario = sentry.scenario { data = { events = 5 } }
    local catalog = perigee.write_catalog { { "releases", "incremental" }, "projects" }
    for words, expected in pairs {
      ["--streams=issues,events"] = "events issues", ["--exclude=events,issues"] = "project_detail projects releases",
      ["--catalog=" .. catalog] = "projects releases", ["--streams=default"] = table.concat(streams.of_peer, " "),
    } do
      local file = perigee.new_path ".db"
      assert.equal(0, sync(scenario, file, words).status)
      assert.equal(expected, database.value(file,
        "SELECT group_concat(stream, ' ') FROM (SELECT stream FROM _perigee_tables ORDER BY stream)"))
    end
  end)

  it("says which stream was meant, and makes no file", function()
    local scenario, file = sentry.scenario {}, perigee.new_path ".db"
    for _, word in ipairs { "--streams=isues", "--exclude=isues", "--full=isues" } do
      local result = sync(scenario, file, word)
      assert.equal(1, result.status)
      assert.matches("there is no stream 'isues'; did you mean 'issues'%?", result.err)
    end
    assert.is_nil(io.open(file))
  end)

  it("refuses a catalog that asks for a stream in an unknown way, or twice, and makes no file", function()
    local scenario, file = sentry.scenario {}, perigee.new_path ".db"
    local entry = '{"stream":{"name":"issues"%s},"sync_mode":"%s","destination_sync_mode":"append"}'
    for streams_text, message in pairs {
      [entry:format("", "incrementel")] =
        "issues: the catalog asks for the sync mode 'incrementel'; there are full_refresh and incremental",
      [entry:format("", "incremental") .. "," .. entry:format(',"namespace":"other"', "full_refresh")] =
        "streams names 'issues' for two namespaces; a sync keeps one table of a stream",
    } do
      local result = sync(scenario, file, "--catalog=" .. perigee.write('{"streams":[' .. streams_text .. "]}"))
      assert.equal(1, result.status)
      assert.is_truthy(result.err:find(message, 1, true), result.err)
    end
    assert.is_nil(io.open(file))
  end)

  it("leaves out a stream that the token may not read, with a warning; one that was asked for fails", function()
    local scenario, file = sentry.scenario {}, perigee.new_path ".db"
    local function run(...)
      return perigee.run(connector.words("sync", scenario, { config = { auth_token = "token-without-releases" },
        words = { "--to", file, ... } }))
    end
    local result = run()
    assert.equal(0, result.status, result.err)
    assert.matches("warning: releases is left out: this token lacks the scope project:releases", result.err)
    assert.equal(4, database.value(file, "SELECT count(*) FROM _perigee_tables"))
    local asked = run("--streams=releases")
    assert.equal(1, asked.status)
    assert.matches("error: releases: .*project:releases", asked.err)
    assert.matches("\nreleases .*not read to its end\n", table.concat(asked.lines, "\n") .. "\n")
  end)

  it("says once that the server does not know the token", function()
    local result = perigee.run(connector.words("sync", sentry.scenario {}, { config = { auth_token = "token-of-nobody" },
      words = { "--to", perigee.new_path ".db" } }))
    local _, errors = result.err:gsub("error: [^\n]*does not accept the authentication token", "")
    assert.same({ 1, 1, 0 }, { result.status, errors, #result.lines }, result.err)
  end)

  it("reads a stream anew with --full: what the source has no more goes, and a view of one's own stays", function()
    local scenario, file = sentry.scenario { data = { events = 30, issues = 12 } }, perigee.new_path ".db"
    sync(scenario, file)
    database.rows(file, "CREATE VIEW mine AS SELECT id, title FROM issues")
    scenario.change { data = { events = 30, issues = 12, later = { { deletes = { issues = 4 } } } } }
    sync(scenario, file)
    assert.equal(12, database.value(file, "SELECT count(*) FROM mine"))
    local of = connector.summary(sync(scenario, file, "--full=issues", "--json"))
    assert.same({ 0, 4, 8 }, { of.issues.new, of.issues.removed, of.issues.total })
    assert.equal(8, database.value(file, "SELECT count(*) FROM mine"))
    assert_holds_all(scenario, file)
    local before = #scenario.log "issues"
    assert.equal(0, sync(scenario, file).status)
    assert.equal(1, #scenario.log "issues" - before)
  end)

  it("keeps the rows of two projects apart in one file, each with its own state", function()
    local scenario = sentry.scenario { data = { events = 9, issues = 5, project_issues = { backend = 4 } } }
    local file = perigee.new_path ".db"
    local words = { "--to", file, "--streams=issues,project_detail" }
    for _ = 1, 2 do
      for _, project in ipairs { "web-frontend", "backend" } do
        assert.equal(0, perigee.run(connector.words("sync", scenario, { config = { project = project }, words = words })).status)
      end
    end
    assert.same({ { "acme/backend", "4" }, { "acme/web-frontend", "5" } },
      database.rows(file, [[SELECT substr(_place, instr(_place, '/') + 1), count(*) FROM issues GROUP BY 1 ORDER BY 1]]))
    assert.equal(2, database.value(file, "SELECT count(*) FROM project_detail"))
    assert.equal(2, database.value(file, "SELECT count(*) FROM _perigee_states WHERE stream = 'issues'"))
  end)

  it("stores times in UTC so that they sort, and leaves secrets out unless they are asked for", function()
    local scenario = sentry.scenario { data = { fixtures = "sentry-9.1.2" } }
    local file, open_file = perigee.new_path ".db", perigee.new_path ".db"
    local result = sync(scenario, file)
    assert.equal(0, result.status, result.err)
    assert.equal(0, database.value(file,
      "SELECT count(*) FROM issues WHERE lastSeen NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T??:??:??.??????Z'"))
    local secrets = "SELECT count(*) FROM pragma_table_info('project_detail') WHERE name = 'securityToken'"
    assert.equal(0, database.value(file, secrets))
    local included = { include_secrets = { "securityToken" } }
    perigee.run(connector.words("sync", scenario, { config = included, words = { "--to", open_file } }))
    local no_list = ": include_secrets must be a list of streams, such as \"project_keys\""
    local no_stream = ": include_secrets names 'project_details', which is no stream (did you mean 'project_detail'?)\n"
    local misspelt = ": there is no field 'include_secret'; is 'include_secrets' meant?\n"
    for _, case in ipairs { { { include_secrets = "securityToken" }, no_list },
      { { include_secrets = { { "securityToken" } } }, no_list },
      { { include_secrets = { "project_details.securityToken" } }, no_stream },
      { { include_secret = { "securityToken" } }, misspelt } } do
      local wrong = perigee.run(connector.words("sync", scenario, { config = case[1],
        words = { "--to", perigee.new_path ".db", "--streams=issues" } }))
      assert.is_truthy(wrong.err:find(case[2], 1, true), wrong.err)
    end
    assert.equal(1, database.value(open_file, secrets))
    assert.equal(1, database.value(open_file, "SELECT securityToken IS NOT NULL FROM project_detail"))
  end)

  it("makes no column of what a stream leaves out, unless it is asked for", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { events = 0, lists = { project_keys = 3 } } }
    for include, columns in pairs { [""] = 0, project_keys = 1, ["project_keys.secret"] = 1 } do
      local file = perigee.new_path ".db"
      local result = perigee.run(connector.words("sync", scenario, { words = { "--to", file, "--streams=project_keys" },
        config = { include_secrets = include ~= "" and { include } or nil } }))
      assert.equal(0, result.status, result.err)
      local have = database.value(file, "SELECT count(*) FROM pragma_table_info('project_keys') WHERE name = 'secret'")
      assert.same({ 3, columns }, { database.value(file, "SELECT count(*) FROM project_keys"), have }, include)
      local whole = "SELECT count(*) FROM project_keys WHERE json_extract(dsn, '$.secret') IS NOT NULL"
      assert.equal(include == "project_keys" and 3 or 0, database.value(file, whole), include)
    end
  end)

  it("leaves secrets out of objects within a record", function()
    local body = '{"id":"1","slug":"web-frontend", "options" : {"a":[{"sentry:token":"b"}], '
      .. '"sentry\\u003atoken" : "s","c":{}},"d":{}}'
    local whole = { fault = "status", path = "/projects/acme/web-frontend/$", status = 200, body = body, times = -1 }
    local file = perigee.new_path ".db"
    local result = sync(sentry.scenario { data = { events = 1 }, faults = { whole } }, file, "--streams=project_detail")
    assert.equal(0, result.status, result.err)
    assert.same({ { '{"a":[{"sentry:token":"b"}],"c":{}}', "{}" } }, database.rows(file, "SELECT options, d FROM project_detail"))
  end)

  it("makes a view of an array of keys and values", function()
    local scenario, file = sentry.scenario { data = { events = 20 } }, perigee.new_path ".db"
    sync(scenario, file)
    local truth = database.value(file, "SELECT sum(json_array_length(tags)) FROM events")
    assert.is_true(truth > 0)
    assert.equal(truth, database.value(file, "SELECT count(*) FROM events_tags WHERE key <> '' AND value <> ''"))
  end)

  it("refuses a second sync of the same file while one goes on, and lets others read", function()
    local held = { fault = "stall_headers", path = "/events/", request = 30 } -- it comes to no end before it is ended
    local scenario, file = sentry.scenario { data = { events = 300 }, page_size = 5, faults = { held } }, perigee.new_path ".db"
    local going = perigee.start(words_of(scenario, file, "--first-byte-timeout=600"))
    perigee.wait_until(function() return #scenario.log "events" > 2 end)
    local second = sync(scenario, file)
    assert.equal(1, second.status)
    assert.matches("error: [^\n]*: another sync writes to it; wait for its end, or name another file\n$", second.err)
    perigee.wait_until(function() return database.value(file, "SELECT count(*) FROM events") > 0 end)
    going:kill "TERM"
    assert.equal(15, going:finish().signal)
    assert.equal("delete", database.value(file, "PRAGMA journal_mode")) -- who may read it needs no right to write beside it
    assert.equal("interrupted", database.value(file, "SELECT DISTINCT result FROM _perigee_syncs WHERE stream = 'events'"))
    scenario.change { faults = {} }
    assert.equal(0, sync(scenario, file).status)
    assert_holds_all(scenario, file)
  end)

  it("lets others see what has come, and write, while it waits for a server", function()
    local faults = { { fault = "stall_headers", path = "issues", page = 3, times = -1 } }
    local scenario, file = sentry.scenario { data = { issues = 40 }, page_size = 10, faults = faults }, perigee.new_path ".db"
    local going = perigee.start(words_of(scenario, file, "--streams=issues"))
    perigee.wait_until(function() return #scenario.log "issues" == 3 end)
    local seen = "SELECT count(*) FROM sqlite_master WHERE name = 'issues'"
    perigee.wait_until(function() return database.value(file, seen) == 1 end)
    perigee.wait_until(function() return database.value(file, "SELECT count(*) FROM issues") == 20 end)
    database.rows(file, "PRAGMA busy_timeout = 0; CREATE TABLE mine (a)")
    assert.equal(3, #scenario.log "issues")
    going:kill "TERM"
    assert.equal(15, going:finish().signal)
  end)

  it("tells what it cannot write to, and what to do", function()
    local scenario, folder = sentry.scenario {}, perigee.folder()
    local text = perigee.write("This is a letter, and a long one.\n", "letter.txt")
    for path, message in pairs {
      [folder .. "/none/sentry.db"] = "cannot be opened: No such file or directory",
      [text] = "is no SQLite database; name another file",
    } do
      local result = sync(scenario, path)
      assert.equal(1, result.status)
      assert.matches("error: " .. (path .. ": " .. message):gsub("%p", "%%%0") .. "\n$", result.err)
    end
    assert.equal("This is a letter, and a long one.\n", database.read(text))
    local foreign, newer = perigee.new_path ".db", perigee.new_path ".db"
    database.rows(foreign, "CREATE TABLE Events (mine)")
    assert.matches("has a table or view events that perigee did not make", sync(scenario, foreign).err)
    database.rows(newer, "CREATE TABLE _perigee_format (version); INSERT INTO _perigee_format VALUES (99)")
    assert.matches("was written by a newer perigee %(format 99; this one knows 3%)", sync(scenario, newer).err)
    assert.matches("^perigee: %-%-to PATH is missing: sync\n", perigee.run({ "sync" }).err)
  end)

  it("says with --dry-run what it would do, and makes no file", function()
    local scenario, file = sentry.scenario { data = { events = 230 } }, perigee.new_path ".db"
    local result = sync(scenario, file, "--dry-run")
    assert.equal(0, result.status, result.err)
    local text = table.concat(result.lines, "\n")
    assert.matches("^events\n  table    events, %d+ columns, rows are told apart by id\n  reads    all, the newest first", text)
    assert.matches("\n  asks     GET [^\n]+/issues/%S+; about 40 records, 1 request, about 1 s\n", text)
    assert.matches("\nproject_detail\n  table [^\n]+\n  reads    all, in place of what is there\n", text)
    assert.is_nil(io.open(file))
    assert.is_true(#scenario.log() <= 5)
    sync(scenario, file)
    local size, again = #database.read(file), table.concat(sync(scenario, file, "--dry-run").lines, "\n")
    assert.matches("^events\n  table [^\n]+\n  reads    what is new since 2", again)
    assert.equal(size, #database.read(file))
  end)

  it("counts the rows of a table where something came, and else tells what the sync before told", function()
    local scenario, file = sentry.scenario { data = { issues = 15 } }, perigee.new_path ".db"
    local function total() return connector.summary(sync(scenario, file, "--streams=issues", "--json")).issues.total end
    assert.equal(15, total())
    database.rows(file, "DELETE FROM issues WHERE id IN (SELECT id FROM issues LIMIT 3)") -- nobody has counted since
    assert.equal(15, total())
    scenario.change { data = { issues = 15, later = { { issues = 1 } } } }
    assert.equal(13, total())
    database.rows(file, "UPDATE _perigee_format SET version = 1; ALTER TABLE _perigee_syncs DROP COLUMN total")
    assert.same({ 13, 3 }, { total(), database.value(file, "SELECT version FROM _perigee_format") })
    database.rows(file, "DROP VIEW IF EXISTS issues_tags; DROP TABLE issues")
    scenario.change { data = { issues = 0 } }
    assert.equal(0, total())
  end)

  it("reads a stream anew whose table was dropped", function()
    local scenario, file = sentry.scenario { data = { issues = 15 } }, perigee.new_path ".db"
    sync(scenario, file, "--streams=issues")
    database.rows(file, "DROP VIEW IF EXISTS issues_tags; DROP TABLE issues")
    assert.equal(0, sync(scenario, file, "--streams=issues").status)
    assert.equal(15, database.value(file, "SELECT count(*) FROM issues"))
  end)

  it("tells one thing where the whole fails, and keeps each stream that could be read", function()
    local faults = { { fault = "status", status = 500, path = "releases", times = -1 } }
    local scenario, file = sentry.scenario { faults = faults }, perigee.new_path ".db"
    local result = sync(scenario, file, "--retry-attempts=1")
    assert.equal(1, result.status)
    local _, errors = result.err:gsub("error: ", "")
    assert.equal(1, errors, result.err)
    assert.equal(250, database.value(file, "SELECT count(*) FROM events"))
    assert.same({ { "incomplete" } }, database.rows(file,
      "SELECT result FROM _perigee_syncs WHERE stream = 'releases' AND message LIKE '%500%'"))
  end)
end)

describe("status", function()
  teardown(perigee.cleanup)

  it("tells of each sync what came of its streams", function()
    local scenario, file = sentry.scenario { data = { events = 12 } }, perigee.new_path ".db"
    sync(scenario, file, "--streams=events")
    sync(scenario, file, "--streams=events")
    local result = perigee.run { "status", "--to", file }
    assert.equal(0, result.status)
    assert.equal(2, #result.lines) -- the latest one
    assert.matches("^%d+%-%d%d%-%d%dT%d%d:%d%d:%d%d +events +complete +0 +0 +0 ", result.lines[2])
    local runs = cjson.decode(perigee.run({ "status", "--to", file, "--json" }).lines[1])
    assert.same({ 1, 12, 2, 0 }, { runs[1].sync, runs[1].new, runs[2].sync, runs[2].new })
  end)

  it("says where no sync has written", function()
    local result = perigee.run { "status", "--to", perigee.folder() .. "/none.db" }
    assert.equal(1, result.status)
    assert.matches("none.db: there is no such file; `perigee sync %-%-to .*none.db` makes it\n$", result.err)
    result = perigee.run { "status", "--to", perigee.folder() .. "/none/" }
    assert.equal(1, result.status)
    assert.matches("none/: there is no such folder; `perigee sync` makes it\n$", result.err)
  end)

  it("names the place where a stream has several, and tells of the latest sync of each", function()
    local scenario, file = sentry.scenario { data = { events = 12 } }, perigee.new_path ".db"
    local faults = { { fault = "status", status = 404, path = "/backend/", times = -1 } }
    for _ = 1, 2 do
      perigee.run(connector.words("sync", scenario, { config = { project = "web-frontend, backend" },
        words = { "--to", file, "--streams=project_detail,projects" } }))
      scenario.change { faults = faults }
    end
    local result = perigee.run { "status", "--to", file }
    assert.equal(4, #result.lines, table.concat(result.lines, "\n"))
    assert.matches("^began +stream +place +result ", result.lines[1])
    assert.matches(" project_detail +[%d.:]+/acme/backend +incomplete .*404", result.lines[2])
    assert.matches(" project_detail +[%d.:]+/acme/web%-frontend +complete ", result.lines[3])
    assert.matches(" projects +[%d.:]+/acme +complete ", result.lines[4])
    assert.equal(6, #cjson.decode(perigee.run({ "status", "--to", file, "--json" }).lines[1]))
  end)

  it("says that nothing has been read where a sync was ended before", function()
    local scenario, file = sentry.scenario { faults = { { fault = "stall_headers", times = -1 } } }, perigee.new_path ".db"
    local going = perigee.start(words_of(scenario, file))
    perigee.wait_until(function() return #scenario.log() > 0 end)
    going:kill "INT"
    assert.is_true(going:finish().status ~= 0)
    local result = perigee.run { "status", "--to", file }
    assert.same({ 0, 1 }, { result.status, #result.lines })
    assert.matches(": no stream has been read yet; a sync has begun, or ended before it came to that$", result.lines[1])
    assert.same({ "[]" }, perigee.run({ "status", "--to", file, "--json" }).lines)
  end)
end)
