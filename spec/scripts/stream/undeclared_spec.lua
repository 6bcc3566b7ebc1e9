-- What is said of nested objects of a schema that do not say what is in them.
local connector = require "spec.support.connector"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local undeclared = require "stream.undeclared"

local function named(schema)
  local hint = undeclared(type(schema) == "table" and json.encode(schema) or schema)
  return hint and hint:match "what is in (.-); with"
end

-- Of an object with one member.
local function with(property) return named('{"type":"object","properties":{"a":' .. property .. "}}") end

describe("a schema's nested objects", function()
  it("are named where they lack properties or additionalProperties, wherever they stand", function()
    assert.equal("a", with '{"type":"object"}')
    assert.equal("a", with '{"type":["null","object"],"additionalProperties":true}')
    assert.equal("a", with '{"properties":{"b":{"type":"string"}}}')
    assert.equal("a[]", with '{"type":"array","items":{"type":"object"}}')
    assert.equal("a.b", with '{"type":"object","additionalProperties":true,"properties":{"b":{"type":"object"}}}')
    assert.equal("a", with '{"anyOf":[{"type":"null"},{"type":"object"}]}')
    local many = {}
    for i = 1, 12 do many["m" .. i] = { type = "object" } end
    assert.matches(" and 2 more$", named { type = "object", properties = many })
  end)

  it("are left out where the author has decided, and where there is none", function()
    for _, property in ipairs { '{"type":"string"}', '{"type":"object","additionalProperties":false}',
      '{"type":"object","additionalProperties":{"type":"string"}}',
      '{"type":"object","additionalProperties":true,"properties":{}}', '{"type":"array"}', "true", "null", "{}",
    } do
      assert.is_nil(with(property), property)
    end
    assert.is_nil(named '{"type":"object"}')
    assert.is_nil(with(('{"items":'):rep(100) .. "{}" .. ("}"):rep(100)))
  end)

  it("all say what is in them, of the schemas that perigee ships", function()
    for _, name in ipairs(require "spec.support.streams".shipped) do
      local file = assert(io.open("schemas/" .. name .. ".json"))
      assert.is_nil(named(file:read "a"), name)
      file:close()
    end
  end)
end)

describe("a stream of one's own with such a schema", function()
  teardown(perigee.cleanup)

  it("is told of them once by discover, read and try, and keeps its schema", function()
    local schema = { type = "object", properties = { id = { type = "string" }, avatar = { type = "object" } } }
    local folder = own_streams.folder {
      mine = "return { name = 'mine', path = 'organizations/{organization}/teams/', primary_key = 'id' }",
      ["mine.json"] = json.encode(schema),
    }
    local scenario = sentry.scenario {}
    local discovered = perigee.run(connector.words("discover", scenario, { words = { "--scripts", folder } }))
    local read = connector.read(scenario, { "mine" }, { words = { "--scripts", folder } })
    local tried = perigee.run { "try", "mine", "--scripts", folder, "--config", perigee.write(sentry.config(scenario)) }
    for _, text in ipairs { connector.logs(discovered, "INFO"), connector.logs(read, "INFO"), tried.err } do
      local _, count = text:gsub("mine: the schema leaves open what is in avatar; ", "")
      assert.equal(1, count, text)
    end
    for _, stream in ipairs(discovered.of("CATALOG")[1].streams) do
      if stream.name == "mine" then assert.same(schema, stream.json_schema) end
    end
  end)
end)
