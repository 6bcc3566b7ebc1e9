-- Values spliced from within a record into its top, and records dropped by what they say; and that digests and times are those
-- of what goes out.
local clock = require "clock"
local json = require "json"
local json_text = require "spec.support.json_text"
local keys = require "keys"
local page = require "page"
local read_file = require("spec.support.files").read

local PATHS = { "lifetime.firstSeen", "lifetime.count", "lifetime.userCount" }
local RECORDED = "spec/fixtures/sentry-23.7.1/org_issues.json"

local function spliced(text, more)
  local settings = { fields = { "id", "t" }, key = { "id" }, splice = PATHS }
  for name, value in pairs(more or {}) do settings[name] = value end
  return assert(page.of(text, settings))
end

local function first(text, more) return (spliced("[" .. text .. "]", more):record(1)) end

describe("a page with spliced values", function()
  it("puts them in the place of those of the same names, and keeps all other bytes", function()
    local cases = {
      { '{"id":"1","count":"7","firstSeen":"b","lifetime":{"count":"12","firstSeen":"a"},"z":[ 1 ]}',
        '{"id":"1","count":"12","firstSeen":"a","lifetime":{"count":"12","firstSeen":"a"},"z":[ 1 ]}' },
      { '{ "lifetime" : {"userCount":1E2,"count":"\\u0031"} , "userCount" :  3,"count":"2" }',
        '{ "lifetime" : {"userCount":1E2,"count":"\\u0031"} , "userCount" :  1E2,"count":"\\u0031" }' },
      { '{"count":1,"\\u0063ount":2,"lifetime":{"count":3},"lifetime":{"count":4}}',
        '{"count":1,"\\u0063ount":4,"lifetime":{"count":3},"lifetime":{"count":4}}' },
    }
    for _, case in ipairs(cases) do assert.equal(case[2], first(case[1])) end
  end)

  it("leaves a record as it is that lacks either, or holds null within", function()
    for _, text in ipairs { '{"count":"7"}', '{"lifetime":{"count":"7"}}', '{"count":"7","lifetime":{"count":null}}',
      '{"count":"7","lifetime":null}', '{"count":"7","lifetime":[{"count":"9"}]}', "{}" } do
      assert.equal(text, first(text))
    end
  end)

  it("splices each of many records, between others, also where the list is within the answer", function()
    local text = '{"more":{"rows":[%s,null,{"id":"2"},%s]},"after":"count"}'
    local one = '{"id":"%d","count":%s,"lifetime":{"count":30}}'
    local given = spliced(text:format(one:format(1, "1"), one:format(3, "22")), { records_path = "more.rows" })
    assert.same({ 3, 1 }, { given:count(), given:nulls() })
    for i, wanted in ipairs { one:format(1, "30"), '{"id":"2"}', one:format(3, "30") } do
      assert.equal(wanted, (given:record(i)))
    end
    assert.equal("count", given:value "after")
  end)

  it("makes of a recorded organization's issues what the project's list says, but for what that lacks", function()
    local of_project = {}
    for _, text in ipairs(json_text.elements(read_file "spec/fixtures/sentry-23.7.1/issues_emptyq.json")) do
      of_project[json.decode(text).id] = text
    end
    local given, seen = spliced(read_file(RECORDED)), 0
    for i = 1, given:count() do
      local text = given:record(i)
      local other = of_project[json.decode(text).id]
      if other then
        seen = seen + 1
        assert.equal(other, (text:gsub(',"lifetime":{.-},"filtered":null}$', "}")))
      end
    end
    assert.is_true(seen > 0)
  end)

  it("reads times, keys and digests of what goes out, and compares it with the other list's by them", function()
    local more = { splice = { "lifetime.t" }, changing = { "stats", "lifetime", "filtered" } }
    local old = assert(page.of('[{"id":"1","t":"2026-01-01T00:00:00Z","stats":{"24h":[1]}}]',
      { fields = { "id", "t" }, key = { "id" }, changing = more.changing }))
    local new = spliced('[{"id":"1","t":"2026-02-02T00:00:00Z","stats":{"24h":[2]},'
      .. '"lifetime":{"t":"2026-01-01T00:00:00Z"},"filtered":null}]', more)
    assert.equal(clock.parse "2026-01-01T00:00:00Z", new:newest "t")
    local known = keys.set(10)
    old:remember_rows(known, "all")
    assert.equal(1, new:drop_known(known))
    local other = spliced('[{"id":"1","t":"2026-01-01T00:00:00Z","lifetime":{"t":"2026-03-03T00:00:00Z"}}]', more)
    assert.equal(0, other:drop_known(known))
  end)

  it("compares times by their whole seconds where it is told to, and those alone", function()
    local function has(known, text)
      local given = assert(page.of("[" .. text .. "]", { fields = { "id" }, key = { "id" }, changing = { to_second = "t" } }))
      if known then return given:drop_known(known) == 1 end
      known = keys.set(10)
      given:remember_rows(known, "all")
      return known
    end
    local known = has(nil, '{"id":"1","t":"2026-01-01T00:00:59.034802Z","u":1}')
    for _, same in ipairs { "59Z", "59.0Z", "59.999999Z" } do
      assert.is_true(has(known, ('{"id":"1","t":"2026-01-01T00:00:%s","u":1}'):format(same)), same)
    end
    for _, other in ipairs { '{"id":"1","t":"2026-01-01T00:00:58.034802Z","u":1}', '{"id":"1","t":"2026-01-01T00:00:59Z","u":2}',
      '{"id":"1","t":null,"u":1}', '{"id":"1","t":"2026-01-01T00:00:59.0+","u":1}', '{"id":"1","t":"2026","u":1}',
      '{"id":"1","t":"2026-01-01T00:00:59.","u":1}' } do
      assert.is_false(has(known, other), other)
    end
  end)

  it("refuses paths that are none of two names, and too many", function()
    for _, wrong in ipairs { "count", { "count" }, { "a.b.c" }, { "a." } } do
      assert.has_error(function() page.of("[]", { splice = wrong }) end)
    end
    assert.has_error(function() page.of("[]", { splice = { "a.b", "a.c", "a.d", "a.e", "a.f", "a.g", "a.h", "a.i", "a.j" } }) end)
  end)
end)

describe("the records of a page that say something else along a path", function()
  local text = '[{"id":1,"kind":"error"},{"id":2,"kind":"feedback"},{"id":3},{"id":4,"kind":null},{"id":5,"kind":7},'
    .. '{"id":6,"kind":"\\u0065rror"},{"id":7,"of":{"kind":"error"},"kind":"cron"}]'

  local function left(...)
    local given = assert(page.of(text, { fields = { "id" }, key = { "id" } }))
    local dropped, ids = given:only(...), {}
    for i = 1, given:count() do
      local record, goes_out = given:record(i)
      if goes_out then ids[#ids + 1] = json.decode(record).id end
    end
    assert.same({ 7, #ids, 7 - #ids }, { given:count(), given:kept(), dropped })
    return ids
  end

  it("are dropped, and those without a text there are not", function()
    assert.same({ 1, 3, 4, 5, 6 }, left("kind", { "error" }))
    assert.same({ 1, 3, 4, 5, 6, 7 }, left("kind", { "error", "cron" }))
    assert.same({ 1, 2, 3, 4, 5, 6, 7 }, left("of.kind", { "error" }))
    assert.same({ 3, 4, 5 }, left("kind", {}))
  end)
end)
