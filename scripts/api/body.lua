-- The JSON body of a list's requests, as a stream declares it. A text that is a name in braces stands for a value: for the
-- parameter of that name, which `paging`, `page_size` or `cursor` puts there in place of the query; else for a key of the
-- configuration or a field of the parent.
local json = require "json"
local url = require "lib.url"

local body = {}

local raw = { __name = "raw JSON" }

---A value that goes into the body as the server wrote it.
---@param text string JSON
---@return table
function body.raw(text) return setmetatable({ text = text }, raw) end

---Is it the name of a parameter that stands in the body?
---@param name any
---@return boolean
function body.is_named(name) return type(name) == "string" and name:find "^{[%w_.]+}$" ~= nil end

local function add_names(set, value)
  if body.is_named(value) then set[value] = true end
  if type(value) ~= "table" then return end
  for key, item in pairs(value) do
    for _, name in ipairs { key, item } do
      if body.is_named(name) then set[name] = true end
    end
  end
end

---The parameters of a stream that stand in its body: left out where a request has no value for one.
---@param given table the stream's own table
---@return table<string, true>
function body.names(given)
  local set = { ["{cursor}"] = type(given.paging) == "function" or nil }
  add_names(set, given.paging)
  add_names(set, given.page_size)
  for _, value in pairs(given.cursor or {}) do add_names(set, value) end
  return set
end

local function has(value, name)
  if type(value) ~= "table" then return value == name end
  for _, item in pairs(value) do
    if has(item, name) then return true end
  end
  return false
end

---What is wrong with the body of a stream's table, beside its parameters; nil: nothing.
---@param given table
---@return string?
function body.wrong(given)
  for name in pairs(body.names(given)) do
    if given.body == nil and type(given.paging) ~= "function" then
      return ("%s is a value of a 'body', and there is none"):format(name)
    end
    if type(given.body) == "table" and type(given.paging) ~= "function" and not has(given.body, name) then
      return ("'body' has no value \"%s\", which is where %s goes"):format(name, name)
    end
  end
end

-- A value that is written as it is, marked in the text that is to be encoded.
local function mark(texts, value)
  texts[#texts + 1] = getmetatable(value) == raw and value.text or json.encode(value)
  return ("\1%d\1"):format(#texts)
end

local function value_of(name, state)
  local query = state.query[name]
  if query ~= nil then return mark(state.texts, query) end
  if state.names[name] then return nil end
  local value = url.look_up(state.values, name:sub(2, -2))
  local is_secret = type(value) == "string" and value:find "^<secret:"
  if value == nil or is_secret then
    state.wrong = state.wrong or ("%s needs '%s', which is %s"):format(state.what, name:sub(2, -2),
      is_secret and "a secret: those go where `auth` says" or "not there")
    return nil
  end
  return mark(state.texts, value)
end

local function filled(value, state)
  if body.is_named(value) then return value_of(value, state) end
  if type(value) ~= "table" then return value end
  if next(value) == nil then return value end
  local copy = {}
  if value[1] ~= nil then
    for _, item in ipairs(value) do copy[#copy + 1] = filled(item, state) end
    return json.array(copy)
  end
  for name, item in pairs(value) do copy[name] = filled(item, state) end
  return copy
end

---The body's text. Takes what went into it out of the query.
---@param template table
---@param names table<string, true> as of body.names
---@param query table
---@param values table<string, any>
---@param what string? that is filled, for messages
---@return string? text
---@return string? message what is missing
function body.fill(template, names, query, values, what)
  local state = { names = names, query = query, values = values, texts = {}, what = what or "the body" }
  local text = json.encode(filled(template, state))
  if state.wrong then return nil, state.wrong end
  for name in pairs(names) do query[name] = nil end
  return (text:gsub('"\\u0001(%d+)\\u0001"', function(number) return state.texts[tonumber(number)] end))
end

return body
