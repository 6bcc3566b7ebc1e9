-- A stream's JSON Schema: where it is, and what it says of a record's fields.
local json = require "json"
local member = require "lib.member"
local resources = require "resources"

local schema = {}

-- Newlines stand between tokens only, so what is left is the same JSON on one line.
local function one_line(text)
  return (text:gsub("%s*\n%s*", " "))
end

local function from_file(name, stream)
  local text, why = resources.read(name, stream.name)
  if not text then return nil, why end
  local valid, wrong = json.valid(text)
  if not valid then return nil, "is not JSON: " .. wrong, true end
  if not text:find "^%s*{" then return nil, "is no JSON Schema: it must be an object", true end
  return one_line(text)
end

-- What a cursor's values are: times as texts, or numbers, which some servers write as texts.
local function of_cursor(cursor)
  if not cursor.type then return { type = { "null", "string" }, format = "date-time" } end
  return { type = { "null", cursor.type == "id" and "integer" or "number", "string" } }
end

-- Puts a field's schema in its place, which may be deep in objects.
local function declare(properties, path, its_schema)
  local names = member.names(path)
  for i = 1, #names - 1 do
    local outer = properties[names[i]] or { type = { "null", "object" }, additionalProperties = true, properties = {} }
    properties[names[i]], properties = outer, outer.properties or {}
  end
  properties[names[#names]] = its_schema
end

-- Of what is sure: the key and the cursor.
local function by_default(stream)
  local properties = {}
  for _, name in ipairs(stream.primary_key) do declare(properties, name, { type = { "null", "string", "number" } }) end
  if stream.cursor then declare(properties, stream.cursor.field, of_cursor(stream.cursor)) end
  return json.encode { type = "object", additionalProperties = true, properties = properties }
end

---A table in the script, a file beside it or in schemas/, by default NAME.json; else an open object.
---@param stream stream
---@return string? text
---@return string? message
---@return boolean? declared it is more than a default
function schema.text(stream)
  if type(stream.schema) == "table" then return json.encode(stream.schema), nil, true end
  local name = stream.schema or stream.name .. ".json"
  local text, why, broken = from_file(name, stream)
  if text then return text, nil, true end
  if stream.schema or broken then return nil, ("its schema %s: %s"):format(name, why) end
  return by_default(stream), nil, false
end

-- What a record says besides its key once it is not listed any more.
local function with_deleted(text)
  local document = json.decode(text)
  document.properties = document.properties or {}
  document.properties._deleted_at = { type = { "null", "string" }, format = "date-time" }
  return json.encode(document)
end

---The same, for a job: what is wrong names the stream.
---@param stream stream
---@param tracks boolean? it is told when records are gone
---@return {text: string, declared: boolean}?
---@return string? message
---@return failure_type? failure_type
---@return failure? failure
function schema.of(stream, tracks)
  local text, wrong, declared = schema.text(stream)
  if text then return { text = tracks and with_deleted(text) or text, declared = declared } end
  return nil, ("the script of the stream '%s': %s"):format(stream.name, wrong), "config_error", { of_script = true }
end

local bits = { null = 1, boolean = 2, integer = 4, number = 12, string = 16, array = 32, object = 64 }
local ANY = 127

local function bits_of(property)
  local types = type(property) == "table" and property.type
  if not types then return ANY end
  local sum = 0
  for _, name in ipairs(type(types) == "table" and types or { types }) do sum = sum | (bits[name] or ANY) end
  return sum
end

---What kinds each declared field may be, for page:drift; nil where no schema was declared.
---@param stream stream
---@return table<string, integer>?
---@return table<string, string|string[]>? declared the types as they were written, for messages
function schema.types(stream)
  local text, _, declared = schema.text(stream)
  local properties = text and declared and json.decode(text).properties
  if type(properties) ~= "table" then return nil end
  local types, words, others = {}, {}, stream.api.other_kinds or {}
  for name, property in pairs(properties) do
    types[name], words[name] = bits_of(property), type(property) == "table" and property.type or nil
    if others[name] then types[name] = types[name] | bits_of { type = others[name] } end
  end
  return types, words
end

return schema
