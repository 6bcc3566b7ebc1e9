-- What is known of a value, from payloads (try/infer.lua) and from an OpenAPI document, in one form.
local infer = require "try.infer"
local json = require "json"
local set_of = require "lib.set_of"

local shape = {}

-- What two descriptions of the same value say together; of one object of several, or of a list's elements.
local function unite(into, from)
  for kind in pairs(from.kinds) do into.kinds[kind] = true end
  if from.texts then
    into.plain = into.plain or from.plain
    into.texts = true
  end
  into.map = into.map or from.map
  if from.items then into.items = unite(into.items or infer.new(), from.items) end
  for name, member in pairs(from.members or {}) do
    into.members, into.count = into.members or {}, into.count or 0
    if not into.members[name] then into.members[name], into.count = infer.new(), into.count + 1 end
    unite(into.members[name], member)
  end
  return into
end

local function of_enum(made, values)
  for _, value in ipairs(values) do infer.see(made, value) end
end

---What an OpenAPI schema says.
---@param schema table
---@return table shape
function shape.of_openapi(schema)
  local made = infer.new()
  if schema.nullable then made.kinds.null = true end
  for _, way in ipairs { "oneOf", "anyOf", "allOf" } do
    for _, one in ipairs(schema[way] or {}) do unite(made, shape.of_openapi(one)) end
  end
  local own = set_of(type(schema.type) == "table" and schema.type or { schema.type })
  for kind in pairs(own) do made.kinds[kind] = true end
  if not schema.type and schema.enum then of_enum(made, schema.enum) end
  if own.string then made.texts, made.plain = true, made.plain or schema.format ~= "date-time" or nil end
  if schema.items then made.items = unite(made.items or infer.new(), shape.of_openapi(schema.items)) end
  if own.object or schema.properties then
    made.kinds.object = true
    made.members, made.count = made.members or {}, made.count or 0
    for name, member in pairs(schema.properties or {}) do
      if not made.members[name] then made.members[name], made.count = infer.new(), made.count + 1 end
      unite(made.members[name], shape.of_openapi(member))
    end
    made.map = made.count == 0
  end
  return made
end

-- The document says `number` of whole numbers, too, and no more of times than that they are texts: what payloads show of these
-- stands.
local function complement(seen, told)
  local numbers = seen.kinds.integer and not seen.kinds.number
  for kind in pairs(told.kinds) do
    if not (kind == "number" and numbers) then seen.kinds[kind] = true end
  end
  if told.texts and not seen.texts then seen.texts, seen.plain = true, told.plain end
  if told.items then
    seen.items = seen.items and complement(seen.items, told.items) or told.items
  end
  if told.map and not (seen.members and next(seen.members)) then seen.map = true end
  for name, member in pairs(told.members or {}) do
    seen.members, seen.count = seen.members or {}, seen.count or 0
    if seen.members[name] then complement(seen.members[name], member)
    else seen.members[name], seen.count = member, seen.count + 1 end
  end
  return seen
end

---What rows show, and what a document adds to it.
---@param rows string[] each the JSON of a record
---@param told table? what a document says
---@return table shape
function shape.of_rows(rows, told)
  local seen = infer.new()
  for _, text in ipairs(rows) do infer.see(seen, assert(json.decode(text))) end
  return told and complement(seen, told) or seen
end

return shape
