-- The states of an earlier read, in every form that platforms hand over; what is none of them is refused before any
-- record is read, for taking it as no state would send everything again.
local document = require "document"
local json = require "json"

local state = {}

local function key_of(name, namespace)
  return json.encode { name, namespace ~= json.null and namespace or nil }
end

local function add_stream(path, states, stream, where)
  local descriptor = type(stream) == "table" and stream.stream_descriptor
  if type(descriptor) ~= "table" or type(descriptor.name) ~= "string" then
    return document.fail(path, where .. ".stream_descriptor.name must be a string")
  end
  local value = stream.stream_state
  if value ~= nil and value ~= json.null and (type(value) ~= "table" or value[1] ~= nil) then
    return document.fail(path, ("%s.stream_state of '%s' must be an object, and is %s"):format(where, descriptor.name,
      document.kind(value)))
  end
  if value ~= json.null then states[key_of(descriptor.name, descriptor.namespace)] = value end
  return true
end

local function add_global(path, states, global, where)
  local list = type(global) == "table" and global.stream_states
  if type(list) ~= "table" then return document.fail(path, where .. ".global.stream_states must be an array") end
  if type(global.shared_state) == "table" and next(global.shared_state) then
    return document.fail(path, where .. ".global.shared_state: perigee's streams share no state")
  end
  for i, stream in ipairs(list) do
    local ok, wrong, kind = add_stream(path, states, stream, ("%s.global.stream_states[%d]"):format(where, i - 1))
    if not ok then return nil, wrong, kind end
  end
  return true
end

local function add_message(path, states, message, where)
  if type(message) ~= "table" then
    return document.fail(path, where .. " must be an object, and is " .. document.kind(message))
  end
  if message.type == "STREAM" then return add_stream(path, states, message.stream, where .. ".stream") end
  if message.type == "GLOBAL" then return add_global(path, states, message.global, where) end
  return document.fail(path, ("%s.type must be STREAM or GLOBAL, and is %s"):format(where,
    type(message.type) == "string" and message.type or document.kind(message.type)))
end

---@param path string?
---@return table<string, table>? states to be asked with state.of
---@return string? message
---@return string? failure_type
function state.read(path)
  local states = {}
  if not path then return states end
  local value, wrong, kind = document.read(path)
  if kind then return nil, wrong, kind end
  if value == json.null then return states end
  if type(value) ~= "table" or value[1] == nil and next(value) ~= nil then
    return document.fail(path, "must be an array of states, and is " .. document.kind(value))
  end
  for i, message in ipairs(value) do
    local ok, why, failure = add_message(path, states, message, ("[%d]"):format(i - 1))
    if not ok then return nil, why, failure end
  end
  return states
end

---The state of one stream, or nil. States without a namespace are those of a stream that has one now, too.
---@param states table<string, table>
---@param name string
---@param namespace string?
---@return table?
function state.of(states, name, namespace)
  return states[key_of(name, namespace)] or states[key_of(name)]
end

return state
