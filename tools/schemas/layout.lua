-- A JSON Schema as text for people: what fits stands on one line, and names are in an order that stays.
local json = require "json"

local WIDTH = 130
local ORDER = { "$schema", "type", "format", "airbyte_type", "additionalProperties", "items", "properties" }

local function put_first(names, first)
  local places = {}
  for i, name in ipairs(first) do places[name] = i end
  table.sort(names, function(a, b)
    local one, other = places[a] or math.huge, places[b] or math.huge
    if one ~= other then return one < other end
    return a < b
  end)
  return names
end

local function names_of(value, first)
  local names = {}
  for name in pairs(value) do names[#names + 1] = name end
  return put_first(names, first)
end

-- A schema holds keywords, and its `properties` hold names, whose values are schemas.
local function text_of(value, indent, first, of_names)
  if type(value) ~= "table" then return json.encode(value) end
  if getmetatable(value) or #value > 0 then
    local items = {}
    for i, item in ipairs(value) do items[i] = json.encode(item) end
    return "[" .. table.concat(items, ", ") .. "]"
  end
  local parts = {}
  for i, name in ipairs(names_of(value, of_names and first or ORDER)) do
    local inner = text_of(value[name], indent + 2, name == "properties" and first or {}, not of_names and name == "properties")
    parts[i] = json.encode(name) .. ": " .. inner
  end
  local line = "{" .. table.concat(parts, ", ") .. "}"
  if #parts == 0 or indent > 0 and #line + indent <= WIDTH and not line:find "\n" then return line end
  local blank = (" "):rep(indent + 2)
  return "{\n" .. blank .. table.concat(parts, ",\n" .. blank) .. "\n" .. (" "):rep(indent) .. "}"
end

---@param schema table
---@param first string[] the fields that stand before the others
---@return string text with a line's end
return function(schema, first) return text_of(schema, 0, first, false) .. "\n" end
