-- Streams that the configuration describes without a script: `explore`. What they are, the default API knows.
local api = require "api.default"
local document = require "config.document"
local json = require "json"
local stream_scripts = require "stream_scripts"

local SCRIPT = "return require %q.described(require %q.decode(%q))"

local function check(given, where, taken)
  if type(given) ~= "table" then return where .. " must be an object, and is " .. document.kind(given) end
  if type(given.name) ~= "string" or not given.name:find "^[%w_-]+$" or #given.name > 100 then
    return where .. ".name must be of letters, digits, _ and -, 100 at most"
  end
  if taken[given.name] then
    return ("%s.name '%s' is the name of %s; choose another"):format(where, given.name, taken[given.name])
  end
  local wrong = api.explore.wrong(given)
  return wrong and ("%s: %s"):format(where, wrong)
end

---@param value any
---@return {name: string, script: string}[]? streams
---@return string? message
return function(value)
  if value == nil then return {} end
  if type(value) ~= "table" or value[1] == nil and next(value) ~= nil then
    return nil, "explore must be a list, and is " .. document.kind(value)
  end
  local taken, list = {}, {}
  for name in pairs(select(3, stream_scripts.list()) or {}) do taken[name] = "a shipped stream" end
  for i, given in ipairs(value) do
    local wrong = check(given, ("explore[%d]"):format(i - 1), taken)
    if wrong then return nil, wrong end
    taken[given.name] = "another entry"
    list[i] = { name = given.name, script = SCRIPT:format(api.explore.module, "json", json.encode(given)) }
  end
  return list
end
