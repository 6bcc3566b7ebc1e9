-- Where the records are in a response, by the schema that it has.
local schema_node = require "new.schema_node"

local shape = {}

local DEEPEST = 3 -- objects around the array

-- Names under which APIs put the array, and those of what else is an array beside it.
local USUAL = { "data", "items", "results", "result", "records", "value", "values", "list", "entries", "rows", "content",
  "objects", "elements", "nodes", "edges", "hits", "docs", "documents", "resources", "collection", "response", "payload",
  "body", "embedded" }
local BESIDE = { errors = true, error = true, warnings = true, messages = true, links = true, link = true, included = true,
  facets = true, aggregations = true, meta = true, warning = true, notes = true, includes = true, errormessages = true,
  failures = true, order = true, sort = true, filters = true, unprocessedkeys = true }

local rank = {}
for i, name in ipairs(USUAL) do rank[name] = #USUAL - i + 1 end

---@class record_place
---@field path string? nil: the response itself
---@field item any the schema of a record
---@field single boolean? it is one record
---@field unwrap string?
---@field sure boolean? no other place would do
---@field others string[]? arrays that there are besides
---@field bare boolean? the elements are no objects

-- A name in a path, as json.path reads it.
local function step(name)
  if name:find "^[^%.%[%]\"'%*]+$" then return name end
  return '["' .. name:gsub('[\\"]', "\\%0") .. '"]'
end

---@param path string?
---@param name string
---@return string
function shape.join(path, name)
  local own = step(name)
  if not path then return own end
  return own:find "^%[" and path .. own or path .. "." .. own
end

local function sorted(properties)
  local names = {}
  for name in pairs(properties) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- Is what stands under this name likely the list that was asked for?
local function weight(name, about, objects, depth)
  local plain = schema_node.plain(name)
  if BESIDE[plain] then return -100 end
  local named = about ~= "" and (plain == about or plain:gsub("s$", "") == about:gsub("s$", ""))
  local within = about ~= "" and #plain > 3 and (about:find(plain, 1, true) or plain:find(about, 1, true)) and 1
  return (named and 40 or within and 15 or 0) + (rank[plain] or 0) + objects - 20 * depth
end

local function is_object(node) return node.types.object or not next(node.types) end

local function add_found(found, path, name, item, resolve, about, depth)
  local node = schema_node.of(item, resolve)
  found[#found + 1] = { path = path, item = item, bare = not is_object(node), depth = depth,
    weight = weight(name, about, not is_object(node) and 0 or next(node.types) and 30 or 20, depth) }
end

local function has_id(node)
  local properties = node.properties
  return properties.id ~= nil or properties.Id ~= nil or properties.uuid ~= nil or properties._id ~= nil
end

local LISTS = { "edges", "nodes", "items", "results", "records", "data" }

local function is_around_list(node)
  for _, name in ipairs(LISTS) do
    if node.properties[name] then return true end
  end
  return false
end

-- Arrays, and objects whose values are the records.
local function collect(found, node, resolve, about, path, depth)
  for _, name in ipairs(sorted(node.properties)) do
    local property = schema_node.of(node.properties[name], resolve)
    local below = shape.join(path, name)
    if property.types.array then
      add_found(found, below, name, property.items or {}, resolve, about, depth)
    elseif property.values and not next(property.properties)
      and schema_node.of(property.values, resolve).types.object then
      add_found(found, below .. ".*", name, property.values, resolve, about, depth + 1)
    elseif property.types.object and depth < DEEPEST and not has_id(property)
      and (weight(name, about, 0, 0) > 0 or is_around_list(property)) then
      collect(found, property, resolve, about, below, depth + 1)
    end
  end
end

-- An edge of GraphQL has the record in `node`.
local function unwrapped(place, resolve)
  local node = schema_node.of(place.item, resolve)
  local inner = node.properties.node
  if inner and schema_node.of(inner, resolve).types.object then place.unwrap, place.item = "node", inner end
  return place
end

-- One record in an envelope: {"data": {…}}, and nothing else but what is said about it.
local function enveloped(node, resolve, about)
  local inside
  for _, name in ipairs(sorted(node.properties)) do
    local property, plain = schema_node.of(node.properties[name], resolve), schema_node.plain(name)
    local fits = property.types.object and next(property.properties) and (plain == "data" or plain == "result" or plain == about)
    if fits then inside = inside or name end
  end
  return inside
end

local function one_record(schema, node, resolve, about)
  local name = not has_id(node) and enveloped(node, resolve, about)
  if name then return { single = true, path = shape.join(nil, name), item = node.properties[name] } end
  return { single = true, item = schema }
end

local function best_of(found)
  table.sort(found, function(a, b)
    if a.weight ~= b.weight then return a.weight > b.weight end
    return a.path < b.path
  end)
  local best, others = found[1], {}
  for i = 2, #found do
    if not found[i].bare and found[i].weight > -50 then others[#others + 1] = found[i].path end
  end
  best.others, best.sure = others, #others == 0
  return best
end

-- Several arrays, none of which has a name that says more: parts of one record.
local function is_one_of_many(best, found)
  local like = 0
  for _, other in ipairs(found) do like = like + (other.weight == best.weight and other.depth == best.depth and 1 or 0) end
  return like > 2 and best.weight <= 30
end

---@param schema any of a response
---@param resolve fun(schema: any): any
---@param about string a word for the records, as schema_node.plain gives it: the path's last one
---@param one boolean? is it likely one record? An array in it is then a list only under a usual name
---@return record_place
function shape.of(schema, resolve, about, one)
  local node = schema_node.of(schema, resolve)
  if node.types.array then
    local item = schema_node.of(node.items or {}, resolve)
    return unwrapped({ item = node.items or {}, bare = not is_object(item), sure = true }, resolve)
  end
  local found = {}
  collect(found, node, resolve, about, nil, 0)
  local best = #found > 0 and best_of(found)
  if best and is_one_of_many(best, found) then best = nil end
  local needed = has_id(node) and 45 or one and 31 or 0
  if best and best.bare then needed = math.max(needed, 10) end
  if best and best.weight >= needed then return unwrapped(best, resolve) end
  if best and not has_id(node) and not one and best.weight > -50 and not best.bare then return unwrapped(best, resolve) end
  if not next(node.properties) and node.values and schema_node.of(node.values, resolve).types.object then
    return { path = "*", item = node.values }
  end
  return one_record(schema, node, resolve, about)
end

return shape
