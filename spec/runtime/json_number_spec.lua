-- Numbers that Lua cannot hold exactly: they keep their text. What is exact is told by Python's decimals, which we did not write.
local json = require "json"
local page = require "page"
local perigee = require "spec.support.perigee"
local scripted_api = require "spec.support.scripted_api"

-- As JSON has them; the second: whether a 64-bit integer or a double holds exactly that number.
local forms = {
  { "0", true }, { "-0", true }, { "-0.0", true }, { "9223372036854775807", true }, { "-9223372036854775808", true },
  { "9223372036854775808", false }, { "-9223372036854775809", false }, { "18446744073709551615", false },
  { "123456789012345678901234567890", false }, { "100000000000000000000", false },
  { "0.1", true }, { "1.10", true }, { "1e2", true }, { "1E+2", true }, { "1700000000.123456", true },
  { "1700000000.1234567890123", false }, { "0.1000000000000000055", false }, { "3.14159265358979323846", false },
  { "9007199254740993.0", false }, { "9007199254740992.0", true }, { "12345678901234567890.5", false },
  { "1e400", false }, { "-1e400", false }, { "1e-400", false }, { "0e999999", true }, { "4.9406564584124654e-324", true },
  { "1.7976931348623157e308", true }, { "0.00001e-5", true }, { "100000e-5", true }, { "1" .. ("0"):rep(500), false },
  { "0." .. ("0"):rep(500) .. "1", false }, { "1e99999999999999999999", false }, { "1e-99999999999999999999", false },
}

-- How Python orders all pairs of these texts: -1, 0 or 1 a line.
local function ordered_by_python(texts)
  local program = [[
import sys, decimal
decimal.getcontext().Emax = decimal.MAX_EMAX; decimal.getcontext().Emin = decimal.MIN_EMIN
numbers = [decimal.Decimal(line) for line in open(sys.argv[1]).read().split()]
for a in numbers:
    for b in numbers: print((a > b) - (a < b))
]]
  local pipe = assert(io.popen(("python3 %s %s"):format(perigee.write(program), perigee.write(table.concat(texts, "\n")))))
  local orders = {}
  for line in pipe:lines() do orders[#orders + 1] = math.tointeger(tonumber(line)) end
  pipe:close()
  return orders
end

describe("a number of JSON", function()
  teardown(perigee.cleanup)

  it("is Lua's own where that holds it exactly, and else keeps its text", function()
    for _, form in ipairs(forms) do
      local value = json.decode(form[1])
      assert.equal(form[2], math.type(value) ~= nil, form[1])
      assert.is_true(json.is_number(value))
      if not form[2] then
        assert.equal(form[1], tostring(value))
        assert.equal(form[1], json.encode(value))
        assert.equal("<" .. form[1] .. ">", "<" .. value .. ">")
        assert.equal(form[1], ("%s"):format(value))
      end
    end
  end)

  it("compares with numbers and with its like, as decimals do", function()
    local texts, values = {}, {}
    for _, form in ipairs(forms) do
      if not form[1]:find "99999999999" then texts[#texts + 1] = form[1] end
    end
    for i, text in ipairs(texts) do values[i] = json.decode(text) end
    local orders, at = ordered_by_python(texts), 0
    assert.equal(#texts * #texts, #orders)
    for i, a in ipairs(values) do
      for j, b in ipairs(values) do
        at = at + 1
        local pair = texts[i]:sub(1, 40) .. " and " .. texts[j]:sub(1, 40)
        assert.equal(orders[at] < 0, a < b, pair)
        assert.equal(orders[at] <= 0, a <= b, pair)
        assert.equal(orders[at] == 0, a == b, pair)
      end
    end
  end)

  it("compares with infinities, with what is no number, and with floats", function()
    local large = json.decode "1e400"
    assert.is_true(large < math.huge and large > -math.huge and large > 1.7976931348623157e308)
    assert.is_false(large < 0 / 0 or large > 0 / 0 or large <= 0 / 0)
    local half = json.decode "0.1000000000000000055511151231257827"
    assert.is_true(half < json.decode "0.1000000000000000055511151231257828")
    assert.is_true(half > 0.1, "a float is the decimal as which it is written")
    assert.error_matches(function() return large < "1" end, "a number cannot be compared with a string")
    assert.is_false(large == "1e400" or large == json.null)
  end)

  it("says what to do where a script calculates with it, or takes it for a table", function()
    local large = json.decode "18446744073709551615"
    for _, f in ipairs { function() return large + 1 end, function() return -large end, function() return large.x end,
      function() return large // 1 end, function() return #large end, function() large.x = 1 end, function() large() end } do
      assert.error_matches(f, "the number 18446744073709551615 is more than Lua holds exactly: it can be compared", 1, true)
    end
    assert.equal(18446744073709551616.0, tonumber(tostring(large)))
    assert.is_false(getmetatable(large))
  end)

  it("is made of a text, and no other text", function()
    assert.equal(json.decode "18446744073709551615", json.number "18446744073709551615")
    assert.equal(7, json.number " 7 ")
    for _, text in ipairs { "", "x", "1,2", "[1]", '"1"', "0x10", "1 2", "null", "+1", ".5" } do
      assert.error_matches(function() json.number(text) end, "a number was expected, as JSON writes them")
    end
    for _, value in ipairs { "1", true, json.null, {} } do assert.is_false(json.is_number(value)) end
  end)

  it("stands in documents and in records as it came", function()
    local text = '{"a":[18446744073709551615,{"b":0.12345678901234567890}],"c":1e400}'
    assert.equal(text, json.encode(json.decode(text)))
    local rows = assert(page.of("[" .. text .. "]", {}))
    rows:transform(function(record)
      assert.equal("1e400", tostring(record.c))
      assert.equal(text, json.encode(record:decode()))
      return record:set("d", record.c):set("a", record.a)
    end)
    assert.equal('{"a":[18446744073709551615,{"b":0.12345678901234567890}],"c":1e400,"d":1e400}', (rows:record(1)))
  end)
end)

describe("a stream of one's own", function()
  local BIG = "18446744073709551615"
  local function text(body) return { text = body } end
  local forms_of_streams = {
    { "hooks", stream = [[filter = function(r) return r.id > 9223372036854775807 end,
        transform = function(r) return r:set("same", r.id):set("table", r:decode()) end]],
      answers = { items = text('[{"id":1},{"id":' .. BIG .. "}]") } },
    { "a read of its own", stream = [[cursor = { field = "id" }, read = function(context)
        local after = context.state and context.state.after
        local found = context:get("one", { after = after })
        context:emit { id = found.id }
        context:checkpoint { after = found.id }
      end]],
      answers = { one = text('{"id":' .. BIG .. "}"), ["one?after=" .. BIG] = text('{"id":2}') } },
    { "a cursor", stream = 'records = "data", paging = { cursor = "after", next = "next" }', answers = {
      items = text('{"data":[{"id":1}],"next":' .. BIG .. "}"), ["items?after=" .. BIG] = text '{"data":[{"id":2}],"next":null}',
    } },
    { "a parent", stream = [[path = "of/{parent.id}", parent = function() return { { id = require("json").number("]] .. BIG
        .. [[") } } end]], answers = { ["of/" .. BIG] = text '[{"id":1}]' } },
  }
  local api
  setup(function() api = scripted_api.start(forms_of_streams) end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  local function records(i, given)
    local reading = api.read(i, given)
    assert.is_true(reading.complete, reading.failure and reading.failure.message)
    return reading.result.records(), reading
  end

  it("has such numbers in its hooks", function()
    assert.same({ ('{"id":%s,"same":%s,"table":{"id":%s,"same":%s}}'):format(BIG, BIG, BIG, BIG) }, (records(1)))
  end)

  it("has them from a document, in records, in its state, and in parameters", function()
    local connector = require "spec.support.connector"
    local first, reading = records(2, { mode = "incremental" })
    assert.same({ ('{"id":%s}'):format(BIG) }, first)
    local states = {}
    for _, line in ipairs(reading.result.lines) do
      if line:find('"STATE"', 1, true) then states[#states + 1] = line end
    end
    assert.is_truthy(states[#states]:find('"after":' .. BIG, 1, true), states[#states])
    local path = perigee.write(states[#states])
    local again = records(2, { mode = "incremental", words = { "--state", path } })
    assert.same({ '{"id":2}' }, again, connector.logs(reading.result))
  end)

  it("goes on by them, from page to page and from parent to child", function()
    assert.same({ '{"id":1}', '{"id":2}' }, (records(3)))
    assert.same({ '{"id":1}' }, (records(4)))
  end)
end)
