-- The contract of a stream: what its table may hold, what is wrong with one, and the default of each field.
local nearest = require "nearest"
local sentry = require "sentry"

local contract = {}

---@class cursor
---@field field string the record's field that incremental reading goes by
---@field ordered_by string[]? fields by which a server may list newest first; none: the list has no order to stop on
---@field window boolean? the endpoint may understand `start` and `end`

---@class stream
---@field name string the stream's name in the catalogue
---@field path string below the API's base; `{organization}` and other config keys are filled in
---@field fallback string? the path to ask where a server no longer has the list's own
---@field params table<string, any>? query parameters
---@field primary_key string|string[]?
---@field identity string|string[]? what makes one record another, where servers lack the primary key
---@field cursor cursor? without one the stream is full refresh only
---@field single boolean? the answer is one record, not a list
---@field rows string? where the list is in the answer, names joined by dots
---@field schema table|string? a JSON Schema, or its file below schemas/; default: NAME.json, else the key and cursor
---@field scope string? what a token needs for it, for messages
---@field api table? another API than Sentry's
---@field hosts string|string[]? further hosts that it may ask; of a script in the configuration, `hosts` beside it counts instead
---@field tests table? functions by name, or a list of {name, function}: see `perigee test`

local function is_text(value) return type(value) == "string" and value ~= "", "a non-empty string" end
local function is_flag(value) return type(value) == "boolean", "true or false" end
local function is_table(value) return type(value) == "table", "a table" end

local function is_schema(value) return type(value) == "table" or is_text(value), "a table, or a file's name" end

local function is_names(value)
  if type(value) == "string" then return value ~= "", "a name, or a list of names" end
  if type(value) ~= "table" or #value == 0 then return false, "a name, or a list of names" end
  for _, name in ipairs(value) do
    if type(name) ~= "string" then return false, "a name, or a list of names" end
  end
  return true
end

local stream_fields = {
  name = is_text, path = is_text, fallback = is_text, params = is_table, primary_key = is_names, identity = is_names,
  cursor = is_table, single = is_flag, rows = is_text, scope = is_text, api = is_table, schema = is_schema,
  tests = is_table, hosts = is_names,
}
local cursor_fields = { field = is_text, ordered_by = is_names, window = is_flag }

local function sorted_names(fields)
  local names = {}
  for name in pairs(fields) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function check_fields(given, fields, where)
  for _, name in ipairs(sorted_names(given)) do
    local check = fields[name]
    if not check then
      local meant = nearest(name, sorted_names(fields))
      return nil, ("%sthere is no field '%s'%s"):format(where, name, meant and (" (did you mean '%s'?)"):format(meant) or "")
    end
    local ok, wanted = check(given[name])
    if not ok then return nil, ("%s'%s' must be %s"):format(where, name, wanted) end
  end
  return true
end

local function as_list(names)
  if type(names) == "string" then return { names } end
  return names or {}
end

-- With every default filled in, so that nothing else has to know them.
local function complete(given)
  local stream = {}
  for name, value in pairs(given) do stream[name] = value end
  stream.primary_key = as_list(given.primary_key)
  stream.identity = given.identity and as_list(given.identity) or stream.primary_key
  stream.params = given.params or {}
  stream.hosts = given.hosts and as_list(given.hosts)
  stream.api = given.api or sentry
  if given.cursor then
    stream.cursor = { field = given.cursor.field, window = given.cursor.window, ordered_by = as_list(given.cursor.ordered_by) }
  end
  return stream
end

---Checks what a stream's script returned.
---@param given any
---@param name string the file's name, which the stream's must be
---@return stream? stream with all defaults
---@return string? message
function contract.check(given, name)
  if type(given) ~= "table" then return nil, "its script must return a table, not " .. type(given) end
  local ok, message = check_fields(given, stream_fields, "")
  if not ok then return nil, message end
  for _, required in ipairs { "name", "path" } do
    if not given[required] then return nil, ("'%s' is missing"):format(required) end
  end
  if given.name ~= name then
    return nil, ("its name is '%s', and that of its file or entry '%s'; they must be the same"):format(given.name, name)
  end
  if given.cursor then
    ok, message = check_fields(given.cursor, cursor_fields, "cursor: ")
    if not ok then return nil, message end
    if not given.cursor.field then return nil, "cursor: 'field' is missing" end
  end
  return complete(given)
end

return contract
