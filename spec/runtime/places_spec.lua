-- Where the records of a response stand: along a path, below a *, and wrapped; and their fields, inside of objects.
local clock = require "clock"
local json = require "json"
local keys = require "keys"
local page = require "page"

local function records(given)
  local list = {}
  for i = 1, given:count() do list[i] = given:record(i) end
  return list
end

-- name, text, settings, records (each as its bytes), units, nulls
local FORMS = {
  { "an object's values", '{"data": {"17": {"id" : 17}, "a.b":{"id":18},"x":{}}}', { records_path = "data.*" },
    { '{"id" : 17}', '{"id":18}', "{}" }, 3, 0 },
  { "the values of the response itself", '{"a":{"n":1.10},"b":{"n":1e2}}', { records_path = "*" },
    { '{"n":1.10}', '{"n":1e2}' }, 2, 0 },
  { "an object's values that are lists", '{"data":{"a":[{"id":1}],"b":[],"c":[{"id":2},{"id":3}]}}', { records_path = "data.*" },
    { '{"id":1}', '{"id":2}', '{"id":3}' }, 3, 0 },
  { "lists in lists", '[[{"id":1},null],[{"id":2}]]', { records_path = "*" }, { '{"id":1}', '{"id":2}' }, 2, 1 },
  { "a list in each element", '{"g":[{"i":[{"id":1}, {"id":"\\u00e9"}]},{"i":[]},{"i":[{"id":3}]}]}', { records_path = "g.*.i" },
    { '{"id":1}', '{"id":"\\u00e9"}', '{"id":3}' }, 3, 0 },
  { "a list that is null, or not there, beside others", '{"g":[{"i":null},{"i":[{"id":1}]},{},null]}', { records_path = "g.*.i" },
    { '{"id":1}' }, 4, 0 },
  { "lists that are all null", '{"g":[{"i":null},{"i":null}]}', { records_path = "g.*.i" }, {}, 2, 0 },
  { "no element at all", '{"g":[]}', { records_path = "g.*.i" }, {}, 0, 0 },
  { "two *, one below the other", '{"a":{"x":{"l":[{"m":[{"id":1}]}]},"y":{"l":[{"m":[{"id":2}]},{"m":[{"id":3}]}]}}}',
    { records_path = "a.*.l.*.m" }, { '{"id":1}', '{"id":2}', '{"id":3}' }, 2, 0 },
  { "a record in each element", '{"e":[{"node":{"id":1}},{"node":null},{"node":{"id":2}}]}', { records_path = "e.*.node" },
    { '{"id":1}', '{"id":2}' }, 3, 1 },
  { "wrapped records", '{"e":[{"node":{"id":1},"cursor":"x"},{"node":null},null,{"cursor":"y","node":{ "id" : 2 }}]}',
    { records_path = "e", unwrap = "node" }, { '{"id":1}', '{ "id" : 2 }' }, 4, 2 },
  { "wrapped records without a path", '[{"a":{"b":{"id":1}}}]', { unwrap = "a.b" }, { '{"id":1}' }, 1, 0 },
  { "wrapped records in each element", '{"g":[{"i":[{"n":{"id":1}}]},{"i":[{"n":{"id":2}}]}]}',
    { records_path = "g.*.i", unwrap = "n" }, { '{"id":1}', '{"id":2}' }, 2, 0 },
  { "one record that is wrapped", '{"d":{"attributes":{"id":1}}}', { records_path = "d", unwrap = "attributes", single = true },
    { '{"id":1}' }, 1, 0 },
  { "names with dots", '{"a.b":{"c":[{"id":1}]},"a":{"b":[]}}', { records_path = '["a.b"].c' }, { '{"id":1}' }, 1, 0 },
  { "a name behind another, in brackets", '{"a":{"@odata.value":[{"id":1}]}}', { records_path = "a['@odata.value']" },
    { '{"id":1}' }, 1, 0 },
  { "a name that is a *", '{"*":[{"id":1}],"b":[{"id":2}]}', { records_path = '["*"]' }, { '{"id":1}' }, 1, 0 },
  { "line ends between tokens", '{"g":\n[{"i":[{"id":\n1}]}]}', { records_path = "g.*.i" }, { '{"id": 1}' }, 1, 0 },
}

local NOTHING, OBJECT = "there is nothing in the response where its records were looked for", "an object was expected here"
-- name, text, settings, what is said
local REFUSED = {
  { "a path that is not there", '{"data":[]}', { records_path = "dta" }, NOTHING },
  { "a path that is null", '{"data":null}', { records_path = "data" }, "an array of records was expected" },
  { "a path to a text", '{"data":"x"}', { records_path = "data" }, "an array of records was expected" },
  { "a * at a text", '{"data":"x"}', { records_path = "data.*" }, "an array or an object was expected where the path has a *" },
  { "a * at null", '{"data":null}', { records_path = "data.*.i" }, "an array or an object was expected where the path has a *" },
  { "a list that no element has", '{"g":[{"i":[]},{"i":[]}]}', { records_path = "g.*.j" }, NOTHING },
  { "a list that only nulls stand beside", '{"g":[{"i":[]},null]}', { records_path = "g.*.j" }, NOTHING },
  { "an element that is no object", '{"g":[{"i":[{}]},5]}', { records_path = "g.*.i" }, OBJECT },
  { "a list that is a text in one element", '{"g":[{"i":[{}]},{"i":"x"}]}', { records_path = "g.*.i" },
    "a record, or an array of records, was expected" },
  { "a value that is no record", '{"data":{"a":{},"b":5}}', { records_path = "data.*" },
    "a record, or an array of records, was expected" },
  { "a record that one element lacks", '{"e":[{"node":{"id":1}},{"nod":{"id":2}}]}', { records_path = "e.*.node" },
    "there is no record in this element, and others have one there" },
  { "a wrapper without its record", '[{"node":{"id":1}},{"nod":{"id":2}}]', { unwrap = "node" },
    "a record was expected inside of this element, and is not there" },
  { "a wrapper of a text", '[{"node":"x"}]', { unwrap = "node" },
    "a record, which is inside of this element, must be an object" },
  { "a record that is a text in a list", '{"g":[{"i":["x"]}]}', { records_path = "g.*.i" }, "a record must be an object" },
  { "a list for one record", '{"d":[{}]}', { records_path = "d", single = true }, "a record must be an object" },
}

describe("records stand", function()
  for _, form in ipairs(FORMS) do
    it("where a path leads: " .. form[1], function()
      local given = assert(page.of(form[2], form[3]))
      assert.same(form[4], records(given))
      assert.same({ form[5], form[6] }, { given:units(), given:nulls() })
    end)
  end

  for _, form in ipairs(REFUSED) do
    it("where a path leads, and nothing is passed over in silence: " .. form[1], function()
      local given, message, code = page.of(form[2], form[3])
      assert.is_nil(given)
      assert.equal("not_rows", code)
      assert.matches(form[4], message, 1, true)
    end)
  end

  it("behind at most sixteen *, and none that is cut", function()
    local path, text = ("*"):rep(17, "."), ("["):rep(18) .. ("]"):rep(18)
    local _, message, code = page.of(text, { records_path = path })
    assert.equal("too_deep", code)
    assert.matches("has too many %*", message)
    assert.is_nil((page.of('{"g":[{"i":[{"id":1}]}', { records_path = "g.*.i" })))
  end)
end)

describe("a field inside of an object", function()
  local function split(text) return assert(page.of(text, { fields = { "node.at", "node.id" }, key = { "node.id" } })) end
  local A, B = '{"node":{"id":1,"at":"2026-01-01T00:00:00Z"},"n":1}', '{"n":2,"node":{"at":"2026-01-02T00:00:00Z","id":2}}'

  it("is a time, or a part of the key, like one at the record's top", function()
    local given, known = split("[" .. A .. "," .. B .. "]"), keys.set(10)
    assert.equal(clock.parse "2026-01-02T00:00:00Z", given:newest "node.at")
    split("[" .. A .. "]"):remember(known, "all")
    assert.equal(1, given:drop_known(known))
    assert.same({ B, true }, { given:record(2) })
  end)

  it("is missing where the object is, is null, or is none", function()
    local given = split '[{"node":null},{},{"node":5},{"node":{"id":null}},{"node":[{"id":1}]}]'
    assert.same({ 5, 5 }, { given:missing "node.id", given:missing "node.at" })
    local seen = keys.set(10)
    given:remember(seen, "all")
    assert.equal(5, seen:count()) -- each is known by its bytes
  end)

  it("is no field of that name for a hook", function()
    local seen = {}
    split('[{"node":{"id":1,"at":null},"node.id":"top"}]'):filter(function(record)
      seen[#seen + 1] = record["node.id"]
      return true
    end, nil, {})
    assert.same({ "top" }, seen)
  end)
end)

describe("a path", function()
  it("is names joined by dots, or in brackets and quotes", function()
    for text, names in pairs {
      a = { "a" }, ["a.b"] = { "a", "b" },
      ['["a.b"]'] = { "a.b" }, ["['a.b'].c"] = { "a.b", "c" }, ['a["b.c"].d'] = { "a", "b.c", "d" },
      ["a.*.b"] = { "a", "*", "b", any = true }, ['a["*"]'] = { "a", "*" }, ["a[0]"] = { "a[0]" }, ["@odata"] = { "@odata" },
      ["é.ü"] = { "é", "ü" },
    } do
      assert.same(names, json.path(text), text)
    end
    for _, text in ipairs { "", ".", "a.", ".a", "a..b", '["a', '["a.b".c', '[""]', "a\0b" } do
      assert.is_nil(json.path(text), text)
    end
  end)
end)
