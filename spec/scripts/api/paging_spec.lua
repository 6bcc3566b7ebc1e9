-- Streams of another API, in each way of paging.
local connector = require "spec.support.connector"
local other_api = require "spec.support.other_api"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local decoded, error_of, read = own_streams.decoded, own_streams.error_of, own_streams.read

describe("paging of another API", function()
  local api, scenario
  setup(function()
    api, scenario = other_api.start(perigee.write("", "asked.log")), sentry.scenario {}
  end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  local function mine(path, more)
    return { mine = ([[return { name = "mine", base = "%s", path = "%s", records = "data.items",
      primary_key = "id", auth = { Authorization = "Token {secrets.knowledge_base}" }, %s }]]):format(api.url, path, more) }
  end

  -- Reads such a stream; returns the ids, what was asked in the first pass, and the result.
  local function run(path, more, entry, given)
    given = given or {}
    given.config = other_api.secrets(api)
    local before = #api.asked()
    local result = read(scenario, mine(path, more), entry or "mine", given)
    assert.equal(given.fails and 1 or 0, result.status, connector.logs(result))
    local ids, asked = {}, {}
    for _, record in ipairs(decoded(result)) do ids[#ids + 1] = record.id end
    for i = before + 1, #api.asked() do asked[#asked + 1] = api.asked()[i] end
    return ids, asked, result
  end

  local ALL = { 1, 2, 3, 4, 5, 6, 7 }

  it("goes by numbers, from the first that the script names, and ends on a short page once full ones were seen", function()
    local ids, asked = run("articles", 'paging = { page = "page" }, page_size = { per_page = 3 }')
    assert.same(ALL, ids)
    assert.same({ "/v1/articles?page=1&per_page=3", "/v1/articles?page=2&per_page=3", "/v1/articles?page=3&per_page=3" },
      { asked[1], asked[2], asked[3] })
  end)

  it("does not take a page for the last one where the server caps its pages in silence", function()
    assert.same(ALL, (run("capped", 'paging = { page = "page" }, page_size = { per_page = 5 }')))
  end)

  it("goes by offsets", function()
    assert.same(ALL, (run("offset", 'paging = { offset = "offset" }, page_size = { limit = 3 }')))
  end)

  it("goes by a cursor in the answer", function()
    assert.same(ALL, (run("cursor", 'paging = { cursor = "cursor", next = "meta.next" }')))
  end)

  it("goes by an address in the answer, or in a Link header, with all of its parameters", function()
    local ids, asked = run("url", 'paging = { next = "meta.next" }, params = { from = 0 }')
    assert.same(ALL, ids)
    assert.equal("/v1/url?from=3&tag=a%20b&tag=c", asked[2])
    assert.same(ALL, (run("link", "paging = { link = true }")))
  end)

  it("goes by a Link header that is folded into several lines, and by the second of several", function()
    assert.same(ALL, (run("folded", "paging = { link = true }")))
    assert.same(ALL, (run("twice", "paging = { link = true }")))
  end)

  it("goes by a function of the script", function()
    local ids = run("cursor", [[paging = function(response, page)
      local next_one = page:value "meta.next"
      return next_one ~= require("json").null and { cursor = next_one } or nil
    end]])
    assert.same(ALL, ids)
  end)

  it("goes on over all pages where the stream does not say how long they are", function()
    local ways = {
      articles = 'paging = { page = "page" }', offset = 'paging = { offset = "offset" }', link = "paging = { link = true }",
      cursor = 'paging = { cursor = "cursor", next = "meta.next" }', url = 'paging = { next = "meta.next" }',
    }
    for path, way in pairs(ways) do
      local ids, _, result = run(path, way)
      assert.same(ALL, ids, path .. ": " .. connector.logs(result))
    end
    local ids = run("offset", [[paging = function(response, page)
      local start = tonumber(response.url:match "offset=(%d+)") + page:count()
      return page:count() > 0 and { offset = start } or nil
    end, params = { offset = 0 }]])
    assert.same(ALL, ids)
  end)

  it("finds rows that moved up meanwhile, where the stream does not say how long pages are", function()
    local ids = run("shrinking", 'paging = { offset = "offset" }')
    table.sort(ids)
    assert.same(ALL, ids)
  end)

  it("takes large pages as they are where the stream does not say how long they are", function()
    assert.same({ 1, 2, 3 }, (run("large", 'paging = { offset = "offset" }')))
  end)

  it("begins the fallback's list from its top where the first one ends between two pages", function()
    for _, size in ipairs { "", ", page_size = { limit = 3 }" } do
      local ids, asked = run("retired", 'paging = { cursor = "cursor", next = "meta.next" }, fallback = "cursor"' .. size)
      assert.same(ALL, ids)
      assert.matches("^/v1/cursor%??[^r]*$", asked[3])
    end
  end)

  it("may be none at all", function()
    local ids, asked = run("cursor", 'paging = "none"')
    assert.same({ 1, 2, 3 }, ids)
    assert.equal(1, #asked)
  end)

  it("is an error where the answer says nothing of a next page, names one elsewhere, or one that came before", function()
    local cases = {
      { "cursor", 'paging = { cursor = "cursor", next = "mtea.next" }', "the response has no 'mtea.next'" },
      { "elsewhere", 'paging = { next = "meta.next" }', "names a next page elsewhere" },
      { "stuck", 'paging = { cursor = "cursor", next = "meta.next" }', "came twice: the list does not end" },
      { "articles", 'paging = { page = "page" }, records = "data.itmes"', "the stream's `records` is 'data.itmes'" },
    }
    for _, case in ipairs(cases) do
      local _, _, result = run(case[1], case[2], nil, { fails = true })
      local message = error_of(result, "mine")
      assert.is_truthy(message:find(case[3], 1, true), message)
    end
  end)

  it("waits for a limit as Sentry's does", function()
    assert.same({ 1, 2, 3 }, (run("limited", 'paging = "none"')))
  end)

  it("reads incrementally where the script names a cursor", function()
    local more = 'paging = { cursor = "cursor", next = "meta.next" }, cursor = { field = "updated" }'
    local ids, _, first = run("cursor", more, { "mine", "incremental" })
    assert.same(ALL, ids)
    local again = run("cursor", more, { "mine", "incremental" }, { state = connector.states(first) })
    assert.same({}, again)
  end)

  it("has words of its own for a refusal, and does not speak of Sentry", function()
    local _, _, result = run("nowhere", 'paging = "none"', nil, { fails = true })
    local message, kind = error_of(result, "mine")
    assert.is_truthy(message:find("check the stream's `base` and `path`", 1, true), message)
    assert.equal("config_error", kind)
  end)
end)
