-- perigee test: streams read from their recordings, offline, and compared with what is expected.
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local RECORDINGS = "spec/recordings"

local whole = require("spec.support.files").read

-- A copy of the shipped streams' recordings, with what a spec changes in it: a text, or a function of the text.
local count = 0
local function copy(changes)
  count = count + 1
  local name = "copy" .. count
  local folder = perigee.folder(name)
  assert(os.execute(("cp %s/* '%s'"):format(RECORDINGS, folder)))
  for file, change in pairs(changes or {}) do
    local content = type(change) == "function" and change(whole(folder .. "/" .. file)) or change
    perigee.write(content, name .. "/" .. file)
  end
  return folder
end

local function test(folder, ...)
  local result = perigee.run { "test", folder, ... }
  return result, table.concat(result.lines, "\n")
end

-- A folder with one stream of its own, recorded from a scenario.
local TEAMS = [[
return {
  name = "mine", path = "organizations/{organization}/releases/", primary_key = "version", cursor = { field = "dateCreated" },
%s}]]

local function own(scenario, tests)
  count = count + 1
  local name = "own" .. count
  local folder = perigee.folder(name)
  perigee.write(TEAMS:format(tests or ""), name .. "/mine.lua")
  return folder, perigee.write(sentry.config(scenario)), name
end

describe("perigee test", function()
  teardown(perigee.cleanup)

  it("passes on the recordings of the shipped streams", function()
    local result, text = test(RECORDINGS)
    assert.equal(0, result.status, text .. result.err)
    for name, rows in pairs { events = 7, issues = 7, projects = 4, releases = 5 } do
      assert.matches(("%s\n  ok   recording: %d records as expected"):format(name, rows), text)
    end
    assert.matches("project_detail\n  ok   recording: 1 record as expected", text)
    assert.equal("5 passed, 0 failed", result.lines[#result.lines])
    assert.equal("", result.err)
  end)

  it("says what differs in a record, field by field, and in which one", function()
    local folder = copy { ["issues.expected.jsonl"] = function(text)
      local n = 0
      return (text:gsub('"status":"([^"]*)"', function(status)
        n = n + 1
        return n == 2 and '"status":"muted","gone":1' or ('"status":"%s"'):format(status)
      end))
    end }
    local result, text = test(folder)
    assert.equal(1, result.status)
    assert.matches('FAIL recording: record 2, with the id "%d+", differs:\n       %- gone: 1\n       %- status: "muted"\n'
      .. '       %+ status: "%a+"', text)
    assert.equal("4 passed, 1 failed", result.lines[#result.lines])
  end)

  it("says which record is missing, or one too many, and not that all after it differ", function()
    local function without(n)
      return function(text)
        local at = 0
        return (text:gsub("[^\n]*\n", function()
          at = at + 1
          return at == n and "" or nil
        end))
      end
    end
    local _, text = test(copy { ["projects.expected.jsonl"] = without(2) })
    assert.matches('3 records were expected, and 4 came; record 2 is one too many:\n       %+ {"id":"2"', text)
    local _, last = test(copy { ["projects.expected.jsonl"] = without(4) })
    assert.matches("record 4 is one too many", last)
    local _, missing = test(copy { ["projects.expected.jsonl"] = function(all)
      return '{"record":{"id":"99"}}\n' .. all
    end })
    assert.matches('record 1 is missing, and what follows it came:\n       %- {"id":"99"}', missing)
  end)

  it("compares the state that the read ended with", function()
    local _, text = test(copy { ["issues.expected.jsonl"] = function(text)
      return (text:gsub('"organization":"acme","project":"web%-frontend"}', '"organization":"acme","project":"other"}'))
    end })
    assert.matches('FAIL recording: the state differs:\n       %- of.project: "other"\n'
      .. '       %+ of.project: "web%-frontend"', text)
  end)

  it("tells bytes that differ where values do not", function()
    local _, text = test(copy { ["project_detail.expected.jsonl"] = function(text) return (text:gsub(",", ", ", 1)) end })
    assert.matches("the same values, written in another way:\n       %- ", text)
  end)

  it("refuses an expected output that is none, and says on which line", function()
    local late = '{"record":{}}\n{"state":{}}\n{"record":{}}'
    for line, text in pairs { [1] = "[]", [2] = '{"record":{}}\n{"state":{}', [3] = late } do
      local result, told = test(copy { ["issues.expected.jsonl"] = text })
      assert.equal(1, result.status)
      assert.matches(("issues.expected.jsonl: line %d is not"):format(line), told)
    end
  end)

  it("fails with the reason where the stream's read fails, and runs the others", function()
    local folder = copy { ["issues.har"] = function(text)
      local har = json.decode(text)
      table.remove(har.log.entries, 2)
      return json.encode(har)
    end, ["events.har"] = "{" }
    local result, text = test(folder)
    assert.equal(1, result.status)
    assert.matches("FAIL recording: .-the recording has no GET .-/issues/.-the nearest is", text)
    assert.matches("FAIL the recording .-events.har cannot be replayed", text)
    assert.equal("3 passed, 2 failed", result.lines[#result.lines])
  end)

  it("writes what is expected with --update, and only then", function()
    local folder = copy()
    assert(os.remove(folder .. "/issues.expected.jsonl"))
    local _, before = test(folder)
    assert.matches("FAIL recording: 7 records came, and there is no .-/issues.expected.jsonl; %-%-update writes it", before)
    local result, text = test(folder, "--update")
    assert.equal(0, result.status, text)
    assert.matches("7 records written to .-/issues.expected.jsonl", text)
    assert.equal(whole(RECORDINGS .. "/issues.expected.jsonl"), whole(folder .. "/issues.expected.jsonl"))
    assert.matches("7 records, as before", select(2, test(folder, "--update")))
    assert.equal(0, test(folder).status)
  end)

  it("survives faults of the server, which --fault makes", function()
    local result, text = test(RECORDINGS, "--fault=issues:page=2:limited=3600", "--fault=events:cut")
    assert.equal(0, result.status, text)
    local _, refused = test(RECORDINGS, "--fault=issues:page=2:status=403")
    assert.matches("FAIL recording: .-lacks the scope", refused)
    assert.matches("4 passed, 1 failed", refused)
  end)

  it("records what is missing from the server of --config, and needs no token from then on", function()
    local scenario = sentry.scenario { data = { releases = 5 }, page_size = 2 }
    local folder, settings, name = own(scenario)
    local without, told = test(folder)
    assert.equal(1, without.status)
    assert.matches("mine.har is not there, nor are tests in the script; %-%-update %-%-config FILE makes it", told)
    local made, text = test(folder, "--update", "--config", settings)
    assert.equal(0, made.status, text .. made.err)
    assert.is_nil(whole(folder .. "/mine.har"):find(sentry.token, 1, true))
    local asked = #scenario.log()
    assert.is_true(asked > 0)
    assert.equal(0, test(folder).status)
    perigee.write({ organization = "nobody", project = "nothing" }, name .. "/mine.config.json")
    assert.matches("the recording has no GET .-/organizations/nobody/releases/", select(2, test(folder)))
    perigee.write({ organization = "acme", project = "any", auth_token = "not the one" }, name .. "/mine.config.json")
    assert.equal(0, test(folder).status)
    assert.equal(asked, #scenario.log())
  end)

  it("tells of a recording that failed, and leaves none of it for expected", function()
    local scenario = sentry.scenario { faults = { { fault = "status", status = 403, path = "releases", times = -1 } } }
    local folder, settings = own(scenario)
    local result, text = test(folder, "--update", "--config", settings)
    assert.equal(1, result.status)
    assert.matches("FAIL recording: .-status 403.-\n.-mine.har holds what failed; remove it", text)
    assert.is_nil(io.open(folder .. "/mine.expected.jsonl"))
  end)

  it("runs the tests that a script holds, in its own sandbox, each by its name", function()
    local scenario = sentry.scenario {}
    local folder = own(scenario, [[
  tests = {
    ["knows its key"] = function(stream) assert(stream.primary_key[1] == "version") end,
    ["is wrong"] = function() error "so it is" end,
    ["has no files"] = function() assert(not pcall(function() return io end)) end,
    ["asks nobody"] = function()
      local answer, message, code = require "http".get "https://sentry.invalid/"
      assert(not answer and (code == "replay" or code == "refused"), message)
    end,
  }, ]])
    local result, text = test(folder)
    assert.equal(1, result.status)
    assert.matches("  ok   asks nobody\n  ok   has no files\n  FAIL is wrong: .-mine.lua:5: so it is\n  ok   knows its key", text)
  end)

  it("keeps the order of tests that are listed", function()
    local folder = own(sentry.scenario {}, [[
  tests = { { "b", function() end }, { "a", function() print "said" end } }, ]])
    local result, text = test(folder)
    assert.equal(0, result.status, text)
    assert.matches("  ok   b\n  ok   a\n  said", text)
  end)

  it("names script and line of a script that is broken, and tests the others", function()
    local folder = copy { ["broken.lua"] = "return {\n  name = \n}", ["strange.lua"] = 'return { name = "strange", pth = "x/" }' }
    local result, text = test(folder)
    assert.equal(1, result.status)
    assert.matches("broken\n  FAIL .-broken.lua:3: unexpected symbol", text)
    assert.matches("strange\n  FAIL .-there is no field 'pth' %(did you mean 'path'%?%)", text)
    assert.matches("issues\n  ok   recording: 7 records as expected", text)
  end)

  it("tells of a folder without scripts, of one that is not there, and of a missing word", function()
    for folder, words in pairs { [perigee.folder "empty"] = "there is nothing to test", ["/nowhere"] = "No such file" } do
      local result = test(folder)
      assert.equal(1, result.status)
      assert.matches(words, result.err)
      assert.equal(0, #result.lines)
    end
    local result = perigee.run { "test" }
    assert.equal(2, result.status)
    assert.matches("a word is missing: DIR", result.err)
  end)

  it("has luacheck look at scripts where it is installed, told what the sandbox has", function()
    local folder = copy { ["mine.lua"] = [[
local unused = 1
return { name = "mine", path = "x/", tests = { a = function(stream) assert(utf8 and os.time() and stream) end } }]] }
    local tools = perigee.folder "tools"
    local env = { PATH = tools }
    local without = perigee.run { "test", folder, env = env }
    assert.equal(0, without.status)
    assert.matches("luacheck\n  skipped: it is not installed", table.concat(without.lines, "\n"))
    perigee.write([[#!/bin/sh
for word; do case $word in */mine.lua) echo "$word:1:7: (W211) unused variable"; esac; done
exit 1]], "tools/luacheck")
    assert(os.execute(("chmod +x '%s/luacheck'"):format(tools)))
    local result = perigee.run { "test", folder, env = { PATH = tools .. ":" .. os.getenv "PATH" } }
    assert.equal(1, result.status)
    assert.matches("luacheck\n  FAIL .-mine.lua\n       .-mine.lua:1:7: %(W211%) unused variable",
      table.concat(result.lines, "\n"))
  end)

  it("takes nothing that the sandbox has for an undefined global, by the real luacheck", function()
    local lint = require "test.lint"
    local path = perigee.write([[
local unused = os.getenv "HOME"
return { name = "mine", path = "x/", tests = { a = function(stream) assert(utf8 and os.time() and stream) end } }]], "linted.lua")
    local found, message, code = lint.scripts { path }
    if code == "absent" then return pending(message) end
    assert.equal(2, #found[path], json.encode(found))
    assert.matches("linted.lua:1:7: %(W211%)", table.concat(found[path], "\n"))
    assert.matches("linted.lua:1:16: %(W143%)", table.concat(found[path], "\n"))
  end)
end)
