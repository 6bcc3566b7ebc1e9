-- The states of an earlier read, in every form that platforms hand over; what is none of them is refused before any
-- record is read, for taking it as no state would send everything again.
local document = require "config.document"
local json = require "json"

local state = {}

local function key_of(name, namespace)
  return json.encode { name, namespace ~= json.null and namespace or nil }
end

-- Early releases of the connector that this one replaces wrote the text "None", or an empty one, for no state.
local function is_none(value)
  return value == nil or value == json.null or value == "" or value == "None" or type(value) == "table" and next(value) == nil
end

local function is_object(value) return type(value) == "table" and value[1] == nil end

local function add(path, states, name, namespace, value, where)
  if is_none(value) then return true end
  if not is_object(value) then
    return document.fail(path, ("%s of '%s' must be an object, and is %s"):format(where, name, document.kind(value)))
  end
  states[key_of(name, namespace)] = value
  return true
end

local function add_stream(path, states, stream, where)
  local descriptor = type(stream) == "table" and stream.stream_descriptor
  if type(descriptor) ~= "table" or type(descriptor.name) ~= "string" then
    return document.fail(path, where .. ".stream_descriptor.name must be a string")
  end
  return add(path, states, descriptor.name, descriptor.namespace, stream.stream_state, where .. ".stream_state")
end

local function add_global(path, states, global, where)
  local list = type(global) == "table" and global.stream_states
  if type(list) ~= "table" then return document.fail(path, where .. ".stream_states must be an array") end
  if not is_none(global.shared_state) then
    return document.fail(path, where .. ".shared_state: perigee's streams share no state")
  end
  for i, stream in ipairs(list) do
    local ok, wrong, kind = add_stream(path, states, stream, ("%s.stream_states[%d]"):format(where, i - 1))
    if not ok then return nil, wrong, kind end
  end
  return true
end

-- One object of the states of all streams, by their names: before there were messages for each, and in their type LEGACY.
local function add_legacy(path, states, data, where)
  if not is_none(data) and not is_object(data) then
    return document.fail(path, where .. " must be an object, and is " .. document.kind(data))
  end
  for name, value in pairs(is_none(data) and {} or data) do
    local ok, wrong, kind = add(path, states, name, nil, value, where)
    if not ok then return nil, wrong, kind end
  end
  return true
end

local readers = {
  STREAM = { "stream", add_stream }, GLOBAL = { "global", add_global }, LEGACY = { "data", add_legacy },
}

-- Old messages have no type: what they hold tells.
local function type_of(message)
  if not is_none(message.type) then return message.type end
  for name, reader in pairs(readers) do
    if type(message[reader[1]]) == "table" then return name end
  end
end

local function add_message(path, states, message, where)
  if type(message) ~= "table" then
    return document.fail(path, where .. " must be an object, and is " .. document.kind(message))
  end
  if message.type == "STATE" then return add_message(path, states, message.state, where .. ".state") end
  local type_given = type_of(message)
  local reader = readers[type_given]
  if reader then return reader[2](path, states, message[reader[1]], where .. "." .. reader[1]) end
  return document.fail(path, ("%s.type must be STREAM, GLOBAL or LEGACY, and is %s"):format(where,
    type(type_given) == "string" and type_given or document.kind(type_given)))
end

-- A state that stands alone: a message, or one object for all streams.
local function add_object(path, states, value)
  local named = type(value.type) == "string" and (readers[value.type] or value.type == "STATE")
  if named then return add_message(path, states, value, "the state") end
  return add_legacy(path, states, value, "the state")
end

-- What `read` printed, or the STATE lines of it, as a person keeps them who has no platform: an array of these.
local function printed(text)
  if not text:find '^{"type":"%u[^\n]*\n+{' then return text end
  local states = {}
  for line in text:gmatch "[^\n]+" do
    if line:find '^{"type":"STATE"' then
      states[#states + 1] = line
    elseif not line:find '^{"type":"%u' then
      return text
    end
  end
  return states[1] and "[" .. table.concat(states, ",\n") .. "]" or text -- with none it is another file than was meant
end

---@param path string?
---@return table<string, table>? states to be asked with state.of
---@return string? message
---@return string? failure_type
function state.read(path)
  local states = {}
  if not path then return states end
  local value, wrong, kind = document.read(path, printed)
  if kind then return nil, wrong, kind end
  if is_none(value) then return states end
  if type(value) ~= "table" then
    return document.fail(path, "must be an array of states, and is " .. document.kind(value))
  end
  if is_object(value) then
    local ok, why, failure = add_object(path, states, value)
    if not ok then return nil, why, failure end
    return states
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
