-- The documents that we are handed (catalogue, state): read, validated, and refused with the file and place named.
local cjson = require "cjson"
local json = require "json"
local set_of = require "lib.set_of"
local suggest = require "lib.suggest"

local document = {}

---A message about a file, as all of them are worded.
---@param path string
---@param message string
---@return nil, string message, string failure_type
function document.fail(path, message)
  return nil, path .. ": " .. message, "config_error"
end

---Decodes a file's text with our own decoder, which keeps integers, arrays and nulls.
---@param path string for messages
---@param text string
---@return any? value
---@return string? message
---@return string? failure_type
function document.parse(path, text)
  if not text:find "%S" then return document.fail(path, "is empty") end
  local value, why, code = json.decode(text)
  if code then return document.fail(path, "is not JSON: " .. why) end
  return value
end

---Decodes text that our scanner has validated: lua-cjson alone would accept what is no JSON.
---@param path string for messages
---@param text string
function document.decode(path, text)
  local valid, message = json.valid(text)
  if not valid then return document.fail(path, "is not JSON: " .. message) end
  local ok, value = pcall(cjson.decode, text)
  if not ok then return document.fail(path, "cannot be read: " .. tostring(value)) end
  return value
end

---What a value is called in messages.
---@param value any
---@return string
function document.kind(value)
  if value == nil then return "missing" end
  if value == json.null then return "null" end
  if type(value) == "table" then return value[1] ~= nil and "an array" or next(value) and "an object" or "empty" end
  if json.is_number(value) then return "a number" end
  local kinds = { string = "a string", boolean = "a boolean" }
  return kinds[type(value)] or type(value)
end

---What stands where a text is to be, for messages. In place of a secret that is no string stands false.
---@param value any
---@return string
function document.found(value)
  if value == "" then return "is empty" end
  return "is " .. (value == false and "not one" or document.kind(value))
end

---The key of an object that was probably meant for another one, which it lacks.
---@param name string of the key that is lacking
---@param given table
---@param known string[] all keys that are right
---@return string?
function document.misspelt(name, given, known)
  local right, unknown = set_of(known), {}
  for other in pairs(given) do
    if not right[other] then unknown[#unknown + 1] = tostring(other) end
  end
  table.sort(unknown)
  return given[name] == nil and suggest.nearest(name, unknown) or nil
end

return document
