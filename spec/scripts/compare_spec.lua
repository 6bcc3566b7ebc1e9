-- `perigee compare`: what it finds, and what it says of it.
local cjson = require "cjson"
local json = require "json"
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local function record(stream, data)
  return ('{"type":"RECORD","record":{"stream":"%s","data":%s,"emitted_at":1}}'):format(stream, data)
end

local function state(stream, data)
  return ('{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"%s"},"stream_state":%s}}}'):format(
    stream, data)
end

local function status(stream, word)
  return ('{"type":"TRACE","trace":{"type":"STREAM_STATUS","stream_status":{"stream_descriptor":{"name":"%s"},"status":"%s"}}}')
    :format(stream, word)
end

local function output(lines) return perigee.write(table.concat(lines, "\n") .. "\n") end

local function compare(a, b, ...) return perigee.run { "compare", output(a), output(b), ... } end

-- What --json says of a stream; nil where it has none.
local function found(result, name)
  for _, line in ipairs(result.lines) do
    local one = json.decode(line) -- cjson refuses halves of surrogate pairs
    if one.stream == name then return one end
  end
end

local function text_of(result) return table.concat(result.lines, "\n") end

describe("perigee compare", function()
  teardown(perigee.cleanup)

  it("finds of random records what Python finds", function()
    for seed = 1, 12 do
      local a, b = perigee.folder() .. "/a.jsonl", perigee.folder() .. "/b.jsonl"
      local pipe = assert(io.popen(("python3 -B spec/support/compared.py %d '%s' '%s'"):format(seed, a, b)))
      local expected = cjson.decode(pipe:read "a")
      pipe:close()
      local result = perigee.run { "compare", a, b, "--json" }
      assert.equal(1, result.status, result.err)
      for name, counts in pairs(expected) do
        local got = found(result, name)
        for what, count in pairs(counts) do assert.same(count, got[what], ("seed %d, %s: %s"):format(seed, name, what)) end
      end
    end
  end)

  it("ends with 0 where both have the same records, in whatever order, way to write them and number of times", function()
    local a = { record("issues", '{"id":"1","n":1.50,"s":"\\u00e9\\/"}'), record("issues", '{"id":"2"}') }
    local b = { record("issues", '{"id":"2"}'), record("issues", '{ "s": "é/", "n": 15e-1, "id": "1" }'),
      record("issues", '{"id":"2"}') }
    local result = compare(a, b)
    assert.same({ 0, "" }, { result.status, result.err })
    local text = text_of(result)
    assert.matches("issues +2 +3 +2 +0 +0 +0\n", text)
    assert.matches("written in another way %(blanks, escapes, digits%): 1 of the same", text)
    assert.matches("B: 1 record came again later under the same key", text)
  end)

  it("names the fields that differ, with their kinds, and the keys that one side lacks", function()
    local result = compare(
      { record("issues", '{"id":"1","x":null,"t":[{"v":1}],"u":{"a":[1,2]}}'), record("issues", '{"id":"2","t":[{"v":1}]}'),
        record("issues", '{"id":"3"}') },
      { record("issues", '{"id":"1","t":[{"v":"1"}],"u":{"a":[1]}}'), record("issues", '{"id":"2","t":[{"v":"1"}]}'),
        record("issues", '{"id":"4"}') })
    assert.equal(1, result.status)
    local text = text_of(result)
    assert.matches("issues, by id\n  missing in B: \"3\"\n  missing in A: \"4\"\n", text)
    assert.matches('\n  t%[%]%.v +integer +string +2 +"1": 1 | "1"', text)
    assert.matches('\n  u%.a +array +array +1 +"1": %[1,2%] | %[1%]', text)
    assert.matches('\n  x +null +absent +1 +"1": null', text)
  end)

  it("compares the last states, which alone make no difference of the exit status", function()
    local same = record("issues", '{"id":"1"}')
    local result = compare({ same, state("issues", '{"lastSeen":"2025"}'), state("issues", '{"lastSeen":"2026","walk":{}}') },
      { same, state("issues", '{"lastSeen":"2026"}') })
    assert.equal(0, result.status)
    assert.matches("the last states differ:\n[^\n]+\n  walk +object +absent", text_of(result))
    assert.is_nil(text_of(result):find("2025", 1, true))
    local alone = compare({ same, state("issues", "{}") }, { same })
    assert.matches("only A has a state", text_of(alone))
  end)

  it("takes the key from the catalog, else from the stream's script, else it is id", function()
    local two = { record("pairs", '{"a":{"b":1},"c":1,"n":1}'), record("pairs", '{"a":{"b":1},"c":2,"n":1}') }
    local other = { record("pairs", '{"a":{"b":1},"c":1,"n":2}'), record("pairs", '{"a":{"b":1},"c":2,"n":1}') }
    local function entry(fields)
      local stream = { stream = { name = "pairs", json_schema = { type = "object" } }, sync_mode = "full_refresh" }
      stream.primary_key, stream.stream.source_defined_primary_key = fields.chosen, fields.defined
      return perigee.write { streams = { stream } }
    end
    local key = { { "a", "b" }, { "c" } }
    for _, catalog in ipairs { entry { chosen = key }, entry { defined = key }, entry { chosen = key, defined = { { "n" } } } } do
      local got = found(compare(two, other, "--json", "--catalog", catalog), "pairs")
      assert.same({ key, 1, 1, { 0, 0 } }, { got.key, got.same, got.changed, got.without_key })
    end
    local guessed = found(compare(two, other, "--json"), "pairs")
    assert.same({ { { "id" } }, 1, 0, { 2, 2 } }, { guessed.key, guessed.same, guessed.changed, guessed.without_key })
    assert.same({ 1, 1 }, { guessed.missing, guessed.extra })
    local folder = perigee.folder "mine"
    perigee.write('return { name = "pairs", path = "pairs/", primary_key = { "c" } }', "mine/pairs.lua")
    local declared = found(compare(two, other, "--json", "--scripts", folder), "pairs")
    assert.same({ { { "c" } }, 1, 1 }, { declared.key, declared.same, declared.changed })
  end)

  it("prints JSON that a terminal may be given, with what steers one escaped", function()
    local steering = "\x7F\u{9B}\u{61C}\u{202E}\u{2066}"
    local result = compare({ record("issues", ('{"id":"%s"}'):format(steering)) }, { record("issues", "{}") }, "--json")
    assert.is_truthy(result.lines[1]:find([["\"\u007f\u009b\u061c\u202e\u2066\""]], 1, true), result.lines[1])
    assert.equal('"' .. steering .. '"', found(result, "issues").missing_keys[1])
  end)

  it("says of a message that it cannot read where it is, and does not end with 0", function()
    local same = record("issues", '{"id":"1"}')
    local result = compare({ same }, { "Traceback", same, record("issues", '{"id":"2","x":Infinity}') })
    assert.equal(1, result.status)
    assert.matches("B: 1 message cannot be read, and could not be compared; the first is line 3 of ", text_of(result))
    assert.matches("B: passed over 1 line without a message in ", text_of(result))
    local cut = perigee.write(same .. "\n" .. same:sub(1, 40))
    assert.equal(1, perigee.run { "compare", output { same }, cut }.status)
  end)

  it("says of a stream that it was not read to its end", function()
    local same = record("issues", '{"id":"1"}')
    local result = compare({ same, status("issues", "STARTED"), status("issues", "INCOMPLETE") }, { same,
      status("issues", "COMPLETE") })
    assert.equal(0, result.status)
    assert.matches("A: the stream was not read to its end", text_of(result))
    assert.is_nil(text_of(result):find("B: the stream", 1, true))
    local failed = compare({ '{"type":"TRACE","trace":{"type":"ERROR","error":{"message":"no config"}}}' }, { same })
    assert.matches("A: %S+ tells of 1 error that is of no stream, so records may be missing", text_of(failed))
  end)

  it("keeps streams of one name in two namespaces apart", function()
    local function spaced(space)
      return (record("issues", '{"id":"1"}'):gsub('"data"', ('"namespace":"%s","data"'):format(space)))
    end
    local result = compare({ spaced "x" }, { spaced "y" })
    assert.equal(1, result.status)
    assert.matches("x%.issues +1 +0 +0 +0 +1 +0\n", text_of(result))
    assert.matches("y%.issues +0 +1 +0 +0 +0 +1\n", text_of(result))
  end)

  it("reads one of the two from standard input", function()
    local same = record("issues", '{"id":"1"}')
    assert.equal(0, perigee.run { "compare", "-", output { same }, input = same .. "\n" }.status)
    local both = perigee.run { "compare", "-", "-", input = same .. "\n" }
    assert.same({ 2, "error: only one of the two can be standard input\n" }, { both.status, both.err })
  end)

  it("ends with 2 where nothing can be compared", function()
    local same = output { record("issues", '{"id":"1"}') }
    for message, words in pairs {
      ["no/such.jsonl: no such file"] = { "compare", "no/such.jsonl", same },
      ["no/such.json: no such file"] = { "compare", same, same, "--catalog", "no/such.json" },
      ["has a message of a stream"] = { "compare", output { "hello" }, output { "{}" } },
      ["a word is missing: B"] = { "compare", same },
      ["unexpected word: third"] = { "compare", same, same, "third" },
    } do
      local result = perigee.run(words)
      assert.equal(2, result.status, message)
      assert.is_truthy(result.err:find(message, 1, true), result.err)
    end
  end)

  it("takes no more memory for more records", function()
    if require "spec.support.sanitized" then return pending "the sanitizers keep what was freed" end
    local function peak(count)
      local lines = {}
      for i = 1, count do lines[i] = record("issues", ('{"id":"%d","text":"%s"}'):format(i, ("x"):rep(2000))) end
      local a, b = output(lines), perigee.write(table.concat(lines, "\n", 2))
      local measured = perigee.run { binary = "/usr/bin/env", "python3", "-c", [[
import resource, subprocess, sys
subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)]], perigee.binary, "compare", a, b }
      return tonumber(measured.lines[1])
    end
    local few, many = peak(12000), peak(36000) -- 25 and 75 MB, both more than what SQLite keeps in memory
    assert.is_true(many - few < 4000, ("%d and %d KiB"):format(few, many))
  end)

  it("finds two reads of one server to be the same, odd records and all", function()
    local scenario = sentry.scenario { data = { events = 60, issues = 40, releases = 30, odd = true } }
    local entries = { { "events" }, { "issues" }, { "releases" }, { "projects" }, { "project_detail" } }
    local function read() return output(connector.read(scenario, entries).lines) end
    local result = perigee.run { "compare", read(), read(), "--json" }
    assert.equal(0, result.status, text_of(result))
    assert.equal(60, found(result, "events").same)
    assert.is_true(found(result, "issues").without_key[1] > 0)
  end)
end)
