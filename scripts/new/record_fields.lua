-- Which fields of a record are its key and its cursor: by their names and kinds, and by the records where some are at hand.
local clock = require "clock"
local json = require "json"
local schema_node = require "new.schema_node"
local shape = require "new.shape"

local record_fields = {}

local KEYS = { "id", "uuid", "guid", "gid", "uid", "objectid", "sku", "sha", "arn", "identifier", "key" }
-- Of these each record may have another one, or not: records that came must show it.
local WEAK = { "number", "code", "slug", "name", "email", "username", "login", "symbol", "url" }
local CHANGED = { "updatedat", "updated", "modifiedat", "modified", "lastmodified", "lastupdated", "lastmodifiedat",
  "lastupdatedat", "dateupdated", "datemodified", "updatedate", "modifieddate", "lastmodifieddate", "lastupdateddate",
  "lastupdatedtime", "lastmodifieddatetime", "modifiedtime", "updatedtime", "updatetime", "updatedon", "modifiedon",
  "changedat", "editedat", "systemmodstamp", "lastmodifiedtime", "lastchangedat", "updatedatutc", "updateddate",
  "lastupdatetime", "lastupdate" }
local MADE = { "createdat", "created", "createdate", "creationdate", "datecreated", "createdtime", "createtime",
  "createdon", "createddatetime", "creationtime", "creationdatetime", "createddate", "timestamp", "time", "occurredat",
  "eventtime", "eventdate", "publishedat", "committedat", "insertedat", "recordedat", "startedat", "receivedat", "sentat",
  "date", "day", "at" }
local DEEPEST = 2 -- objects within a record

local function order_of(list)
  local ranks = {}
  for i, name in ipairs(list) do ranks[name] = i end
  return ranks
end

local key_rank, weak_rank, changed_rank, made_rank = order_of(KEYS), order_of(WEAK), order_of(CHANGED), order_of(MADE)

local function is_scalar(node)
  return (node.types.string or node.types.integer or node.types.number) and not node.types.object and not node.types.array
end

-- ---- key

local function key_score(name, node, about, shown)
  local plain = schema_node.plain(name)
  if name == "id" or name == "Id" or name == "ID" or name == "_id" or name == "@id" then return 1000 end
  local one = about:gsub("ies$", "y"):gsub("s$", "")
  if one ~= "" and (plain == one .. "id" or plain == about .. "id") then return 900 end
  if one ~= "" and (plain == one .. "uuid" or plain == one .. "gid" or plain == one .. "key") then return 850 end
  if key_rank[plain] then return 700 - 20 * key_rank[plain] end
  if shown and one ~= "" and (plain == one .. "code" or plain == one .. "number") then return 600 end
  if shown and weak_rank[plain] then return 200 - weak_rank[plain] end
  if plain:find "id$" and #one > 3 and one:sub(-#plain + 2) == plain:sub(1, -3) then return 650 end
  if node.format == "uuid" then return 300 end
  return 0
end

-- Does each record have another one?
local function tells_apart(rows, name)
  local seen = {}
  for _, row in ipairs(rows) do
    local value = row[name]
    local plain = type(value) == "string" and value ~= "" or json.is_number(value or false)
    if not plain or seen[tostring(value)] then return false end
    seen[tostring(value)] = true
  end
  return true
end

local function ends_like_a_key(name)
  local plain = schema_node.plain(name)
  return plain:find "id$" or plain:find "key$" or plain:find "number$" or plain:find "code$" or plain:find "uuid$"
end

local function candidates(record, resolve)
  local list, node = {}, schema_node.of(record, resolve)
  for name, property in pairs(node.properties) do
    local about = schema_node.of(property, resolve)
    if is_scalar(about) then list[#list + 1] = { name = name, node = about } end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list, node
end

---The field by which records are told apart.
---@param record any the schema of one
---@param resolve fun(schema: any): any
---@param about string the records' word, as schema_node.plain gives it
---@param rows table[]? records; a key is then one of all of them
---@return string? path as json.path reads it
function record_fields.key(record, resolve, about, rows)
  local best, most = nil, 0
  for _, field in ipairs((candidates(record, resolve))) do
    local shown = rows and #rows > 4
    local score = key_score(field.name, field.node, about, shown)
    if score == 0 and shown and ends_like_a_key(field.name) then score = 50 end
    if score > most and (not rows or tells_apart(rows, field.name)) then best, most = field.name, score end
  end
  return best and shape.join(nil, best)
end

-- ---- cursor

local function in_rows(rows, path, test)
  local some = false
  for _, row in ipairs(rows) do
    local value = row
    for _, name in ipairs(json.path(path)) do value = type(value) == "table" and value[name] or nil end
    if value ~= nil and value ~= json.null then
      if not test(value) then return false end
      some = true
    end
  end
  return some
end

local function within(least, most)
  return function(value) return math.type(value) == "integer" and value >= least and value < most end
end

-- What a number in it is: since 2001, and until 2100.
local function type_of_number(node, path, rows)
  if rows then
    if in_rows(rows, path, within(1000000000, 4102444800)) then return "seconds" end
    return in_rows(rows, path, within(1000000000000, 4102444800000)) and "milliseconds" or nil
  end
  local words = (node.description or ""):lower()
  if node.format == "unix-time" or node.format == "unixtime" or node.format == "timestamp" then return "seconds" end
  local milliseconds = words:find "millisecond" or within(1000000000000, 4102444800000)(node.example)
  if milliseconds then return "milliseconds" end
  local seconds = words:find "unix" or words:find "epoch" or within(1000000000, 4102444800)(node.example)
  return seconds and "seconds" or nil
end

local function is_time(text) return type(text) == "string" and #text >= 8 and clock.parse(text) ~= nil end

-- "string", or what its numbers are; nil: it is no time.
local function kind_of_time(node, path, rows)
  if node.types.integer and not node.types.string then return type_of_number(node, path, rows) end
  if not node.types.string then return nil end
  if rows then return in_rows(rows, path, is_time) and "string" or nil end
  return (node.format == "date-time" or is_time(node.example) or node.format == "date") and "string" or nil
end

local function look(found, record, resolve, rows, path, depth)
  local node = schema_node.of(record, resolve)
  for name, property in pairs(node.properties) do
    local about, own, plain = schema_node.of(property, resolve), shape.join(path, name), schema_node.plain(name)
    local rank = changed_rank[plain] or made_rank[plain] and made_rank[plain] + 200
    local kind = rank and is_scalar(about) and kind_of_time(about, own, rows)
    if kind then
      found[#found + 1] = { field = own, type = kind ~= "string" and kind or nil, changed = changed_rank[plain] ~= nil,
        rank = rank + 100 * depth, format = about.format }
    end
    local meta = plain == "meta" or plain == "metadata" or plain == "audit" or plain == "fields" or plain == "attributes"
    if meta and depth < DEEPEST and about.types.object then look(found, property, resolve, rows, own, depth + 1) end
  end
end

---@class cursor_field
---@field field string a path
---@field type "seconds"|"milliseconds"|nil
---@field changed boolean does it move when the record changes?

---The field by which incremental reads go.
---@param record any
---@param resolve fun(schema: any): any
---@param rows table[]?
---@return cursor_field?
function record_fields.cursor(record, resolve, rows)
  local found = {}
  look(found, record, resolve, rows, nil, 0)
  table.sort(found, function(a, b)
    if a.rank ~= b.rank then return a.rank < b.rank end
    return a.field < b.field
  end)
  return found[1]
end

return record_fields
