-- The configured catalogue: which streams are to be read, and how.
local document = require "config.document"
local files = require "files"
local json = require "json"

local catalog = {}

-- What a person may hand to `read` who has no platform to make a configured catalogue.
local DISCOVERED = [[
is what discover prints. A configured catalogue says which of these streams are to be read, and how:
{"streams": [{"stream": {"name": "NAME"}, "sync_mode": "full_refresh", "destination_sync_mode": "append"}]}]]

---@class configured
---@field name string
---@field namespace string?
---@field sync_mode string
---@field primary_key string[][]? paths

local function is_key(value)
  if type(value) ~= "table" then return false end
  for _, names in ipairs(value) do
    if type(names) ~= "table" or type(names[1]) ~= "string" then return false end
  end
  return #value > 0
end

-- What a user chose stands before what the source says.
local function key_of(entry)
  if is_key(entry.primary_key) then return entry.primary_key end
  return is_key(entry.stream.source_defined_primary_key) and entry.stream.source_defined_primary_key or nil
end

local function read_entry(path, entry, position)
  local where = ("streams[%d]"):format(position - 1)
  if type(entry) ~= "table" then
    return document.fail(path, where .. " must be an object, and is " .. document.kind(entry))
  end
  local stream = entry.stream
  if stream == nil and entry.json_schema then return document.fail(path, DISCOVERED) end
  if type(stream) ~= "table" then
    return document.fail(path, where .. ".stream must be an object, and is " .. document.kind(stream))
  end
  if type(stream.name) ~= "string" or stream.name == "" then
    return document.fail(path, where .. ".stream.name must be a non-empty string, and is " .. document.kind(stream.name))
  end
  local namespace = stream.namespace ~= json.null and stream.namespace or nil
  if namespace and type(namespace) ~= "string" then
    return document.fail(path, where .. ".stream.namespace must be a string, and is " .. document.kind(namespace))
  end
  if type(entry.sync_mode) ~= "string" then
    return document.fail(path, where .. ".sync_mode must be a string, and is " .. document.kind(entry.sync_mode))
  end
  return { name = stream.name, namespace = namespace, sync_mode = entry.sync_mode, primary_key = key_of(entry) }
end

-- Two entries of one descriptor would each take the other's states for theirs.
local function find_twice(configured)
  local seen = {}
  for _, one in ipairs(configured) do
    local key = json.encode { one.name, one.namespace }
    if seen[key] then return one.name end
    seen[key] = true
  end
end

local function read_list(path, value)
  if type(value) ~= "table" then return document.fail(path, "must be an object, and is " .. document.kind(value)) end
  local list = value.streams
  if type(list) ~= "table" or list[1] == nil and next(list) ~= nil then
    return document.fail(path, "streams must be an array, and is " .. document.kind(list))
  end
  if #list == 0 then return document.fail(path, "streams is empty: there is nothing to read") end
  return list
end

local modes = { full_refresh = true, incremental = true }

---What is wrong with a stream's sync mode; nil where nothing is.
---@param configured configured
---@return string?
function catalog.wrong_mode(configured)
  if modes[configured.sync_mode] then return nil end
  return ("the catalog asks for the sync mode '%s'; there are full_refresh and incremental"):format(configured.sync_mode)
end

---@param path string
---@return configured[]? streams
---@return string? message
---@return string? failure_type
function catalog.read(path)
  local text, message = files.read(path)
  if not text then return document.fail(path, message) end
  if text:find('^%s*{"type":"%u') then return document.fail(path, DISCOVERED) end
  local value, why, code = document.decode(path, text)
  if not value then return nil, why, code end
  local list, invalid, reason = read_list(path, value)
  if not list then return nil, invalid, reason end
  local configured = {}
  for i, entry in ipairs(list) do
    local one, wrong, failure_type = read_entry(path, entry, i)
    if not one then return nil, wrong, failure_type end
    configured[i] = one
  end
  local twice = find_twice(configured)
  if twice then return document.fail(path, ("streams names '%s' twice"):format(twice)) end
  return configured
end

return catalog
