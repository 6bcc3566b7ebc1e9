-- What a schema says of values that were seen: `try --infer`, `discover --observe`, `./dev schemas`.
local infer = require "try.infer"
local json = require "json"

describe("an inferred schema", function()
  it("knows every kind that a field had, at any depth", function()
    local shape = infer.new()
    for _, text in ipairs { '{"a":1,"b":{"c":[1.5,null]}}', '{"a":"x","b":{"c":[]},"d":"2026-01-31T00:00:00Z"}',
      '{"a":null,"d":null}' } do
      infer.see(shape, json.decode(text))
    end
    assert.equal('{"$schema":"http://json-schema.org/draft-07/schema#","additionalProperties":true,"properties":'
      .. '{"a":{"type":["null","integer","string"]},"b":{"additionalProperties":true,"properties":'
      .. '{"c":{"items":{"type":["null","number"]},"type":["null","array"]}},"type":["null","object"]},'
      .. '"d":{"format":"date-time","type":["null","string"]}},'
      .. '"type":"object"}', json.encode(infer.schema(shape, true)))
  end)

  -- PyAirbyte's column of it is one of texts else, which refuses objects.
  it("marks a record's fields of several kinds with an object or a list, and those of no known kind", function()
    local shape = infer.new()
    for _, text in ipairs { '{"a":{},"b":[1],"c":1,"d":null,"e":{"x":{}},"f":[1]}',
      '{"a":"","b":true,"c":"x","d":null,"e":{"x":1},"f":["x"]}' } do
      infer.see(shape, json.decode(text))
    end
    local marked = {}
    for name, property in pairs(infer.schema(shape, true).properties) do marked[name] = property.airbyte_type end
    assert.same({ a = "object", b = "object", d = "object" }, marked)
  end)

  -- Meltano drops the keys of an object that declares neither.
  it("declares properties, and that there may be more, for each object, also for one left open", function()
    local shape, names = infer.new(), {}
    for i = 1, 201 do names[i] = ('"n%d":1'):format(i) end
    infer.see(shape, json.decode('{"map":{' .. table.concat(names, ",") .. '},"list":[{"a":{}}],'
      .. '"deep":{"b":{"c":{"d":{"e":{"f":{"g":1}}}}}}}'))
    local function look(schema, where)
      for _, kind in ipairs(type(schema.type) == "table" and schema.type or { schema.type }) do
        if kind == "object" then
          assert.is_true(schema.additionalProperties, where)
          assert.is_table(schema.properties, where)
        end
      end
      for name, property in pairs(schema.properties or {}) do look(property, where .. "." .. name) end
      if schema.items then look(schema.items, where .. "[]") end
    end
    local text = json.encode(infer.schema(shape, true))
    look(json.decode(text), "")
    assert.is_truthy(text:find('"map":{"additionalProperties":true,"properties":{},"type":["null","object"]}', 1, true), text)
  end)
end)
