-- Addresses, as scripts put them together.
local json = require "json"
local sorted_names = require "lib.sorted_names"
local suggest = require "lib.suggest"

local url = {}

local function escape(c) return ("%%%02X"):format(c:byte()) end

---Percent-encodes one part of a path.
---@param text string
---@return string
function url.encode(text)
  return (text:gsub("[^%w%-._~]", escape))
end

---Fields as a query or a form has them, in order of their names, so that the same fields are the same text. The values of a list
---stay in its order.
---@param fields table<string, any>
---@return string
function url.encode_fields(fields)
  local names, parts = {}, {}
  for name in pairs(fields) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = fields[name]
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      parts[#parts + 1] = url.encode(name) .. "=" .. url.encode(tostring(one))
    end
  end
  return table.concat(parts, "&")
end

---`a.b` is b of a.
---@param values table<string, any>
---@param name string
---@return any
function url.look_up(values, name)
  local value = values
  for part in name:gmatch "[^.]+" do
    if type(value) ~= "table" then return nil end
    value = value[part]
  end
  return value
end

-- Why a value cannot stand in a path: a handle would show where a secret stands, and dots would lead elsewhere.
local function why_invalid(value)
  local is_whole = value ~= nil and json.is_number(value) and not tostring(value):find "[^%d-]"
  if type(value) ~= "string" and not is_whole then return "which is not there" end
  if tostring(value):find "^<secret:" then return "which is a secret: those go where `auth` says" end
  if value == "" then return "which is empty" end
  if value == "." or value == ".." then return ("which is '%s'"):format(value) end
end

-- The name nearest to a wrong one; of `a.b`, among the fields of a.
local function suggestion(name, values)
  local owner, last = name:match "^(.+%.)([^.]+)$"
  local among = owner and url.look_up(values, owner) or values
  local best = suggest(last or name, sorted_names(type(among) == "table" and among or {}))
  return best and (" (did you mean '%s%s'?)"):format(owner or "", best) or ""
end

---Fills in `{name}` from a table, and `{name.field}` from tables in it; each value is percent-encoded.
---@param template string such as "projects/{organization}/{project}/"
---@param values table<string, any>
---@return string? path
---@return string? message names what is missing
function url.fill(template, values)
  local wrong
  local path = template:gsub("{([%w_.]+)}", function(name)
    local value = url.look_up(values, name)
    local why = why_invalid(value)
    if why and not wrong then
      wrong = ("the path %s needs '%s', %s%s"):format(template, name, why, value == nil and suggestion(name, values) or "")
    end
    return url.encode(tostring(value))
  end)
  if wrong then return nil, wrong end
  return path
end

return url
