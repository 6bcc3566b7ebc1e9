-- The states of an earlier read, in every form that platforms hand over; what is none of them is refused before any
-- record is read, for taking it as no state would send everything again.
local document = require "config.document"
local json = require "json"

local state = {}

-- Where the states of streams stand in a document, in all forms but the oldest: they are not taken apart, for hundreds of
-- projects may have a part in each.
local PLACES = json.array()
for _, before in ipairs { "", "*.", "state.", "*.state." } do
  for _, place in ipairs { "stream.stream_state", "global.stream_states.*.stream_state", "data.*" } do
    PLACES[#PLACES + 1] = before .. place
  end
end

local function key_of(name, namespace)
  return json.encode { name, namespace ~= json.null and namespace or nil }
end

-- Early releases of the connector that this one replaces wrote the text "None", or an empty one, for no state.
local function is_none(value)
  return value == nil or value == json.null or value == "" or value == "None" or type(value) == "table" and next(value) == nil
end

local function is_object(value) return json.is_text(value) or type(value) == "table" and value[1] == nil end

local function add(path, states, name, namespace, value, where)
  if is_none(value) then return true end
  if not is_object(value) then
    return document.fail(path, ("%s of '%s' must be an object, and is %s"):format(where, name, document.kind(value)))
  end
  states[key_of(name, namespace)] = json.is_text(value) and value or json.text(value)
  return true
end

local CAMEL = "is a state in the camelCase of Airbyte's API (it has %s); a source is handed stream_descriptor and stream_state"

local function add_stream(path, states, stream, where)
  local descriptor = type(stream) == "table" and stream.stream_descriptor
  if type(stream) == "table" and stream.streamDescriptor ~= nil then
    return document.fail(path, CAMEL:format "streamDescriptor")
  end
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

local FROM_TOP = "; without a state the streams are read from their top"

-- Taken for an object of all streams' states, what is none would have everything read again.
local function names_any(value, names)
  if is_none(value) then return true end
  for _, name in ipairs(names) do
    if value[name] ~= nil then return true end
  end
end

-- A state that stands alone: a message, or one object for all streams.
local function add_object(path, states, value, names)
  local named = type(value.type) == "string" and (readers[value.type] or value.type == "STATE")
  if named then return add_message(path, states, value, "the state") end
  local ok, wrong, kind = add_legacy(path, states, value, "the state")
  if not ok or not names or names_any(value, names) then return ok, wrong, kind end
  local given = {}
  for name in pairs(value) do given[#given + 1] = name end
  table.sort(given)
  return document.fail(path, ("is no state, for none of its names is that of a stream: %s%s"):format(
    table.concat(given, ", ", 1, math.min(#given, 10)), FROM_TOP))
end

local CAMEL_CASE = { "streamDescriptor", "streamState", "stateType", "globalState" }

-- Files that are handed over in a state's place, and states of other protocols.
local function name_foreign(value)
  if type(value) ~= "table" then return nil end
  if type(value.log) == "table" and value.log.entries then return "is a recording (an HTTP Archive), and no state" end
  local singer = type(value.value) == "table" and value.value or value
  if singer.bookmarks ~= nil then
    return "is a state of Singer's (it has bookmarks), which says nothing of perigee's cursors" .. FROM_TOP
  end
  for _, name in ipairs(CAMEL_CASE) do
    if value[name] ~= nil then return CAMEL:format(name) end
  end
end

local function find_foreign(value)
  local foreign = name_foreign(value)
  for _, one in ipairs(not foreign and type(value) == "table" and value or {}) do
    foreign = foreign or name_foreign(one)
  end
  return foreign
end

local UNCUT = "; keep the lines that read printed, each whole, and take all others out"

local function add_all(path, states, messages)
  for i, message in ipairs(messages) do
    local ok, wrong, kind = add_message(path, states, message, ("[%d]"):format(i - 1))
    if not ok then return nil, wrong, kind end
  end
  return states
end

-- Of what `read` printed, or the STATE lines of it, as a person keeps them who has no platform, the last of each stream.
local function take_printed(path, messages, foreign_line)
  if foreign_line then return document.fail(path, ("line %d is no message%s"):format(foreign_line, UNCUT)) end
  if not messages[1] then return document.fail(path, "holds no STATE message yet; leave --state out to read from the top") end
  local foreign = find_foreign(messages)
  if foreign then return document.fail(path, foreign) end
  return add_all(path, {}, messages)
end

local function take_document(path, value, names)
  if is_none(value) then return {} end
  if type(value) ~= "table" then
    return document.fail(path, "must be an array of states, and is " .. document.kind(value))
  end
  local foreign = find_foreign(value)
  if foreign then return document.fail(path, foreign) end
  if not is_object(value) then return add_all(path, {}, value) end
  local states = {}
  local ok, wrong, kind = add_object(path, states, value, names)
  if not ok then return nil, wrong, kind end
  return states
end

local CODES = { unreadable = "%s", empty = "%s", malformed = "is not JSON: %s",
  cut = "holds a STATE that is cut or has other text in it" .. UNCUT }

---@param path string?
---@param names string[]? of all streams: an object that is keyed by none of them is no state
---@return table<string, json.text>? states to be asked with state.of
---@return string? message
---@return string? failure_type
function state.read(path, names)
  if not path then return {} end
  local kind, value, foreign = require("files").read_states(path, PLACES)
  if not kind then return document.fail(path, (CODES[foreign]:format(value))) end
  if kind == "printed" then return take_printed(path, value, foreign) end
  return take_document(path, value, names)
end

---The state of one stream, as its text, or nil. States without a namespace are those of a stream that has one now, too.
---@param states table<string, json.text>
---@param name string
---@param namespace string?
---@return json.text?
function state.text_of(states, name, namespace)
  return states[key_of(name, namespace)] or states[key_of(name)]
end

---The state of one stream, or nil.
---@param states table<string, json.text>
---@param name string
---@param namespace string?
---@return table?
function state.of(states, name, namespace)
  local text = state.text_of(states, name, namespace)
  return text and json.decode(text)
end

---All of them, in the order of the streams' names.
---@param states table<string, json.text>
---@return {name: string, namespace: string?, state: table}[]
function state.list(states)
  local list = {}
  for key, value in pairs(states) do
    local name = json.decode(key)
    list[#list + 1] = { name = name[1], namespace = name[2], state = json.decode(value), key = key }
  end
  table.sort(list, function(a, b) return a.key < b.key end)
  return list
end

---The streams that the states are of, where none of them is to be read.
---@param states table<string, json.text>
---@param configured configured[]
---@return string[]? names nil: there is no state, or one of a stream that is read
function state.of_others(states, configured)
  for _, one in ipairs(configured) do
    if state.text_of(states, one.name, one.namespace) then return nil end
  end
  local names = {}
  for key in pairs(states) do names[#names + 1] = json.decode(key)[1] end
  table.sort(names)
  return names[1] and names
end

return state
