-- Characters of records that many consumers refuse: half a surrogate pair, and \u0000.
local connector = require "spec.support.connector"
local json = require "json"
local page = require "page"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local FFFD = "\\ufffd"

-- As sent, and as it goes out clean; the same where there is nothing to replace.
local CASES = {
  { "\\ud83d", FFFD }, { "\\uDE00", FFFD }, { "\\u0000", FFFD }, { "a\\ud83dx\\ude00b", "a" .. FFFD .. "x" .. FFFD .. "b" },
  { "\\ud83d\\ud83d\\ude00", FFFD .. "\\ud83d\\ude00" }, { "\\ud83d\\u0041", FFFD .. "\\u0041" },
  { "\\udc00\\ud800", FFFD .. FFFD }, { "\\ud83d\\n", FFFD .. "\\n" }, { "\\\\\\u0000", "\\\\" .. FFFD },
  { "\\ud83d\\ude00" }, { "\\uD83D\\uDE00" }, { "\\ufffd" }, { "\\uFFFD" }, { "\\\\u0000" }, { "\\\\\\\\ud83d" }, { "\\u0001" },
  { "\239\191\189" }, { "\\u00000000" , FFFD .. "0000" }, { "u0000 \\" .. "/ d83d" }, { "\\u0030" }, { "\\ud7ff\\ue000" },
}

local function rows(value, before)
  return ('[{"id":"1","%s":"%s%s"},{"id":"2" , "n":{"a":["%s"]}}]'):format(value, before, value, value)
end

describe("characters that consumers refuse", function()
  teardown(perigee.cleanup)

  it("are counted by records, and replaced by U+FFFD alone, wherever they stand", function()
    for _, case in ipairs(CASES) do
      for length = 0, 17 do
        local before = ("x"):rep(length)
        local given = page.of(rows(case[1], before), {})
        local expected = case[2] and 2 or 0
        assert.equal(expected, given:clean_text(), case[1])
        assert.equal(rows(case[1], before):match '^%[(.-),{"id":"2"', (given:record(1)))
        assert.equal(expected, given:clean_text(true))
        local clean = rows(case[2] or case[1], before)
        assert.equal(clean, "[" .. (given:record(1)) .. "," .. (given:record(2)) .. "]")
        assert.equal(0, given:clean_text(true))
      end
    end
  end)

  it("are found in whichever rows of a page they stand, and in no others", function()
    for _, wanted in ipairs { { 1 }, { 64 }, { 65 }, { 1, 65, 130 }, { 2, 3, 129 } } do
      local list, is_wanted = {}, {}
      for i = 1, 130 do list[i] = ('{"id":%d,"a":"\\ud83d\\ude00"}'):format(i) end
      for _, i in ipairs(wanted) do list[i], is_wanted[i] = ('{"id":%d,"\\u0000":1}'):format(i), true end
      local given = page.of("[" .. table.concat(list, ",") .. "]", {})
      assert.equal(#wanted, given:clean_text(true))
      for i = 1, 130 do assert.equal(is_wanted[i] ~= nil, (given:record(i)):find(FFFD, 1, true) ~= nil) end
    end
  end)

  it("are replaced in what hooks made of a record, and not counted where a hook holds it back", function()
    local given = page.of('[{"id":"1","a":"\\u0000"},{"id":"2","a":"\\ud800"}]', {})
    given:filter(function(record) return record.id == "2" end)
    given:transform(function(record) return record:set("b", 1) end)
    assert.equal(1, given:clean_text(true))
    assert.equal('{"id":"2","a":"\\ufffd","b":1}', (given:record(2)))
  end)

  local row = '{"id":"%d","lastSeen":"2026-11-20T12:00:00Z","title":"%s"}'
  local last = '<http://a.example/?cursor=0:1:0>; rel="next"; results="false"; cursor="0:1:0"'
  local own = [[return { name = "mine", path = "organizations/{organization}/releases/", paging = "none" }]]

  -- Read by a shipped stream and by one of the user's own: the lines of records, and the warnings.
  local function read(texts, text)
    local list = {}
    for i, value in ipairs(texts) do list[i] = row:format(i, value) end
    local scenario = sentry.scenario { headers = { Link = last }, faults = { { fault = "status", status = 200, times = -1,
      path = "/(issues|releases)/$", body = "[" .. table.concat(list, ",") .. "]", content_type = "application/json" } } }
    local config = sentry.config(scenario, { text = text, custom_streams = { { name = "mine", script = own } } })
    local result = perigee.run { "read", "--config", perigee.write(config), "--catalog",
      perigee.write_catalog { "issues", "mine" } }
    return result, table.concat(result.lines, "\n"), connector.logs(result, "WARN")
  end

  -- The judges are Python's: json, and a strict encoder.
  local function judged(result)
    local path = perigee.write(table.concat(result.lines, "\n") .. "\n")
    local process = assert(io.popen("python3 -c '" .. [[
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    message = json.loads(line)
    if message["type"] != "RECORD": continue
    try: title = message["record"]["data"]["title"]; title.encode("utf-8"); print("nul" if "\0" in title else "good")
    except UnicodeEncodeError: print("lone")
]] .. "' " .. path))
    local counts = { good = 0, lone = 0, nul = 0 }
    for word in process:lines() do counts[word] = counts[word] + 1 end
    process:close()
    return counts
  end

  local TEXTS = { "a\\ud83db", "c\\u0000d", "e\\ud83d\\ude00f", "\\\\u0000" }

  it("go out as they came, and one warning for each stream tells how many records hold them", function()
    local result, lines, warnings = read(TEXTS)
    for i, text in ipairs(TEXTS) do assert.is_truthy(lines:find(row:format(i, text), 1, true), lines) end
    assert.same({ good = 4, lone = 2, nul = 2 }, judged(result))
    for _, stream in ipairs { "issues", "mine" } do
      local _, count = warnings:gsub(stream .. ": 2 records have half a surrogate pair or \\u0000 as an escape, which many "
        .. "destinations refuse: emitted as sent", "")
      assert.equal(1, count, warnings)
    end
  end)

  it("go out as U+FFFD where the configuration's text is clean, in shipped streams and one's own", function()
    local result, lines, warnings = read(TEXTS, "clean")
    for i, text in ipairs { "a\\ufffdb", "c\\ufffdd", TEXTS[3], TEXTS[4] } do
      local _, count = lines:gsub(row:format(i, text):gsub("%p", "%%%0"), "")
      assert.equal(2, count, lines)
    end
    assert.same({ good = 8, lone = 0, nul = 0 }, judged(result))
    assert.matches("2 records have .*U%+FFFD went out in its place", warnings)
  end)

  it("are told of in no stream that has none", function()
    local _, _, warnings = read { "a", "e\\ud83d\\ude00f", "\\\\u0000" }
    assert.is_nil(warnings:find "surrogate")
    assert.equal("as_sent", json.decode(require("resources").read "spec.json").connectionSpecification.properties.text.default)
  end)
end)
