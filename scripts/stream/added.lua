-- The fields that each record of a stream gets, as its `add` says: what its requests know and its records do not name.
local body = require "api.body"
local merged = require "lib.merged"

local added = {}

local MOST = 8 -- as in runtime/page/page_add.h

---Is it what `add` may be?
---@param value any
---@return boolean
---@return string wanted
function added.check(value)
  local wanted, count = 'a table of at most eight names and values, such as { issue_id = "{parent.id}" }', 0
  if type(value) ~= "table" then return false, wanted end
  for name, one in pairs(value) do
    local kind = type(one)
    local is_plain = kind == "boolean" or kind == "number" or kind == "string" and (body.is_named(one) or not one:find "[{}]")
    if type(name) ~= "string" or not name:find "^[%w_-]+$" or not is_plain then return false, wanted end
    count = count + 1
  end
  return count > 0 and count <= MOST, wanted
end

local filled = setmetatable({}, { __mode = "k" }) -- the text of each context, which all pages of its list have

---The fields as JSON: an object.
---@param stream stream
---@param context context of its list
---@param values fun(of: context): table<string, any> context.values
---@return string? text
---@return string? message what is missing
function added.text(stream, context, values)
  local text, lacks = filled[context], nil
  if not text then text, lacks = body.fill(stream.add, {}, {}, values(context), "'add'") end
  filled[context] = text
  return text, lacks
end

---The stream as its own lists know it: a cursor field that is added is in none of their records.
---@param stream stream
---@return stream
function added.listed(stream)
  if not stream.cursor or not stream.add or stream.add[stream.cursor.field] == nil then return stream end
  local listed = merged(stream)
  listed.cursor = nil
  return listed
end

---The fields of a key that the server itself sends.
---@param key string[]
---@param add table?
---@return string[]
function added.rest(key, add)
  local rest = {}
  for _, name in ipairs(key) do
    if not (add and add[name] ~= nil) then rest[#rest + 1] = name end
  end
  return rest
end

return added
