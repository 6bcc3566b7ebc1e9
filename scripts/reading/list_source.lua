-- Where a list is asked for, and with which query. Its views share it.
local contexts = require "reading.context"
local url = require "lib.url"

local list_source = {}
list_source.__index = list_source

---@class list_source
---@field path string
---@field fallback string? asked in the path's place where the server has given that up
---@field params table
---@field page_size page_size
---@field stream stream

---@param stream stream
---@param context context
---@param page_size page_size
---@param asked string? the path that was asked last, which may be the fallback
---@return list_source? source
---@return string? message
---@return string? failure_type
function list_source.new(stream, context, page_size, asked)
  local values, fallback = contexts.values(context), nil
  local path, missing = url.fill(stream.path, values)
  if path and stream.fallback then fallback, missing = url.fill(stream.fallback, values) end
  if missing then return nil, missing, "config_error" end
  local params = type(stream.params) == "function" and stream.params(context) or stream.params
  if type(params) ~= "table" then return nil, "'params' must return a table, not a " .. type(params), "config_error" end
  if asked and asked ~= path then path, fallback = asked, nil end
  return setmetatable({ stream = stream, path = path, fallback = fallback, params = params, page_size = page_size },
    list_source)
end

---@param ask {token: string?, from: integer?, to: integer?}
---@return table
function list_source:query(ask)
  local query, stream = {}, self.stream
  for name, value in pairs(self.params) do query[name] = value end
  if ask.to then stream.api.windows.put(query, ask.from, ask.to) end
  if stream.single then return query end
  self.page_size:put(query)
  stream.api.turn(query, ask.token)
  return query
end

---The server has given up the path (410; 404): the other one is asked from now on.
---@param answer answer
---@return boolean
function list_source:fall_back(answer)
  if not self.fallback or answer.status ~= 410 and answer.status ~= 404 then return false end
  self.path, self.fallback = self.fallback, nil
  return true
end

return list_source
