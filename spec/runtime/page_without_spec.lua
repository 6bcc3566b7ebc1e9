-- Members taken out of the records of a page: all other bytes stay, and nothing that is made of a record holds them.
local json = require "json"
local page = require "page"
local read_file = require("spec.support.files").read

local PATHS = { "secret", "dsn.secret", "options.sentry:token" }

local function taken(text, more)
  local settings = { fields = { "id" }, key = { "id" }, without = PATHS }
  for name, value in pairs(more or {}) do settings[name] = value end
  return assert(page.of(text, settings))
end

local function first(text, more) return (taken("[" .. text .. "]", more):record(1)) end

describe("a page without members", function()
  it("takes each out with its comma, wherever it stands, and keeps all other bytes", function()
    local cases = {
      { '{"id":"1","secret":"s","z":[ 1 ]}', '{"id":"1","z":[ 1 ]}' },
      { '{"secret":"s","id":"1"}', '{"id":"1"}' },
      { '{"id":"1","secret":null}', '{"id":"1"}' },
      { '{"secret":"s"}', "{}" },
      { '{ "secret" : {"a":[1,2]} , "id" : "1" ,"secret":2 }', '{ "id" : "1" }' },
      { '{"id":"1","dsn":{"public":"p","secret":"s","csp":"c"},"secret":"t","b":2}',
        '{"id":"1","dsn":{"public":"p","csp":"c"},"b":2}' },
      { '{"id":"1","dsn":{"secret":"s"},"options":{"sentry:token":"t","sentry:tokens":1}}',
        '{"id":"1","dsn":{},"options":{"sentry:tokens":1}}' },
      { '{"id":"1","s\\u0065cret":"s","dsn":{"a":1,"secr\\u0065t":"t"}}', '{"id":"1","dsn":{"a":1}}' },
      { '{"secret":"s","dsn":{"secret":"t"},"secret":"u"}', '{"dsn":{}}' },
    }
    for _, case in ipairs(cases) do assert.equal(case[2], first(case[1])) end
  end)

  it("leaves a record as it is that has none of them there", function()
    for _, text in ipairs { '{"id":"1"}', '{"dsn":[{"secret":"s"}],"options":"sentry:token"}', '{"a":{"secret":1}}', "{}",
      '{"dsn":null,"secrets":"secret"}' } do
      assert.equal(text, first(text))
    end
  end)

  it("takes them out of each of many records, also where the list is within the answer", function()
    local text = '{"more":{"rows":[%s,null,{"id":"2"},%s]},"secret":"stays"}'
    local given = taken(text:format('{"id":"1","secret":"a"}', '{"secret":"b","id":"3"}'), { records_path = "more.rows" })
    assert.same({ 3, 1 }, { given:count(), given:nulls() })
    for i = 1, 3 do assert.equal(('{"id":"%d"}'):format(i), (given:record(i))) end
    assert.equal("stays", given:value "secret")
  end)

  it("hands hooks, and what goes by a record's bytes, the record without them", function()
    local seen
    local given = taken('[{"id":"1","secret":"a"},{"id":"1","secret":"b"}]', { changing = {} })
    given:filter(function(record)
      seen = record.secret or record:raw()
      return true
    end, {}, {}, { "id" })
    assert.equal('{"id":"1"}', seen)
    assert.equal(given:row_key(1), given:row_key(2))
  end)

  it("leaves nothing of the keys that a real server sent", function()
    local given = taken(read_file "spec/fixtures/sentry-23.7.1/lists/project_keys.json")
    assert.is_true(given:count() > 1)
    for i = 1, given:count() do
      local record = json.decode((given:record(i)))
      assert.is_nil(record.secret)
      assert.is_nil(record.dsn.secret)
      assert.is_truthy(record.dsn.public)
    end
  end)

  it("refuses paths that lead through lists, or too deep, and more than eight", function()
    for _, paths in ipairs { { "a.*" }, { "" }, { "a.b.c.d.e.f.g.h.i" }, "secret",
      { "a", "b", "c", "d", "e", "f", "g", "h", "i" } } do
      assert.has_error(function() page.of("[]", { without = paths }) end)
    end
  end)
end)
