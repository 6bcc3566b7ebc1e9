-- A stream of another API that says nothing of pages, and a server that has some.
local connector = require "spec.support.connector"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local scripted_api = require "spec.support.scripted_api"

local rows = scripted_api.rows
local LINK = { Link = '<{base}items?page=2>; rel="next"' }
local FOLLOWS = 'the response names a page that follows (Link: rel="next"), which is not read'
local FULL = "the response has 3 rows, as many as `page_size` asks for, and no page after it is read"

local forms = {
  { "a response whose Link header names a next page", stream = "", answers = { items = { headers = LINK, body = rows(1, 3) } },
    warned = FOLLOWS },
  { "the same where `paging` is \"none\"", stream = "paging = 'none'",
    answers = { items = { headers = LINK, body = rows(1, 3) } }, warned = FOLLOWS },
  { "a response as full as page_size", stream = "page_size = { limit = 3 }",
    answers = { items = { body = rows(1, 3) } }, warned = FULL },
  { "a short response", stream = "page_size = { limit = 4 }", answers = { items = { body = rows(1, 3) } } },
  { "a response with more rows than page_size", stream = "page_size = { limit = 2 }",
    answers = { items = { body = rows(1, 3) } } },
  { "a full response of a stream that says it has one page", stream = "page_size = { limit = 3 }, paging = 'none'",
    answers = { items = { body = rows(1, 3) } } },
  { "full slices that are halved", stream = "cursor = { field = 'id', type = 'id', start = 'from', stop = 'to', slice = 10, "
    .. "most_rows = 3 }, page_size = { limit = 3 }", answers = { items = { body = rows(1, 2) } } },
  { "a single record", stream = "single = true", answers = { items = { headers = LINK, body = rows(1, 1)[1] } } },
  { "a file of rows with a next page", stream = "format = 'ndjson'",
    answers = { items = { headers = LINK, text = '{"id":1}\n{"id":2}\n' } }, warned = FOLLOWS },
}

local function warnings(result, words)
  local told = {}
  for _, log in ipairs(result.of "LOG") do
    if log.level == "WARN" and log.message:find(words, 1, true) then told[#told + 1] = log.message end
  end
  return told
end

describe("a stream without paging", function()
  local api, readings = scripted_api.serve(setup, teardown, forms)

  for i, form in ipairs(forms) do
    it((form.warned and "is warned of by a read, once: " or "is read without a warning: ") .. form[1], function()
      local reading = readings[i]
      local told = warnings(reading.result, ("mine%d: the response "):format(i))
      assert.equal(form.warned and 1 or 0, #told, connector.logs(reading.result))
      if form.warned then assert.matches(form.warned, told[1], 1, true) end
    end)
  end

  for _, i in ipairs { 1, 3 } do
    it("is warned of by check, which asks as a read does: " .. forms[i][1], function()
      local result = api.run(i, "check")
      assert.equal(1, #warnings(result, forms[i].warned), connector.logs(result))
      assert.equal("SUCCEEDED", result.of("CONNECTION_STATUS")[1].status)
    end)
  end

  it("is not warned of by check where the response is short", function()
    assert.equal(0, #warnings(api.run(4, "check"), "the response "))
  end)

  it("is warned of by try", function()
    local told = json.decode(api.run(3, "try", { words = { "mine", "--limit", "9", "--json" } }).lines[1])
    assert.matches(FULL, told.messages[1].message, 1, true)
  end)

  it("is warned of by test", function()
    local folder = own_streams.folder { mine = ([[return { name = "mine", base = "%s", path = "items", primary_key = "id",
      page_size = { limit = 3 } }]]):format(api.base(3)) }
    assert.equal(0, perigee.run(api.words(3, "read", { words = { "--record", folder .. "/mine.har" } })).status)
    local result = perigee.run { "test", folder, "--update" }
    assert.matches(FULL, table.concat(result.lines, "\n"), 1, true)
  end)
end)
