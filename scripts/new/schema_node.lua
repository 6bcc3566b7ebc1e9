-- A schema of OpenAPI or JSON Schema, with its references followed and its parts put together, down to one floor.
local json = require "json"
local json_kind = require "new.json_kind"

local DEEPEST = 12 -- of references and parts within each other

---@class schema_node
---@field types table<string, true> null, boolean, integer, number, string, array, object
---@field properties table<string, any> schemas, not looked into; none: it is no object, or says nothing
---@field required table<string, true>
---@field items any? the schema of an array's elements
---@field values any? the schema of an object's values, whatever their names
---@field format string?
---@field description string?
---@field default any
---@field example any
---@field enum any[]?
---@field maximum number?
---@field minimum number?
local schema_node = {}

local is_table = json_kind.is_table

local function each(list)
  return ipairs(is_table(list) and list or {})
end

-- What a schema says by itself.
local function add_own(node, schema)
  local types = schema.type
  for _, name in each(type(types) == "string" and { types } or types) do
    if type(name) == "string" then node.types[name] = true end
  end
  if schema.nullable == true or schema["x-nullable"] == true then node.types.null = true end
  for name, property in pairs(is_table(schema.properties) and schema.properties or {}) do
    if type(name) == "string" then node.properties[name] = property end
  end
  for _, name in each(schema.required) do node.required[name] = true end
  if is_table(schema.items) then node.items = node.items or schema.items end
  if is_table(schema.additionalProperties) then node.values = node.values or schema.additionalProperties end
  for _, name in ipairs { "format", "description", "default", "example", "enum", "maximum", "minimum" } do
    if node[name] == nil and schema[name] ~= json.null then node[name] = schema[name] end
  end
  if node.example == nil and is_table(schema.examples) then node.example = schema.examples[1] end
  if schema.const ~= nil and node.enum == nil then node.enum = { schema.const } end
end

-- Of parts that a value has all of, or one of: each may be there.
local function add(node, schema, resolve, depth)
  schema = resolve(schema)
  if not is_table(schema) or depth > DEEPEST then return end
  add_own(node, schema)
  for _, word in ipairs { "allOf", "oneOf", "anyOf" } do
    for _, part in each(schema[word]) do add(node, part, resolve, depth + 1) end
  end
end

-- Where the type is left out, what else is said tells it.
local function settle(node)
  local said = next(node.types)
  if said == "null" and next(node.types, said) == nil then said = nil end
  if not said and (next(node.properties) or node.values) then node.types.object = true end
  if not said and node.items then node.types.array = true end
  if node.enum and type(node.enum) ~= "table" then node.enum = nil end
  return node
end

---@param schema any
---@param resolve fun(schema: any): any follows a reference
---@return schema_node
function schema_node.of(schema, resolve)
  local node = { types = {}, properties = {}, required = {} }
  add(node, schema, resolve, 0)
  return settle(node)
end

---For schemas without references.
---@param schema any
---@return any
function schema_node.as_it_is(schema) return schema end

---A name without its signs, in lower case, so that `next_page-token` and `nextPageToken` are one.
---@param name string
---@return string
function schema_node.plain(name) return (name:lower():gsub("[^%w]", "")) end

return schema_node
