-- Cursors of other kinds than times in ISO 8601: numbers since 1970, ids that rise, and times in other forms.
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local scripted_api = require "spec.support.scripted_api"

local DAY = 86400

-- Rows of these ids, the cursor of each made of its number; `value` gives JSON.
local function text_of(ids, value, next_one)
  local rows = {}
  for i, id in ipairs(ids) do rows[i] = ('{"id":%d,"at":%s}'):format(id, value(id)) end
  return { text = ('{"data":[%s],"next":%s}'):format(table.concat(rows, ","), next_one and '"' .. next_one .. '"' or "null") }
end

-- A list, newest first: six rows; when it is read again there are two more.
local function growing(name, kind, value, state)
  return { name, state = state, stream = ([[records = "data", paging = { cursor = "c", next = "next" },
    cursor = { field = "at", ordered_by = "at"%s }]]):format(kind and (', type = "%s"'):format(kind) or ""), answers = {
    items = { text_of({ 6, 5 }, value, "a"), text_of({ 8, 7 }, value, "z") },
    ["items?c=a"] = text_of({ 4, 3 }, value, "b"), ["items?c=b"] = text_of({ 2, 1 }, value),
    ["items?c=z"] = text_of({ 6, 5 }, value, "y"), ["items?c=y"] = text_of({ 4, 3 }, value, "b"),
  } }
end

local function seconds(id) return ("%d"):format(1700000000 + id * DAY) end
local AT_8 = "2023-11-22T22:03:20.000000Z" -- of the eighth row, less the lookback of ten minutes

local forms = {
  growing("seconds", "seconds", seconds, AT_8),
  growing("seconds with a fraction", "seconds", function(id) return seconds(id) .. ".250" end, "2023-11-22T22:03:20.250000Z"),
  growing("seconds as text", "seconds", function(id) return '"' .. seconds(id) .. '"' end, AT_8),
  growing("milliseconds", "milliseconds", function(id) return seconds(id) .. "000" end, AT_8),
  growing("milliseconds with a fraction", "milliseconds", function(id) return seconds(id) .. "000.5" end,
    "2023-11-22T22:03:20.000500Z"),
  growing("milliseconds as text", "milliseconds", function(id) return '"' .. seconds(id) .. '000"' end, AT_8),
  growing("ids", "id", function(id) return ("%d"):format(id) end, 8),
  growing("ids as text", "id", function(id) return ('"%d"'):format(id) end, 8),
  growing("ids of 60 bits", "id", function(id) return ("%d"):format((1 << 60) + id) end, (1 << 60) + 8),
  growing("ids below 0", "id", function(id) return ("%d"):format(id - 100) end, -92),
  growing("dates of mails, recognised by themselves", nil, function(id)
    return ('"Wed, %d Nov 2023 22:13:20 +0000"'):format(14 + id)
  end, AT_8),
  growing("times with a blank and a short zone", nil, function(id) return ('"2023-11-%d 23:13:20+01"'):format(14 + id) end, AT_8),
  growing("seconds as doubles of Java", "seconds", function(id)
    return (seconds(id):gsub("^(%d)(%d*)$", "%1.%2E9"))
  end, AT_8),
  growing("milliseconds with an exponent", "milliseconds", function(id) return seconds(id) .. "0000e-1" end, AT_8),
}
local unreadable = #forms + 1
local function never(name, kind, value, words)
  local form = growing(name, kind, value)
  form.words = words
  return form
end
for _, form in ipairs {
  never("a number without a type", nil, seconds, "`cursor.type` says whether numbers are"),
  never("milliseconds that are called seconds", "seconds", function(id) return seconds(id) .. "000" end, "is 'seconds'"),
  never("a text of no form", nil, function() return '"yesterday"' end, "holds \"yesterday\", which cannot be read"),
  never("ids that are texts", "id", function(id) return ('"x%d"'):format(id) end, "is 'id'"),
  never("ids beyond 64 bits", "id", function() return "18446744073709551615" end, "is 'id'"),
  never("a table", "seconds", function() return "{}" end, "holds {}, which cannot be read"),
} do forms[#forms + 1] = form end
local second_page = #forms + 1
forms[second_page] = growing("an odd value on the second page", "seconds", seconds)
forms[second_page].answers["items?c=a"] = text_of({ 4, 3 }, function() return '"?"' end, "b")

describe("a cursor of another kind", function()
  local api
  setup(function() api = scripted_api.start(forms) end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  for i = 1, unreadable - 1 do
    it("is read to where it was, and no further: " .. forms[i][1], function()
      local first = api.read(i, { mode = "incremental" })
      assert.is_true(first.complete, first.failure and first.failure.message)
      assert.same({ 6, 5, 4, 3, 2, 1 }, first.ids)
      local states = {}
      for _, line in ipairs(first.result.lines) do
        if line:find('{"type":"STATE"', 1, true) then states[#states + 1] = line end
      end
      local again = api.read(i, { mode = "incremental", words = { "--state", perigee.write(states[#states]) } })
      local logs = connector.logs(again.result)
      assert.is_true(again.complete, logs)
      assert.same({ 8, 7 }, again.ids, logs)
      assert.same({ "items", "items?c=z", "items?c=y" }, again.asked)
      local state
      for _, line in ipairs(again.result.lines) do
        local message = line:find('{"type":"STATE"', 1, true) and json.decode(line)
        state = message and message.state.stream.stream_state or state
      end
      assert.equal(forms[i].state, state.at)
    end)
  end

  it("that nobody can read is an error at check, and before anything goes out", function()
    for i = unreadable, second_page - 1 do
      local told = api.run(i, "check").of("CONNECTION_STATUS")[1]
      assert.equal("FAILED", told.status, forms[i][1])
      assert.is_truthy(told.message:find(forms[i].words, 1, true), told.message)
      local reading = api.read(i, { mode = "incremental" })
      assert.same({}, reading.ids, forms[i][1])
      assert.equal("config_error", reading.failure.failure_type)
      assert.is_truthy(reading.failure.message:find(forms[i].words, 1, true), reading.failure.message)
      assert.same({ "items", "items" }, reading.asked, "one of the check, and one of the read")
    end
  end)

  it("that turns unreadable later ends the stream there, and no row of that page goes out", function()
    local reading = api.read(second_page)
    assert.is_false(reading.complete)
    assert.same({ 6, 5 }, reading.ids)
  end)

  it("has its kind in the schema where the stream brings none", function()
    local function declared(i)
      for _, stream in ipairs(api.run(i, "discover").of("CATALOG")[1].streams) do
        if stream.name == "mine" then return stream.json_schema.properties.at end
      end
    end
    assert.same({ type = { "null", "number", "string" } }, declared(1))
    assert.same({ type = { "null", "integer", "string" } }, declared(7))
    assert.same({ type = { "null", "string" }, format = "date-time" }, declared(11))
  end)

  it("does not take a state of times for one of ids", function()
    local state = { { type = "STREAM", stream = { stream_descriptor = { name = "mine" }, stream_state = { at = AT_8 } } } }
    local reading = api.read(7, { mode = "incremental", state = state })
    assert.is_false(reading.complete)
    local told = connector.errors(reading.result)[1].message
    assert.is_truthy(told:find("at must be an id, a whole number", 1, true), told)
  end)
end)
