local cjson = require "cjson"
local json_text = require "spec.support.json_text"
local perigee = require "spec.support.perigee"
local sentry = require "sentry"

local function specification(words)
  local result = perigee.run { "spec", table.unpack(words or {}) }
  assert.equal(0, result.status)
  assert.equal(1, #result.lines)
  return result.of("SPEC")[1], result
end

describe("perigee spec", function()
  teardown(perigee.cleanup)

  it("prints one message on one line, and nothing else", function()
    local _, result = specification()
    assert.equal("", result.err)
    assert.is_nil(result.lines[1]:find "[\r\t]")
    assert.is_true(json_text.check(result.lines[1]))
  end)

  it("says the same from any folder and under any environment", function()
    local here = specification()
    local elsewhere = perigee.run { "spec", cwd = "/", env = { LANG = "de_DE.UTF-8", LC_ALL = "C", HOME = false } }
    assert.same(here, elsewhere.of("SPEC")[1])
  end)

  it("has the keys that airbyte/source-sentry has, of the same types", function()
    local properties = specification().connectionSpecification.properties
    for name, kind in pairs {
      auth_token = "string", hostname = "string", organization = "string", project = "string", discover_fields = "array",
      num_workers = "integer",
    } do
      assert.equal(kind, properties[name] and properties[name].type, name)
    end
    assert.equal("sentry.io", properties.hostname.default)
  end)

  it("is a JSON Schema of an object whose required keys it describes", function()
    local schema = specification().connectionSpecification
    assert.equal("object", schema.type)
    assert.is_truthy(schema["$schema"]:find "json%-schema.org/draft%-07")
    assert.same({ "auth_token", "organization" }, schema.required)
    assert.is_true(schema.additionalProperties)
    for _, name in ipairs(schema.required) do assert.is_table(schema.properties[name], name) end
  end)

  it("describes every key for a person, in an order of its own each", function()
    local taken = {}
    for name, property in pairs(specification().connectionSpecification.properties) do
      for _, field in ipairs { "title", "description", "type" } do
        assert.is_truthy((property[field] or ""):find "%S", name .. " has no " .. field)
      end
      assert.is_number(property.order, name)
      assert.is_nil(taken[property.order], name .. " has the order of " .. tostring(taken[property.order]))
      taken[property.order] = name
    end
  end)

  it("puts every key into a group of the form, in the order of the keys, and no group is empty", function()
    local schema = specification().connectionSpecification
    local known, used = {}, {}
    for _, group in ipairs(schema.groups) do
      assert.is_truthy(group.title:find "%S")
      known[group.id] = true
    end
    for name, property in pairs(schema.properties) do
      assert.is_true(known[property.group], name)
      used[property.group] = true
    end
    assert.same(known, used)
  end)

  it("marks what must stay secret, and only that", function()
    local secrets = {}
    for name, property in pairs(specification().connectionSpecification.properties) do
      if property.airbyte_secret then secrets[#secrets + 1] = name end
    end
    table.sort(secrets)
    assert.same({ "auth_token", "proxy" }, secrets)
  end)

  it("gives examples and defaults that the connector itself accepts", function()
    local properties = specification().connectionSpecification.properties
    for _, example in ipairs(properties.hostname.examples) do assert.is_string(sentry.base(example), example) end
    local config = { auth_token = "t", organization = "o", project = "p", hostname = "127.0.0.1:1" }
    for name, property in pairs(properties) do
      if property.default and not config[name] then config[name] = property.default end
    end
    config.start_date = properties.start_date.examples[1]
    local result = perigee.run { "discover", "--config", perigee.write(config) }
    assert.equal(0, result.status)
  end)

  it("says that incremental reading is supported", function()
    assert.is_true(specification().supportsIncremental)
  end)

  it("does not need a config, and does not read one", function()
    assert.same(specification(), (specification { "--config", "/no/such/file" }))
  end)

  it("holds no key that the schema's draft does not know for its type", function()
    local known = {}
    for word in ("type order title description airbyte_secret default examples items minimum maximum format pattern "
      .. "pattern_descriptor multiline enum group"):gmatch "%S+" do known[word] = true end
    for name, property in pairs(specification().connectionSpecification.properties) do
      for key in pairs(property) do assert.is_true(known[key], ("%s has %s: %s"):format(name, key, cjson.encode(property))) end
    end
  end)
end)
