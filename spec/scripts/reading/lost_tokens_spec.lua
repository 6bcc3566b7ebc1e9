-- Page tokens that a server no longer knows: it may refuse them, or answer with an empty list, which looks like an end.
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local scripted_api = require "spec.support.scripted_api"

local rows = scripted_api.rows

local function page(from, to, next_one)
  return { body = { data = rows(from, to), next = next_one or json.null } }
end

local AGAIN = "also after the list was begun again"
local EMPTY, GONE = page(1, 0), { status = 404, body = { detail = "no such cursor" } }
local TOKENS = 'records = "data", paging = { cursor = "cursor", next = "next" }'
local KEYLESS = TOKENS .. ", primary_key = nil"
local ADDRESS = 'records = "data", paging = { next = "next" }'
local BY_TIME = ', cursor = { field = "at", ordered_by = "at" }'
local ORDERED = TOKENS .. BY_TIME

local function refusing(status)
  local answers = { items = page(1, 2, "a"), ["items?cursor=a"] = { { status = status, body = {} }, page(3, 4) } }
  return { ("a token that is refused once with %d"):format(status), stream = ORDERED, ids = { 1, 2, 3, 4 }, again = true,
    answers = answers }
end

-- Each with what comes out: `ids`, and `fails` or `again` (a warning that the list is begun again).
local forms = {
  refusing(401), refusing(403), refusing(404),
  { "an empty list for a token that is known again later", stream = ORDERED, ids = { 1, 2, 3, 4, 5, 6 }, again = true, answers = {
    items = page(1, 2, "a"), ["items?cursor=a"] = { page(3, 4, "b"), EMPTY, page(3, 4, "b") },
    ["items?cursor=b"] = { EMPTY, page(5, 6) },
  } },
  { "the same without an order", stream = TOKENS, ids = { 1, 2, 3, 4, 5, 6 }, again = true, answers = {
    items = page(1, 2, "a"), ["items?cursor=a"] = { page(3, 4, "b"), EMPTY, page(3, 4, "b") },
    ["items?cursor=b"] = { EMPTY, page(5, 6) },
  } },
  { "an empty list for the list's first token", stream = ORDERED, ids = { 1, 2, 3, 4 }, again = true, answers = {
    items = page(1, 2, "a"), ["items?cursor=a"] = { EMPTY, page(3, 4) },
  } },
  { "tokens that are refused again when the list is begun again", stream = ORDERED, ids = { 1, 2 },
    fails = AGAIN, answers = { items = page(1, 2, "a"), ["items?cursor=a"] = GONE } },
  { "empty lists at two places", stream = ORDERED, ids = { 1, 2, 3, 4 }, fails = AGAIN, answers = {
    items = page(1, 2, "a"), ["items?cursor=a"] = { page(3, 4, "b"), EMPTY }, ["items?cursor=b"] = EMPTY,
  } },
  { "a lost token of rows without a key", stream = KEYLESS, ids = { 1, 2 }, fails = "no longer knows the place", answers = {
    items = page(1, 2, "a"), ["items?cursor=a"] = { EMPTY, page(3, 4) },
  } },
  { "an address in place of a token", stream = ADDRESS, ids = { 1, 2, 3, 4 }, again = true, answers = {
    items = page(1, 2, "{base}/items?cursor=a"), ["items?cursor=a"] = { GONE, page(3, 4) },
  } },
  { "an empty last page", stream = ORDERED, ids = { 1, 2, 3, 4 }, answers = {
    items = page(1, 2, "a"), ["items?cursor=a"] = page(3, 4, "b"), ["items?cursor=b"] = EMPTY,
  } },
  { "an empty second page", stream = ORDERED, ids = { 1, 2 }, answers = {
    items = page(1, 2, "a"), ["items?cursor=a"] = EMPTY,
  } },
  { "an empty second page of rows without a key", stream = KEYLESS, ids = { 1, 2 }, answers = {
    items = page(1, 2, "a"), ["items?cursor=a"] = EMPTY,
  } },
}

-- The third page is refused until the read is given up; then the server answers otherwise. Lists without an order begin anew.

local function cut(case, stream, mode, later)
  local refused = { status = stream:find "offset" and 403 or 400, body = {} }
  return { case, stream = stream, mode = mode, answers = {
    items = page(1, 2, "a"), ["items?cursor=a"] = page(3, 4, "b"), ["items?cursor=b"] = { refused, later, page(5, 6) },
    ["items?cursor=0"] = page(1, 2), ["items?cursor=1"] = page(2, 3), ["items?cursor=2"] = { refused, later, page(3, 4) },
    ["items?cursor=3"] = page(4, 5), ["items?cursor=4"] = page(5, 6), ["items?cursor=5"] = page(6, 6),
    ["items?cursor=6"] = EMPTY,
  } }
end

local resumed_forms = {
  cut("an empty page of a full read", ORDERED, "full_refresh", EMPTY),
  cut("an empty page of an incremental one", ORDERED, "incremental", EMPTY),
  cut("a refusal", ORDERED, "full_refresh", GONE),
  cut("an empty page behind an address", ADDRESS .. BY_TIME, "incremental", EMPTY),
  cut("an empty page at an offset", 'records = "data", paging = { offset = "cursor" }' .. BY_TIME, "incremental", EMPTY),
}
resumed_forms[4].answers.items = page(1, 2, "{base}/items?cursor=a")
resumed_forms[4].answers["items?cursor=a"] = page(3, 4, "{base}/items?cursor=b")

describe("a page token that the server may have lost", function()
  local api
  setup(function()
    local all = table.move(forms, 1, #forms, 1, {})
    api = scripted_api.start(table.move(resumed_forms, 1, #resumed_forms, #all + 1, all))
  end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  for i, form in ipairs(forms) do
    it("is minded: " .. form[1], function()
      local reading = api.read(i)
      local logs = connector.logs(reading.result)
      assert.same(form.ids, reading.ids, logs)
      assert.equal(not form.fails, reading.complete, logs)
      if form.fails then assert.is_truthy(reading.failure.message:find(form.fails, 1, true), reading.failure.message) end
      if not form.fails then assert.equal(form.again or false, logs:find("is read from its top", 1, true) ~= nil, logs) end
      assert.is_true(#reading.asked < 12, table.concat(reading.asked, "\n"))
    end)
  end

  for number, form in ipairs(resumed_forms) do
    it("proves nothing straight after a read is resumed: " .. form[1], function()
      local i, came = #forms + number, {}
      local first = api.read(i, { mode = form.mode })
      assert.is_false(first.complete)
      local resumed = api.read(i, { mode = form.mode, state = connector.states(first.result) })
      local logs = connector.logs(resumed.result)
      assert.is_true(resumed.complete, logs)
      for _, reading in ipairs { first, resumed } do
        for _, id in ipairs(reading.ids) do came[id] = true end
      end
      assert.same({ true, true, true, true, true, true }, came, logs)
    end)
  end
end)
