local clock = require "clock"
local http = require "http"
local json = require "json"
local keys = require "keys"
local page = require "page"
local sentry = require "spec.support.sentry"

local function split(text, settings)
  return assert(page.of(text, settings or {}))
end

local function records(given)
  local list = {}
  for i = 1, given:count() do list[i] = given:record(i) end
  return list
end

-- Which of a page's records are kept: their positions.
local function kept(given)
  local list = {}
  for i = 1, given:count() do
    if select(2, given:record(i)) then list[#list + 1] = i end
  end
  assert.equal(#list, given:kept())
  return list
end

local function us(text) return clock.parse(text) end

-- A page of records with these values of `t`, as JSON texts; false: without the field.
local function timed(values, settings)
  local texts = {}
  for i, value in ipairs(values) do texts[i] = value and ('{"id":"%d","t":%s}'):format(i, value) or ('{"id":"%d"}'):format(i) end
  settings = settings or { fields = { "t", "id" }, key = { "id" } }
  return split("[" .. table.concat(texts, ",") .. "]", settings)
end

describe("a page", function()
  it("gives each record as the bytes that came", function()
    local odd = {
      '{"n":[0,-0,-0.0,9007199254740993,18446744073709551615,-9223372036854775808,1700000000.123456,1E400,1e-7,1.10]}',
      '{"s":"half a pair: \\ud800 and \\uDFFF.","nul\\u0000key":"nul \\u0000 value"}',
      '{"s":"\\/ \\b\\f\\n\\r\\t \\" \\\\ \\\\\\" \\u00e9 é 😀 \\ud83d\\ude00 \x7f"}',
      '{"a":1,"a":2,"\\u0061":3}',
      '{"z":[],"y":{},"x":null,"w":"","":true,"v":[[],[{}],[[]]]}',
      '{"decoy":"\\"}]","brackets":"[{]}","nested":{"id":"no","t":"no"}}',
      '{  "spaces" : [ 1 , 2 ] ,"e" :{ } }',
      "{}",
      '{"long":"' .. ("0123456789abcdef"):rep(5000) .. '"}',
    }
    for _, between in ipairs { ",", ", ", " , ", ",\n " } do
      assert.same(odd, records(split("[" .. table.concat(odd, between) .. "]")))
    end
    assert.same(odd, records(split(" [ " .. table.concat(odd, ",") .. " ]\n\n")))
  end)

  it("makes spaces of line ends and tabs between tokens, and touches no string", function()
    local text = '[\r\n{\n\t"a" :\t[1,\r\n2],\n"b":"\\n\\t"\n}\n,\t{ }]'
    assert.same({ '{  "a" : [1,  2], "b":"\\n\\t" }', "{ }" }, records(split(text)))
  end)

  it("splits at every length of a record, wherever the scanner's blocks end", function()
    for length = 0, 70 do
      local one = ('{"a":"%s"}'):format(("x"):rep(length))
      local other = ('{"a":"%s\\"é"}'):format(("y"):rep(length))
      assert.same({ one, other, one }, records(split("[" .. one .. "," .. other .. "," .. one .. "]")))
    end
  end)

  it("may be empty", function()
    for _, text in ipairs { "[]", " [ ] ", "[\n]" } do assert.equal(0, split(text):count()) end
    assert.is_nil(split("[]", { fields = { "t" } }):newest "t")
  end)

  it("may be where `records_path`, or `rows`, says, the last member of a name counting", function()
    local text = '{"data":[{"x":0}],"meta":{"a.b":[]},"data":{"list":[{"a":1},{"a":2}],"other":[{}]},"z":[]}'
    assert.same({ '{"a":1}', '{"a":2}' }, records(split(text, { rows = "data.list" })))
    assert.same({ '{"a":1}', '{"a":2}' }, records(split(text, { records_path = "data.list" })))
    assert.same({ "{}" }, records(split(text, { rows = "data.other" })))
    assert.same({}, records(split(text, { rows = "z" })))
  end)

  it("may be a single record", function()
    local text = ' {"id":"1","t":"2026-01-01T00:00:00Z","list":[{"id":2}]}\n'
    local one = split(text, { single = true, fields = { "t" } })
    assert.same({ '{"id":"1","t":"2026-01-01T00:00:00Z","list":[{"id":2}]}' }, records(one))
    assert.equal(us "2026-01-01", one:newest "t")
    assert.same({ "{}" }, records(split('{"data":{}}', { single = true, rows = "data" })))
  end)

  it("is what an answer holds, compressed or not", function()
    for _, gzip in ipairs { true, false } do
      local place = sentry.scenario { gzip = gzip, data = { events = 5 } }
      local options = { headers = { Authorization = "Bearer " .. sentry.token } }
      local response = http.get(place.url .. "/api/0/projects/acme/web-frontend/events/?full=true", options)
      local expected = {}
      for _, event in ipairs(place.truth().events) do expected[event.key] = event.text end
      local given = response:page { fields = { "id" } }
      assert.equal(5, given:count())
      for _, record in ipairs(records(given)) do assert.equal(expected[json.decode(record).id], record) end
    end
  end)

  it("is closed once and for all", function()
    local given = split "[{}]"
    given:close()
    given:close()
    for _, name in ipairs { "count", "kept", "record", "newest", "keep" } do
      assert.error_matches(function() given[name](given, 1) end, "the page is closed")
    end
  end)

  it("has a million records at the most, and fewer where more is noted of each", function()
    local eight = { fields = { "a", "b", "c", "d", "e", "f", "g", "h" } }
    for settings, most in pairs { [{}] = 1000000, [eight] = (64 << 20) // (9 * 16 + 16 + 1 + 8 * 8) } do
      local rest = ("{},"):rep(most - 1)
      local largest = split("[" .. rest .. "{}]", settings)
      assert.equal(most, largest:count())
      largest:close()
      local none, message, code = page.of("[" .. rest .. "{},{}]", settings)
      assert.same({ nil, "too_many" }, { none, code })
      assert.matches("too many records; ask for smaller pages", message)
    end
  end)

  it("is no page of wrong settings, nor has it records or fields beyond its own", function()
    assert.error_matches(function() page.of "[]" end, "table expected")
    assert.error_matches(function() page.of("[]", { fields = { "a", "b" }, key = { "c" } }) end, "not among fields")
    local nine = { "1", "2", "3", "4", "5", "6", "7", "8", "9" }
    assert.error_matches(function() page.of("[]", { fields = nine }) end, "too many fields")
    local given = timed { '"2026-01-01"' }
    for _, i in ipairs { 0, 2, -1 } do assert.error_matches(function() given:record(i) end, "there is no such record") end
    assert.error_matches(function() given:newest "x" end, "the page was not asked for this field")
    assert.error_matches(function() given:keep { x = 1 } end, "the page was not asked for this field")
    assert.error_matches(function() given:keep { t = "soon" } end, "fields with times were expected")
  end)
end)

describe("a page's settings", function()
  it("may change under it, and its fields stay those that it was asked for", function()
    local name = ("name"):rep(16) .. clock.now()
    local fields = { name }
    local settings = setmetatable({ fields = fields }, { __index = function()
      fields[1] = nil
      collectgarbage()
    end })
    local text = ('[{"%s":"2026-01-01"}]'):format(name)
    name = nil -- luacheck: ignore (the settings alone hold it now)
    local given = split(text, settings)
    assert.equal(us "2026-01-01", given:newest(text:match '"(.-)"'))
  end)
end)

describe("what is no page", function()
  local function refused(code, message, text, settings)
    local given, why, got = page.of(text, settings or {})
    assert.is_nil(given, text)
    assert.equal(code, got, text)
    assert.equal(message, why:match "^byte %d+: (.-) %(the response begins with: ", text)
    local begin = text == "" and "nothing, it is empty" or text:sub(1, 60):gsub("%c", " ")
    assert.truthy(why:find("(the response begins with: " .. begin, 1, true), why)
  end

  it("is malformed where it is no JSON, cut anywhere, or followed by anything", function()
    refused("malformed", "the text is empty", "")
    refused("malformed", "a value was expected", "<!doctype html><html></html>")
    refused("malformed", "a value was expected", "[{},]")
    refused("malformed", "a key in quotes was expected", '[{"a":1,}]')
    refused("malformed", "a comma or ] was expected", "[{}{}]")
    refused("malformed", "a colon was expected", '[{"a"}]')
    refused("malformed", "nothing was expected after the value", "[{}]]")
    refused("malformed", "nothing was expected after the value", '[{}] {"detail":"late"}')
    refused("malformed", "the text is not UTF-8", '[{"a":"\xff"}]')
    refused("malformed", "a control character in a string must be escaped", '[{"a":"\t"}]')
    refused("malformed", "a digit was expected", '[{"a":-}]')
    refused("malformed", "a value was expected", '[{"a":NaN}]')
    local text = '[{"a":[1,{"b":"\\u00e9é"}]}, {"c":null}]'
    for length = 1, #text - 1 do
      local given, why, code = page.of(text:sub(1, length), {})
      assert.is_nil(given)
      assert.equal("malformed", code, why)
    end
  end)

  it("is not rows where it is other JSON", function()
    for _, text in ipairs { "{}", "null", '"text"', "1", '{"detail":"Internal Error"}' } do
      refused("not_rows", "an array of records was expected", text)
    end
    for _, text in ipairs { "[1]", "[{},true]", "[[{}]]", '["a"]' } do refused("not_rows", "a record must be an object", text) end
    for _, text in ipairs { "[{}]", "null", "1" } do
      refused("not_rows", "a record must be an object", text, { single = true })
    end
  end)

  it("skips a null in the place of a record, and counts it apart", function()
    local mixed = split('[null,{"id":1}, null ,{"id":2},null]', { fields = { "id" }, key = { "id" } })
    assert.same({ 2, 3 }, { mixed:count(), mixed:nulls() })
    assert.equal('{"id":2}', (mixed:record(2)))
    assert.same({ 0, 1 }, { split("[null]"):count(), split("[null]"):nulls() })
    assert.equal(0, split('[{"a":null}]'):nulls())
    refused("malformed", "a value was expected", "[nul]")
    refused("not_rows", "a record must be an object", "null", { single = true })
  end)

  it("is not rows where `rows` leads nowhere, or to something else", function()
    local nowhere = "there is nothing in the response where its records were looked for"
    for _, text in ipairs { "{}", "[{}]", '{"a":[]}', '{"a":{"c":[]}}' } do
      refused("not_rows", nowhere, text, { rows = "a.b" })
    end
    refused("not_rows", "an array of records was expected", '{"a":{"b":{}}}', { rows = "a.b" })
    refused("malformed", "nothing was expected after the value", '{"a":{"b":[]}}}', { rows = "a.b" })
  end)

  it("names the byte that is wrong, counted in the whole answer", function()
    local _, why = page.of('[{"é":1},{"b":x}]', {})
    assert.matches("^byte 16: a value was expected", why)
    _, why = page.of('{"a":\n[{}, 1]}', { rows = "a" })
    assert.matches("^byte 12: a record must be an object", why)
  end)

  it("is too deep beyond 512 levels, and a record too large beyond 32 MiB", function()
    local function nested(levels) return '[{"a":' .. ("["):rep(levels) .. ("]"):rep(levels) .. "}]" end
    assert.equal(1, split(nested(510)):count())
    refused("too_deep", "the nesting is too deep", nested(511))
    local function sized(size) return '[{"a":"' .. ("x"):rep(size - 8) .. '"}]' end
    assert.equal(1, split(sized(32 << 20)):count())
    refused("too_large", "the record is larger than the limit", sized((32 << 20) + 1))
  end)
end)

describe("the times of a page", function()
  it("are read from the fields asked for, escaped names and all, of two the last", function()
    local text = [[[{"t":"2026-01-01T00:00:00Z","t":"2026-01-03T00:00:00Z"},
      {"\u0074":"2026-01-02T00:00:00+02:00"},
      {"x":{"t":"2027-01-01"},"y":"\"t\":\"2027-01-01\"","t":"2026-01-02T12:00:00.5Z"}] ]]
    local given = split(text, { fields = { "t", "u" } })
    assert.equal(us "2026-01-03", given:newest "t")
    assert.equal(us "2026-01-01T22:00:00Z", given:oldest "t")
    assert.is_nil(given:newest "u")
  end)

  it("are none where a field is missing, null, or no time", function()
    local given = timed { '"2026-01-01"', false, "null", '"soon"', "1767225600", '"2025-13-01"', '"2027-01-0\\u0031"', "[]" }
    assert.same({ us "2026-01-01", us "2026-01-01" }, { given:newest "t", given:oldest "t" })
    assert.equal(2, given:missing "t")
    assert.equal(0, given:missing "id")
  end)

  it("rise by as much as a record is newer than the one before", function()
    assert.equal(0, timed({ '"2026-01-03"', '"2026-01-02"', '"2026-01-02"', '"2026-01-01"' }):rise "t")
    assert.equal(1500000, timed({ '"2026-01-03T00:00:00Z"', "null", '"2026-01-03T00:00:01.5Z"', '"2026-01-01"' }):rise "t")
  end)

  it("are below a bound when every one is", function()
    local given = timed { '"2026-01-02"', '"2026-01-01"' }
    assert.same({ true, false }, { given:below("t", us "2026-01-02" + 1), given:below("t", us "2026-01-02") })
    assert.is_false(timed({ '"2026-01-01"', "null" }):below("t", us "2027-01-01"))
  end)
end)

describe("the records kept", function()
  local days = { '"2026-01-04"', '"2026-01-03"', "null", '"2026-01-02"', false, '"2026-01-01"' }

  it("are all at first", function()
    assert.same({ 1, 2, 3, 4, 5, 6 }, kept(timed(days)))
  end)

  it("are those from a time on, and those without a time", function()
    local given = timed(days)
    assert.equal(5, given:keep { t = us "2026-01-02" })
    assert.same({ 1, 2, 3, 4, 5 }, kept(given))
    given:keep { t = us "2026-01-03" }
    assert.same({ 1, 2, 3, 5 }, kept(given))
    given:keep { t = us "2020-01-01" }
    assert.same({ 1, 2, 3, 5 }, kept(given)) -- what was dropped stays so
  end)

  it("are those for which any of several bounds holds", function()
    local given = split([[[{"a":"2026-01-03","b":"2026-01-01"},{"a":"2026-01-01","b":"2026-01-03"},
      {"a":"2026-01-01","b":"2026-01-01"}] ]], { fields = { "a", "b" } })
    given:keep { a = us "2026-01-02", b = us "2026-01-02" }
    assert.same({ 1, 2 }, kept(given))
  end)

  it("are not those that were met: same key and, where it is asked for, same time", function()
    local met = keys.set(100)
    timed({ '"2026-01-02"', '"2026-01-01"' }):remember(met, "all")
    local given = timed { '"2026-01-05"', '"2026-01-04"', '"2026-01-03"' }
    assert.equal(2, given:drop_known(met))
    assert.same({ 3 }, kept(given))
    local settings = { fields = { "t", "id" }, key = { "id", "t" } }
    local exact = keys.set(100)
    timed({ '"2026-01-02"', '"2026-01-01"' }, settings):remember(exact, "all")
    given = timed({ '"2026-01-02"', '"2026-01-09"' }, settings)
    assert.equal(1, given:drop_known(exact))
    assert.same({ 2 }, kept(given))
  end)

  it("are, of those without a key, those whose bytes were not met", function()
    local settings = { fields = { "id" }, key = { "id" } }
    local met = keys.set(100)
    split('[{"id":null},{"x":1},{"id":"1"}]', settings):remember(met, "all")
    local given = split('[{"id":null},{"x":2},{"x":1},{"id":null,"x":1}]', settings)
    assert.equal(2, given:drop_known(met))
    assert.same({ 2, 4 }, kept(given))
  end)

  it("are all where no key was asked for", function()
    local met = keys.set(100)
    split("[{}]"):remember(met, "all")
    assert.equal(0, split("[{}]"):drop_known(met))
    assert.equal(0, met:count())
  end)
end)
