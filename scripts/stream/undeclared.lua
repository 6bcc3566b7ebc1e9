-- Nested objects of a schema that leave open what is in them: some destinations keep of an object only what is declared.
local json = require "json"

local DEEPEST = 50
local MOST_NAMED = 10

local function is_object(property)
  local types = property.type
  for _, name in ipairs(type(types) == "table" and types or { types }) do
    if name == "object" then return true end
  end
  return type(property.properties) == "table"
end

local find

local function find_in(list, properties, path, depth)
  for name, property in pairs(type(properties) == "table" and properties or {}) do
    find(list, property, path .. tostring(name), depth)
  end
end

-- An author who closes an object by `false`, or says what else may be in it, has decided.
function find(list, property, path, depth)
  if type(property) ~= "table" or depth > DEEPEST then return end
  local more = property.additionalProperties
  local decided = more == false or type(more) == "table" or more ~= nil and property.properties ~= nil
  if path ~= "" and is_object(property) and not decided then list[#list + 1] = path end
  local within = path ~= "" and path .. "." or ""
  find_in(list, property.properties, within, depth + 1)
  find(list, property.items, path .. "[]", depth + 1)
  for _, word in ipairs { "anyOf", "oneOf", "allOf" } do
    for _, part in ipairs(type(property[word]) == "table" and property[word] or {}) do find(list, part, path, depth + 1) end
  end
end

---What is to be said of a schema's nested objects; nil: each says what is in it.
---@param text string a JSON Schema
---@return string?
return function(text)
  local list = {}
  find(list, json.decode(text), "", 0)
  if #list == 0 then return nil end
  table.sort(list)
  local more = #list > MOST_NAMED and (" and %d more"):format(#list - MOST_NAMED) or ""
  return ("the schema leaves open what is in %s%s; with `properties` and `additionalProperties: true` for each, as `perigee try "
    .. "--infer` prints them, destinations that keep declared members alone (Meltano's) keep all"):format(
    table.concat(list, ", ", 1, math.min(#list, MOST_NAMED)), more)
end
