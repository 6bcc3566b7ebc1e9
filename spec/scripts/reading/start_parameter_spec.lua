-- Lists that a server gives from a time or an id on: `start` of a stream's cursor.
local clock = require "clock"
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local scripted_api = require "spec.support.scripted_api"

local BASE = clock.parse "2026-01-01T00:00:00Z" // 1000000
local DAY = 86400

-- Rows of these ids, a day apart, newest first; their times as `kind` has them.
local function answer(from, to, kind, next_one)
  local texts = {}
  for id = from, to, -1 do
    local at = kind == "id" and id or BASE + id * DAY
    texts[#texts + 1] = kind and ('{"id":%d,"at":%d}'):format(id, at)
      or ('{"id":%d,"at":"%s"}'):format(id, clock.format(at * 1000000))
  end
  return { text = ('{"data":[%s],"next":%s}'):format(table.concat(texts, ","), next_one and '"' .. next_one .. '"' or "null") }
end

local function list(name, cursor, kind, asked)
  local answers = { items = answer(3, 1, kind) }
  answers[asked] = answer(5, 3, kind)
  return { name, asked = asked, answers = answers,
    stream = ([[records = "data", paging = { cursor = "c", next = "next" }, cursor = { field = "at", %s }]]):format(cursor) }
end

-- The newest row of the first read is that of 2026-01-04; ten minutes and a second are taken off.
local forms = {
  list("a time", 'start = "since"', nil, "items?since=2026-01-03T23%3A49%3A59Z"),
  list("a time of an ordered list", 'start = "since", ordered_by = "at"', nil, "items?since=2026-01-03T23%3A49%3A59Z"),
  list("a date", 'start = { ["filter[from]"] = "date" }', nil, "items?filter%5Bfrom%5D=2026-01-03"),
  list("seconds", 'start = "since", type = "seconds"', "seconds", "items?since=" .. BASE + 3 * DAY - 601),
  list("milliseconds of a list of seconds", 'start = { since = "milliseconds" }, type = "seconds"', "seconds",
    "items?since=" .. BASE + 3 * DAY - 601 .. "000"),
  list("an id", 'start = "since_id", type = "id"', "id", "items?since_id=3"),
}
local last = #forms + 1
forms[last] = { "a list that is cut", stream = forms[2].stream, answers = {
  items = answer(3, 2, nil, "t"), ["items?c=t"] = answer(1, 1, nil),
  ["items?since=2026-01-03T23%3A49%3A59Z"] = answer(9, 8, nil, "u"),
  ["items?c=u&since=2026-01-03T23%3A49%3A59Z"] = answer(7, 6, nil, "v"),
  ["items?c=v&since=2026-01-03T23%3A49%3A59Z"] = { { status = 400, body = {} }, answer(5, 3, nil) },
} }

describe("a list that is asked for from where on its records are wanted", function()
  local api
  setup(function() api = scripted_api.start(forms) end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  local function states(reading) return connector.states(reading.result) end

  for i = 1, last - 1 do
    it("is asked for all at first, and then for what is new: " .. forms[i][1], function()
      local first = api.read(i, { mode = "incremental" })
      assert.same({ 3, 2, 1 }, first.ids)
      assert.same({ "items" }, first.asked)
      local again = api.read(i, { mode = "incremental", state = states(first) })
      assert.is_true(again.complete, connector.logs(again.result))
      assert.same({ 5, 4 }, again.ids, connector.logs(again.result))
      assert.same({ forms[i].asked }, again.asked)
    end)
  end

  it("goes on where it was cut, as far down as before", function()
    local first = api.read(last, { mode = "incremental" })
    assert.same({ 3, 2, 1 }, first.ids)
    local cut = api.read(last, { mode = "incremental", state = states(first) })
    assert.is_false(cut.complete)
    assert.same({ 9, 8, 7, 6 }, cut.ids)
    local resumed = api.read(last, { mode = "incremental", state = states(cut) })
    assert.is_true(resumed.complete, connector.logs(resumed.result))
    assert.same({ 5, 4 }, resumed.ids)
    for _, target in ipairs(resumed.asked) do
      assert.is_truthy(target:find("since=2026-01-03T23%3A49%3A59Z", 1, true), target)
    end
  end)

  it("names a form that goes with no such cursor", function()
    for text, wanted in pairs {
      ['start = { since = "id" }'] = 'goes with `type = "id"`',
      ['start = { since = "time" }, type = "id"'] = 'goes with `type = "id"`',
      ['start = { since = "iso" }'] = "'start' must be a parameter, or one with its form",
      ["start = {}"] = "'start' must be a parameter, or one with its form",
    } do
      local stream = forms[1].stream
      forms[1].stream = ("cursor = { field = 'at', %s }"):format(text)
      local failure = api.read(1).failure
      forms[1].stream = stream
      assert.is_truthy(failure and failure.message:find(wanted, 1, true), failure and failure.message or text)
    end
  end)
end)
