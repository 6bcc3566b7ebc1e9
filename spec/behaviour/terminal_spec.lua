-- What verbs of the protocol show a person at a terminal: tables there, and beside lines that go to a file.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"
local terminal = require "spec.support.terminal"

local function words_of(scenario, verb, more)
  local words = { verb, "--config", perigee.write_config(sentry.config(scenario)) }
  for _, list in ipairs { connector.USUAL, more or {} } do
    for _, word in ipairs(list) do words[#words + 1] = word end
  end
  return words
end

-- Reads to a file; returns what the terminal showed, and the file's text.
local function read_to_file(scenario, names)
  local words = words_of(scenario, "read", { "--catalog", perigee.write_catalog(names) })
  words.output = perigee.folder() .. "/first.jsonl"
  local result = terminal.run(words, {})
  return result, files.read(words.output)
end

local function messages(text)
  local types = {}
  for line in text:gmatch "[^\n]+" do types[cjson.decode(line).type] = true end
  return types
end

describe("at a terminal, while lines go to a file,", function()
  local it = terminal.it(_ENV)
  teardown(perigee.cleanup)

  it("a read shows errors in words, and a table of what each stream came to", function()
    local scenario = sentry.scenario { dialect = "sentry9", data = { events = 12, issues = 8, projects = 3 }, faults = {
      { fault = "status", status = 404, detail = "\27[31mgone", path = "issues", times = -1 },
    } }
    local result, text = read_to_file(scenario, { { "events", "incremental" }, "issues", "projects" })
    assert.equal(1, result.status)
    assert.matches("error: stream issues: [^\n]*\\x1B%[31mgone", result.output)
    assert.matches("stream +records +bytes +time +next from\n", result.output)
    assert.matches("\nevents +12 +%d%d+ +%d+%.%d s   %d%d%d%d%-%d%d%-%d%dT[%d:.]+Z\n", result.output)
    assert.matches("\nissues +0 +0 +%d+%.%d s   %(its top%)   not read to its end\n", result.output)
    assert.matches("\nprojects +3 +%d+ +%d+%.%d s   %(read in full%)\n", result.output)
    assert.is_nil(result.output:find('"type"', 1, true))
    assert.is_true(messages(text).TRACE and messages(text).RECORD and messages(text).STATE)
  end)

  it("a warning is seen, what only informs is not", function()
    local scenario = sentry.scenario { data = { issues = 3 }, faults = {
      { fault = "field_missing", index = 1, field = "lastSeen", path = "issues", times = -1 },
    } }
    local result = read_to_file(scenario, { { "issues", "incremental" } })
    assert.matches("warning: issues: 1 of a page's 3 records has no 'lastSeen'", result.output)
    assert.is_nil(result.output:find("repeats dropped", 1, true))
  end)

  it("a read that cannot begin says why, without a table", function()
    local words = { "read", "--config", "/missing.json", "--catalog", "/missing.json" }
    words.output = perigee.folder() .. "/none.jsonl"
    local result = terminal.run(words, {})
    assert.equal(1, result.status)
    assert.matches("error: [^\n]*/missing.json", result.output)
    assert.is_nil(result.output:find("next from", 1, true))
  end)

  it("a check that fails says so", function()
    local scenario = sentry.scenario { data = { issues = 3 } }
    local config = sentry.config(scenario)
    config.auth_token = "wrong"
    local words = { "check", "--config", perigee.write_config(config), table.unpack(connector.USUAL) }
    words.output = perigee.folder() .. "/check.jsonl"
    local result = terminal.run(words, {})
    assert.matches("error: [^\n]*token", result.output)
    assert.is_true(messages(files.read(words.output)).CONNECTION_STATUS)
  end)
end)

describe("a sync at a terminal", function()
  local it = terminal.it(_ENV)
  teardown(perigee.cleanup)

  -- The second page of issues comes after a second; a record of the third is worth a warning.
  local function sync(more)
    local scenario = sentry.scenario { data = { events = 1, issues = 300, projects = 1, releases = 1 }, faults = {
      { fault = "status", status = 503, path = "/issues/$", page = 2, headers = { ["Retry-After"] = "1" } },
      { fault = "field_missing", index = 1, field = "lastSeen", path = "/issues/$", page = 3 },
    } }
    local words = words_of(scenario, "sync", { "--to", perigee.new_path ".db", "--streams=issues,projects" })
    for name, value in pairs(more or {}) do words[type(name) == "number" and #words + 1 or name] = value end
    local result = terminal.run(words, more and more.steps or {})
    assert.equal(0, result.status, result.output)
    return result
  end

  it("draws a line for each stream: how much came, how fast, how far, and why it waits", function()
    local result = sync()
    assert.matches("\rissues +%d00 records +0%.%d MiB +%d+/s  at %d%d%d%d%-%d%d%-%d%d %d%d:%d%d\27", result.raw)
    assert.matches("\rissues +100 records +0%.%d MiB\27%[33m  waits 1 s: status 503\27%[m\27%[K\r\n", result.raw)
    assert.matches("projects +1 record +0%.%d MiB  done", result.output)
  end)

  it("leaves its warnings and its summary alone on the screen", function()
    local screen = terminal.screen(sync().raw)
    assert.matches("^warning: issues: 1 of a page's 100 records has no 'lastSeen'", screen[1])
    assert.matches("^stream +new +updated +removed +total +seconds +next from$", screen[2])
    assert.matches("^issues +300 +0 +0 +300 ", screen[3])
    assert.matches("^projects +1 ", screen[4])
    assert.matches("^kept in ", screen[5])
    assert.equal("", screen[6])
    assert.is_nil(screen[7])
  end)

  it("cuts its lines where the terminal is narrow, and drops those that are done where it is low", function()
    local raw = sync({ size = { 2, 24 } }).raw
    local drawn = 0
    for line in raw:gmatch "\r([^\r\n]*)\27%[K" do
      line = line:gsub("\27%[[%d]*%a", "")
      assert.is_true(#line <= 23, line)
      assert.is_truthy(line:find "^issues " or line:find "^projects ", line)
      drawn = drawn + 1
    end
    assert.is_true(drawn > 0, raw)
    assert.is_nil(raw:find "\27%[%d+A")
  end)

  it("begins anew below, and takes nothing away, where the terminal becomes narrower", function()
    local raw = sync({ steps = { { wait = "waits" }, { size = { 50, 30 } } } }).raw
    assert.matches("\rissues[^\r]*waits[^\r]*\r\nprojects[^\r]*\27%[K\r\n\rissues [^\r]*\r\nprojects ", raw)
    assert.is_nil(raw:match "\r\n\rissues (.*)":find("MiB", 1, true), raw)
  end)

  it("draws nothing on a terminal without cursor, with --quiet and with --json", function()
    for _, more in ipairs { { env = { TERM = "dumb" } }, { "--quiet" }, { "--json" } } do
      local result = sync(more)
      assert.is_nil(result.raw:find("\27", 1, true), result.raw)
      assert.is_nil(result.raw:find("MiB", 1, true), result.raw)
    end
  end)

  it("draws without colours where NO_COLOR is set", function()
    local raw = sync({ env = { NO_COLOR = "1" } }).raw
    assert.is_truthy(raw:find("waits 1 s", 1, true), raw)
    assert.is_nil(raw:find "\27%[%d*m")
  end)
end)

describe("where standard output is a terminal", function()
  local it = terminal.it(_ENV)
  local scenario
  setup(function() scenario = sentry.scenario { data = { issues = 3, events = 2, projects = 1, releases = 1 } } end)
  teardown(perigee.cleanup)

  it("discover prints a table", function()
    local result = terminal.run(words_of(scenario, "discover"), {})
    assert.equal(0, result.status)
    assert.matches("stream +sync modes +cursor +primary key\n", result.output)
    assert.matches("\nissues +full_refresh, incremental +lastSeen +id\n", result.output)
    assert.is_nil(result.output:find("{", 1, true))
  end)

  it("check prints a row for each stream, its status and message", function()
    local result = terminal.run(words_of(scenario, "check"), {})
    assert.matches("stream +found +hint\n", result.output)
    for _, name in ipairs(streams.of_peer) do
      assert.matches(("\n%s +readable\n"):format(name), result.output)
    end
    assert.matches("\n\nstatus   SUCCEEDED\n", result.output)
    assert.is_nil(result.output:find("{", 1, true))
  end)

  -- What check prints for a scenario of its own.
  local function checked(spec, more)
    return terminal.run(words_of(sentry.scenario(spec), "check", more), {}).output
  end

  it("check says of each stream what it may not read, and what to do about it", function()
    local folder = perigee.folder "checked"
    perigee.write("return { name = 'broken', path = 'organizations/{organization}/teams/',\n"
      .. "filter = function(record) return record.id.x.y end }", "checked/broken.lua")
    local told = checked({ data = { events = 0, issues = 2, projects = 1, releases = 1 }, faults = {
      { fault = "status", status = 403, path = "/issues/$", times = -1 },
      { fault = "status", status = 404, path = "organizations/[^/]+/releases/$", times = -1 },
    } }, { "--scripts", folder })
    assert.matches("\nevents +readable, empty\n", told)
    assert.matches("\nissues +refused +the token lacks the scope event:read\n", told)
    assert.matches("\nreleases +failed +127.0.0.1:%d+ knows no such [^\n]*check organization and project", told)
    assert.matches("\nbroken +failed +the script of the stream 'broken' failed: [^\n]*broken.lua:2", told)
    assert.matches("\nprojects +readable\n", told)
    assert.matches("\nstatus   FAILED\n", told)
  end)

  it("check says once what holds for all shipped streams", function()
    local told = checked { faults = { { fault = "status", status = 401, times = -1 } } }
    assert.matches("\nevents +failed +127.0.0.1:%d+ does not accept the authentication token", told)
    assert.matches("\nissues +failed +as for events\n", told)
  end)

  it("check says once why it asks again, where all streams fail by one cause", function()
    local told = checked({ faults = { { fault = "status", status = 503, times = -1 } } }, { "--retry-attempts=2" })
    local _, waits = told:gsub("again in", "")
    assert.equal(1, waits, told)
    assert.matches("\nissues +failed", told)
  end)

  it("check says which streams had not answered in time", function()
    local told = checked({ faults = { { fault = "stall_headers", path = "/issues/$", times = -1 } } }, { "--check-budget=2" })
    assert.matches("\nissues +no answer +it had not answered when the check ended\n", told)
    assert.matches("\nevents +readable\n", told)
  end)

  it("both print the protocol with --json", function()
    for verb, kind in pairs { discover = "CATALOG", check = "CONNECTION_STATUS" } do
      local result = terminal.run(words_of(scenario, verb, { "--json" }), {})
      assert.is_truthy(result.output:find(('{"type":"%s"'):format(kind), 1, true), result.output)
    end
  end)

  it("--json is refused by verbs that print no table", function()
    local result = perigee.run(words_of(scenario, "try", { "--json" }))
    assert.equal(2, result.status)
  end)
end)
