-- A JSON Schema (draft 7) of records, as ours are: each field may be null, each object may hold more, and references are put
-- in place, as far down as a schema is of use.
local infer = require "try.infer"
local schema_node = require "new.schema_node"

local DEEPEST, MOST = 6, 3000 -- floors below a record; fields in all

local ORDER = { "null", "boolean", "integer", "number", "string", "array", "object" }
local FORMATS = { ["date-time"] = true, date = true }

local function types_of(node)
  local types = {}
  if not next(node.types) then return nil end
  node.types.null = true
  for _, name in ipairs(ORDER) do
    if node.types[name] and not (name == "integer" and node.types.number) then types[#types + 1] = name end
  end
  return types
end

local make

local function properties_of(node, resolve, depth, count)
  local made, names = {}, {}
  for name in pairs(node.properties) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    count.fields = count.fields + 1
    if count.fields > MOST then break end
    made[name] = make(node.properties[name], resolve, depth + 1, count)
  end
  return made
end

function make(schema, resolve, depth, count)
  local node = schema_node.of(schema, resolve)
  local made = { type = types_of(node) }
  if node.types.string and FORMATS[node.format] then made.format = node.format end
  if node.types.array and node.items and depth < DEEPEST then made.items = make(node.items, resolve, depth + 1, count) end
  if node.types.object then
    made.properties = depth < DEEPEST and properties_of(node, resolve, depth, count) or {}
    made.additionalProperties = true
  end
  return made
end

---@param schema any of one record
---@param resolve fun(schema: any): any
---@return table? made nil: it names no field
return function(schema, resolve)
  local made = make(schema, resolve, 0, { fields = 0 })
  if not made.properties or not next(made.properties) then return nil end
  made.type, made["$schema"] = "object", "http://json-schema.org/draft-07/schema#"
  infer.mark(made.properties)
  return made
end
