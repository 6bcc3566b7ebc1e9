-- Fields of the configuration that narrow a list: `narrowed_by` of a stream says by which parameters. A list that is narrowed in
-- another way is another list, so states and ledgers tell the one from the other.
local set_of = require "lib.set_of"
local sorted_names = require "lib.sorted_names"

local narrowing = {}

-- The configuration's fields; the streams say what they do.
local FIELDS = { "issue_query", "environments", "release" }
local KNOWN = set_of(FIELDS)

---@param value any
---@return boolean
---@return string wanted
function narrowing.check(value)
  local wanted = ("a table of parameters by fields of the configuration (%s), each a name, or { name, form of the text }")
    :format(table.concat(FIELDS, ", "))
  if type(value) ~= "table" then return false, wanted end
  for field, to in pairs(value) do
    local name, form = to, "%s"
    if type(to) == "table" then name, form = to[1], to[2] end
    if not KNOWN[field] or type(name) ~= "string" or type(form) ~= "string" then return false, wanted end
  end
  return true, wanted
end

---Is this a field of the configuration that narrows lists?
---@param name string
---@return boolean
function narrowing.has(name) return KNOWN[name] == true end

local function is_given(value) return value ~= nil and value ~= "" and not (type(value) == "table" and #value == 0) end

-- Each that is given, in order: its parameter, and its value there.
local function parameters(stream, config)
  local given = {}
  for _, field in ipairs(sorted_names(stream.narrowed_by or {})) do
    local to, value = stream.narrowed_by[field], config[field]
    if is_given(value) then
      local name, form = to, nil
      if type(to) == "table" then name, form = to[1], to[2] end
      given[#given + 1] = { name = name, value = form and form:format((value:gsub('"', '\\"'))) or value }
    end
  end
  return given
end

---The parameters of a list with those that narrow it: texts go behind one another, as the terms of a search do.
---@param stream stream
---@param config table
---@param params table
---@return table
function narrowing.params(stream, config, params)
  local given = parameters(stream, config)
  if #given == 0 then return params end
  local made = {}
  for name, value in pairs(params) do made[name] = value end
  for _, one in ipairs(given) do
    local before = made[one.name]
    local joined = type(before) == "string" and before ~= "" and type(one.value) == "string"
    made[one.name] = joined and before .. " " .. one.value or one.value
  end
  return made
end

local function text_of(value) return type(value) == "table" and table.concat(value, "\n") or value end

---In which way a list is narrowed, by the fields that do so; of children any that may narrow the list of their parents.
---@param stream stream
---@param config table
---@return table<string, string>
function narrowing.of(stream, config)
  local here = {}
  for _, field in ipairs(type(stream.parent) == "string" and FIELDS or sorted_names(stream.narrowed_by or {})) do
    if is_given(config[field]) then here[field] = text_of(config[field]) end
  end
  return here
end

return narrowing
