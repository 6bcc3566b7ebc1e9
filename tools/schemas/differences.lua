-- Where a schema of ours and what a document says differ: fields that it lacks, kinds that it does not allow, and fields that the
-- document had before and has no longer.
local infer = require "try.infer"

local differences = {}

---@class difference
---@field kind "new"|"changed"|"removed"
---@field field string names joined by dots; [] stands for a list's elements
---@field ours string? kinds
---@field theirs string? kinds

local function set_of_types(schema)
  local types = schema.type
  if not types then return nil end
  local set = {}
  for _, name in ipairs(type(types) == "table" and types or { types }) do set[name] = true end
  return set
end

-- What `null` allows is no difference: every field of ours may be null.
local function words(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name ~= "null" and name or nil end
  table.sort(names)
  return names[1] and table.concat(names, " or ") or "anything"
end

local function allows(set, kind)
  return kind == "null" or set[kind] or kind == "integer" and set.number or kind == "number" and set.integer
end

local function sorted(members)
  local names = {}
  for name in pairs(members or {}) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function put(list, kind, field, ours, theirs)
  list[#list + 1] = { kind = kind, field = field, ours = ours and words(ours), theirs = theirs and words(theirs) }
end

local compare

local function compare_members(list, ours, told, place)
  for _, name in ipairs(sorted(told.members)) do
    local field, member = place .. name, told.members[name]
    if ours.properties[name] then compare(list, ours.properties[name], member, field)
    else put(list, "new", field, nil, member.kinds) end
  end
end

compare = function(list, ours, told, field)
  local types = set_of_types(ours)
  for kind in pairs(types and told.kinds or {}) do
    if not allows(types, kind) then
      put(list, "changed", field, types, told.kinds)
      break
    end
  end
  if told.items and ours.items then compare(list, ours.items, told.items, field .. "[]") end
  -- An object that declares none of its members is one of names that nobody knows.
  if told.members and ours.properties and next(ours.properties) then compare_members(list, ours, told, field .. ".") end
end

local function find_removed(list, kept, told, place)
  for _, name in ipairs(sorted(kept.members)) do
    local now = told.members and told.members[name]
    if not now then put(list, "removed", place .. name, kept.members[name].kinds)
    else find_removed(list, kept.members[name], now, place .. name .. ".") end
  end
  if kept.items and told.items then find_removed(list, kept.items, told.items, place:gsub("%.$", "") .. "[].") end
end

---@param schema table of ours
---@param told table what a document says (openapi.shape)
---@param kept table? what the kept one says
---@return difference[]
function differences.of(schema, told, kept)
  local list = {}
  compare_members(list, schema, told, "")
  find_removed(list, kept or infer.new(), told, "")
  return list
end

return differences
