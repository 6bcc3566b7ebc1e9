-- What responses of other APIs hold: each form is what a stream says of it, what a server answers, and what must come of it.
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local scripted_api = require "spec.support.scripted_api"

local function node(id, more) return { node = { id = id, at = ("2026-01-%02dT00:00:00Z"):format(31 - id) }, cursor = more } end

local function groups(...)
  local list = json.array()
  for i, ids in ipairs { ... } do
    local items = json.array()
    for n, id in ipairs(ids) do items[n] = { id = id } end
    list[i] = { items = items }
  end
  return { body = { groups = list } }
end

local GROUPS = 'records = "groups.*.items", '
local NOTHING = "there is nothing in the response where its records were looked for"

local forms = {
  { "values of an object, a page after another",
    stream = [[records = "data.*", paging = { next = '["@odata.nextLink"]' }]], ids = { 1, 2, 3 },
    answers = {
      items = { text = '{"data":{"a":{"id":1},"b":{"id":2}},"@odata.nextLink":"{base}/more"}' },
      more = { text = '{"data":{"c":{"id":3}}}' },
    } },
  { "groups, counted by pages of groups: one of empty ones is no end",
    stream = GROUPS .. 'paging = { page = "p" }, page_size = { size = 2 }', ids = { 1, 2, 3, 4, 5 },
    answers = { ["items?p=1&size=2"] = groups({ 1, 2, 3 }, { 4 }), ["items?p=2&size=2"] = groups({}, {}),
      ["items?p=3&size=2"] = groups { 5 } } },
  { "groups, counted by an offset that counts groups",
    stream = GROUPS .. 'paging = { offset = "o" }, page_size = { size = 2 }', ids = { 1, 2, 3, 4, 5 },
    answers = { ["items?o=0&size=2"] = groups({ 1, 2, 3 }, { 4 }), ["items?o=2&size=2"] = groups { 5 } } },
  { "groups, followed by a last record that a page lacks",
    stream = GROUPS .. 'paging = { cursor = "c", last = "id" }', ids = { 1 },
    wrong = "the last record of the page has no 'id' to go on with",
    answers = { items = groups { 1 }, ["items?c=1"] = groups({}, {}) } },
  { "groups without what is looked for in them", stream = 'records = "groups.*.itms"', ids = {},
    wrong = NOTHING, also = "the stream's `records` is 'groups.*.itms'", answers = { items = groups { 1 } } },
  { "wrapped records, and the last one's id",
    stream = 'records = "edges", unwrap = "node", paging = { cursor = "c", last = "id" }, page_size = { size = 2 }',
    ids = { 1, 2, 3 }, answers = { ["items?size=2"] = { body = { edges = { node(1), node(2) } } },
      ["items?c=2&size=2"] = { body = { edges = { node(3) } } } } },
  { "a wrapper that one record lacks", stream = 'records = "edges", unwrap = "node"', ids = {},
    wrong = "a record was expected inside of this element", also = "`records` is 'edges', and its `unwrap` is 'node'",
    answers = { items = { body = { edges = { node(1), { nod = 2 } } } } } },
  { "a byte order mark before each of its texts", stream = 'records = "d", paging = { next = "n" }', ids = { 1, 2 },
    answers = { items = { text = '\u{FEFF}{"d":[{"id":1}],"n":"{base}/more"}' }, more = { text = '\u{FEFF}{"d":[{"id":2}]}' } } },
  { "an end that a name with a dot says", stream = [[records = "d", paging = { page = "p", more = '["page.more"]' }]],
    ids = { 1, 2 }, answers = { ["items?p=1"] = { text = '{"d":[{"id":1}],"page.more":true,"page":{"more":false}}' },
      ["items?p=2"] = { text = '{"d":[{"id":2}],"page.more":false}' } } },
}

local NESTED = 'records = "edges", primary_key = "node.id", cursor = { field = "node.at" }'
forms[#forms + 1] = { "nested", stream = NESTED, answers = { items = {
  { body = { edges = { node(1), node(2) } } }, { body = { edges = { node(2), node(3), node(1) } } } } } }
local nested = #forms

describe("an answer", function()
  local api, readings = scripted_api.serve(setup, teardown, forms, nested - 1)

  for i = 1, nested - 1 do
    it("may hold " .. forms[i][1], function() scripted_api.assert_holds(forms[i], readings[i]) end)
  end

  it("may hold key and cursor inside of objects, which catalogue, state and the next read know", function()
    local entry = api.run(nested, "discover").of("CATALOG")[1]
    for _, stream in ipairs(entry.streams) do
      if stream.name == "mine" then entry = stream end
    end
    assert.same({ { "node", "id" } }, entry.source_defined_primary_key)
    assert.same({ "node", "at" }, entry.default_cursor_field)
    assert.equal("date-time", entry.json_schema.properties.node.properties.at.format)
    local first = api.read(nested, { mode = "incremental" })
    assert.is_true(first.complete, connector.logs(first.result))
    local states = first.result.of "STATE"
    assert.matches("^2026%-01%-29T23:", states[#states].stream.stream_state["node.at"]) -- less the lookback
    local second = api.read(nested, { mode = "incremental", state = { states[#states] } })
    assert.equal(2, #first.result.records())
    assert.equal(1, #second.result.records()) -- 3 is new
    assert.equal(3, json.decode(second.result.records()[1]).node.id)
  end)

  it("may hold a key that no table can have, which sync says", function()
    local result = api.run(nested, "sync", { words = { "--to", perigee.new_path ".db", "--streams", "mine" } })
    assert.equal(1, result.status)
    assert.matches("the key 'node.id' is inside of an object, and a table's key is made of columns", result.err, 1, true)
  end)
end)
