-- `add`: fields that each record gets from what its requests know.
local connector = require "spec.support.connector"
local json = require "cjson"
local other_api = require "spec.support.other_api"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local error_of, read = own_streams.error_of, own_streams.read

describe("a stream that adds fields", function()
  local api, scenario
  setup(function()
    api, scenario = other_api.start(perigee.write("", "asked-added.log")), sentry.scenario { data = { issues = 3 } }
  end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  -- Its records are {"article": id, "comment": number}.
  local function run(more, entry, given)
    given = given or {}
    given.config = other_api.secrets(api)
    return read(scenario, { mine = ([[return { name = "mine", base = "%s", path = "article/{parent.id}", records = "items",
      auth = { Authorization = "Token {secrets.knowledge_base}" },
      parent = function() return { { id = 2, name = "b\"}", deep = { x = { 1 } }, at = 18446744073709551615 } } end,
      %s }]]):format(api.url, more) }, entry or "mine", given)
  end

  local function texts(result)
    assert.equal(0, result.status, connector.logs(result))
    local list = {}
    for i, record in ipairs(result.records()) do list[i] = type(record) == "table" and record.text or record end
    return list
  end

  it("has values of the parent and of the configuration in each record, behind its own, as they are", function()
    local list = texts(run [[add = { of = "{parent.id}" }]])
    assert.equal(2, #list)
    for _, text in ipairs(list) do assert.is_truthy(text:find ',"of":2}$', text) end
    for value, text in pairs {
      ["{parent.name}"] = [["b\"}"]], ["{parent.deep}"] = [[{"x":[1]}]], ["{organization}"] = [["acme"]],
      ["plain words"] = [["plain words"]],
    } do
      list = texts(run(("add = { of = %q }"):format(value)))
      assert.equal(',"of":' .. text .. "}", list[1]:sub(-#text - 7))
    end
    assert.is_truthy(texts(run "add = { of = 2.5 }")[1]:find(',"of":2.5}', 1, true))
    assert.is_truthy(texts(run "add = { of = false }")[1]:find(',"of":false}', 1, true))
  end)

  it("leaves a field as the server sent it", function()
    for _, text in ipairs(texts(run [[add = { article = "other", of = 1 }]])) do
      local record = json.decode(text)
      assert.equal(2, record.article)
      assert.equal(1, record.of)
      assert.is_nil(text:find("other", 1, true))
    end
    for _, text in ipairs(texts(run [[add = { article = "other" }]])) do assert.is_nil(text:find("other", 1, true)) end
  end)

  it("adds to what its transform made, and to what its filter keeps", function()
    local list = texts(run [[add = { of = "{parent.id}" }, transform = function(record)
      if record.comment == 0 then return {} end
      return record:without("article")
    end]])
    assert.same({ '{"of":2}', '{"comment":1,"of":2}' }, { list[1], (list[2]:gsub("%s", "")) })
    assert.equal(1, #texts(run [[add = { of = 1 }, filter = function(record) return record.comment == 1 end]]))
  end)

  it("knows records by the rest of its key, and by a key that is of what it adds", function()
    local parts = texts(run([[add = { of = "{parent.id}" }, primary_key = { "of", "comment" }, cursor = { field = "none" }]],
      { "mine", "incremental" }))
    assert.equal(2, #parts)
  end)

  it("ends with an error where a value is not there, before anything goes out", function()
    local result = run [[add = { of = "{parent.nam}" }]]
    local message, kind = error_of(result, "mine")
    assert.equal("config_error", kind)
    assert.is_truthy(message:find("'add' needs 'parent.nam', which is not there", 1, true), message)
    assert.same({}, result.records())
    message = error_of(run [[add = { of = "{auth_token}" }]], "mine")
    assert.is_truthy(message:find("'add' needs 'auth_token', which is a secret", 1, true), message)
  end)

  it("is refused where the table is none of names and values", function()
    for _, add in ipairs { "5", "{}", "{ 'id' }", "{ of = {} }", "{ of = 'a{parent.id}' }", "{ ['a\"b'] = 1 }",
      "{ a = 1, b = 1, c = 1, d = 1, e = 1, f = 1, g = 1, h = 1, i = 1 }" } do
      local message = error_of(run("add = " .. add), "mine")
      assert.is_truthy(message:find("'add' must be a table of at most eight names and values", 1, true), add .. ": " .. message)
    end
  end)
end)
