-- What verbs of the protocol show a person at a terminal: tables there, and beside lines that go to a file.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local terminal = require "spec.support.terminal"

local function words_of(scenario, verb, more)
  local words = { verb, "--config", perigee.write_config(sentry.config(scenario)) }
  for _, list in ipairs { connector.USUAL, more or {} } do
    for _, word in ipairs(list) do words[#words + 1] = word end
  end
  return words
end

-- Reads to a file; returns what the terminal showed, and the file's text.
local function read_to_file(scenario, streams)
  local words = words_of(scenario, "read", { "--catalog", perigee.write_catalog(streams) })
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
    assert.matches("warning: issues: 1 of a page's 3 records have no 'lastSeen'", result.output)
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

  it("check prints its status and message", function()
    local result = terminal.run(words_of(scenario, "check"), {})
    assert.matches("status   SUCCEEDED\n", result.output)
    assert.is_nil(result.output:find("{", 1, true))
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
