-- A JSON Schema inferred from records: every field that was seen, with every kind of value that it had.
local clock = require "clock"
local json = require "json"

local infer = {}

local DEEPEST, MOST_NAMES = 6, 200 -- beyond, an object is left open: it is likely a map of names

local function kind_of(value)
  if value == json.null then return "null" end
  if type(value) == "table" then return getmetatable(value) ~= nil and "array" or "object" end
  if json.is_number(value) then return tostring(value):find "[.eE]" and "number" or "integer" end
  return type(value)
end

---@return table shape to be given to see
function infer.new() return { kinds = {} } end

local function see_text(shape, text)
  shape.texts = true
  if not (#text >= 19 and text:find "^%d%d%d%d%-%d%d%-%d%dT" and clock.parse(text)) then shape.plain = true end
end

---Notes a value.
---@param shape table
---@param value any
---@param depth integer?
function infer.see(shape, value, depth)
  depth = depth or 0
  local kind = kind_of(value)
  shape.kinds[kind] = true
  if kind == "string" then see_text(shape, value) end
  if depth >= DEEPEST then return end
  if kind == "array" then
    for _, item in ipairs(value) do
      shape.items = shape.items or infer.new()
      infer.see(shape.items, item, depth + 1)
    end
  elseif kind == "object" then
    shape.members, shape.count = shape.members or {}, shape.count or 0
    for name, item in pairs(value) do
      if not shape.members[name] then shape.members[name], shape.count = infer.new(), shape.count + 1 end
      infer.see(shape.members[name], item, depth + 1)
    end
  end
end

local order = { "null", "boolean", "integer", "number", "string", "array", "object" }

local function types_of(shape)
  local types = { "null" } -- what was there in these records may be missing in others
  for _, kind in ipairs(order) do
    local covered = kind == "null" or kind == "integer" and shape.kinds.number
    if shape.kinds[kind] and not covered then types[#types + 1] = kind end
  end
  return types
end

local function properties_of(shape)
  local properties = {}
  if not shape.members or shape.count > MOST_NAMES then return properties end
  for name, member in pairs(shape.members) do properties[name] = infer.schema(member) end
  return properties
end

-- May it be of several kinds, one of them an object or a list, or of any kind?
local function is_of_several(property)
  if next(property) == nil then return true end
  local kinds, nested = 0, false
  for _, kind in ipairs(type(property.type) == "table" and property.type or { property.type }) do
    kinds = kinds + (kind ~= "null" and 1 or 0)
    nested = nested or kind == "object" or kind == "array"
  end
  return kinds > 1 and nested
end

---Marks the fields of records that may be of several kinds, for PyAirbyte: it makes columns of JSON of them then, which hold each
---kind, where it would make columns of texts, which refuse objects (docs/clients.md).
---@param properties table<string, table>
function infer.mark(properties)
  for _, property in pairs(properties) do
    if type(property) == "table" and is_of_several(property) then property.airbyte_type = "object" end
  end
end

---The schema of what was seen.
---@param shape table
---@param root boolean? of the records themselves
---@return table
function infer.schema(shape, root)
  local types = types_of(shape)
  local schema = { type = root and "object" or #types > 1 and types or nil }
  if shape.texts and not shape.plain then schema.format = "date-time" end
  if shape.items then schema.items = infer.schema(shape.items) end
  if root or shape.kinds.object then
    -- Consumers drop the keys of an object that declares neither.
    schema.properties, schema.additionalProperties = properties_of(shape), true
  end
  if root then
    schema["$schema"] = "http://json-schema.org/draft-07/schema#"
    infer.mark(schema.properties)
  end
  return schema
end

return infer
