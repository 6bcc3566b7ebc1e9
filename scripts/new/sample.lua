-- Responses that came, as schemas, and the records in them.
local infer = require "try.infer"
local json = require "json"
local json_kind = require "new.json_kind"

local sample = {}

local DEEPEST = 4 -- objects in which one of a name for each record is looked for

local is_object = json_kind.is_object

-- Are its values records, and its names their keys? Each is then an object that repeats its name, or the names are numbers.
local function is_map(value)
  local count, named, numbered = 0, 0, 0
  for name, member in pairs(value) do
    if not is_object(member) then return false end
    count = count + 1
    for _, field in pairs(member) do
      if (type(field) == "string" or json.is_number(field)) and tostring(field) == name then named = named + 1 break end
    end
    if tostring(name):find "^%d+$" then numbered = numbered + 1 end
  end
  return count > 0 and (named == count or numbered == count)
end

-- Marks in a schema what the documents show to be such an object.
local function mark_maps(schema, documents, depth)
  if depth > DEEPEST or type(schema.properties) ~= "table" then return schema end
  local whole, values = #documents > 0, infer.new()
  for _, document in ipairs(documents) do
    if next(document) ~= nil and not is_map(document) then whole = false end
  end
  local some = false
  for _, document in ipairs(whole and documents or {}) do
    for _, member in pairs(document) do
      infer.see(values, member)
      some = true
    end
  end
  if some then
    schema.properties, schema.additionalProperties = {}, infer.schema(values)
    return schema
  end
  for name, property in pairs(schema.properties) do
    local below = {}
    for _, document in ipairs(documents) do
      if is_object(document[name]) then below[#below + 1] = document[name] end
    end
    mark_maps(property, below, depth + 1)
  end
  return schema
end

---A schema of JSON documents.
---@param documents any[]
---@return table
function sample.schema(documents)
  local seen, objects = infer.new(), {}
  for _, document in ipairs(documents) do
    infer.see(seen, document)
    if is_object(document) then objects[#objects + 1] = document end
  end
  return mark_maps(infer.schema(seen), objects, 0)
end

---A schema of records.
---@param rows table[]
---@return table
function sample.record_schema(rows)
  local seen = infer.new()
  for _, row in ipairs(rows) do infer.see(seen, row) end
  return infer.schema(seen, true)
end

local function add_rows(rows, value, unwrap)
  if is_object(value) then
    local row = unwrap and value[unwrap] or value
    if is_object(row) then rows[#rows + 1] = row end
  end
end

local function walk(rows, value, names, at, unwrap)
  if type(value) ~= "table" then return end
  local name = names[at]
  if name == "*" then
    for _, member in pairs(value) do walk(rows, member, names, at + 1, unwrap) end
  elseif name then
    walk(rows, value[name], names, at + 1, unwrap)
  elseif is_object(value) then
    add_rows(rows, value, unwrap)
  else
    for _, row in ipairs(value) do add_rows(rows, row, unwrap) end
  end
end

---The records of a response.
---@param document any
---@param place record_place
---@return table[] rows in the order in which they came, but for an object's values
function sample.rows(document, place)
  local rows = {}
  walk(rows, document, place.path and json.path(place.path) or {}, 1, place.unwrap)
  return rows
end

---Texts and numbers of a response beside its records, with their paths.
---@param document any
---@param place record_place
---@param visit fun(path: string, value: any)
function sample.each_mark(document, place, visit)
  local join = require("new.shape").join
  local function look(value, path, depth)
    if path and path == place.path then return end
    if is_object(value) and depth < 6 then
      local names = {}
      for name in pairs(value) do names[#names + 1] = name end
      table.sort(names)
      for _, name in ipairs(names) do look(value[name], join(path, name), depth + 1) end
    elseif path and (type(value) ~= "table" or json.is_number(value) or getmetatable(value) ~= nil) then
      visit(path, value)
    end
  end
  if not (place.path or ""):find "%*$" then look(document, nil, 0)
  else
    local above = place.path:gsub("%.?%*$", "")
    if above ~= "" then
      place = { path = above }
      look(document, nil, 0)
    end
  end
end

return sample
