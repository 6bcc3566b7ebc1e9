-- How a state tells times, or the ids that a cursor has in place of them; or what in their place cannot be understood.
local clock = require "clock"
local json = require "json"

local state_time = {}

---@alias times table<string, integer> microseconds by field

---What stands in a state, for messages.
---@param value any
---@return string
function state_time.kind(value)
  if value == json.null then return "null" end
  return type(value) == "string" and ("'%s'"):format(value:sub(1, 60)) or type(value) == "number" and tostring(value)
    or type(value) == "table" and "an array or object" or tostring(value)
end

---@param value any
---@return boolean
function state_time.absent(value) return value == nil or value == json.null end

---@param value any
---@param where string for messages
---@param ids boolean? it is an id
---@return integer? us
---@return string? message
function state_time.read(value, where, ids)
  local us
  if ids then us = math.type(value) == "integer" and value
  else us = type(value) == "string" and clock.parse(value) end
  if us then return us end
  return nil, ("%s must be %s, and is %s"):format(where, ids and "an id, a whole number"
    or "a time such as 2026-01-31T18:21:07.123456Z", state_time.kind(value))
end

---@param value any an object of times by field; nothing is none
---@param where string
---@param ids boolean?
---@return times? times
---@return string? message
function state_time.read_all(value, where, ids)
  if state_time.absent(value) then return nil end
  if type(value) ~= "table" then
    return nil, ("%s must be an object of times, and is %s"):format(where, state_time.kind(value))
  end
  local times = {}
  for field, text in pairs(value) do
    local us, wrong = state_time.read(text, where .. "." .. tostring(field), ids)
    if not us then return nil, wrong end
    times[field] = us
  end
  return times
end

---@param us integer
---@param ids boolean?
---@return string|integer
function state_time.write(us, ids) return ids and us or clock.format(us) end

---@param times times?
---@param ids boolean?
---@return table? nil: there are none
function state_time.write_all(times, ids)
  if not times or not next(times) then return nil end
  local texts = {}
  for field, us in pairs(times) do texts[field] = state_time.write(us, ids) end
  return texts
end

return state_time
