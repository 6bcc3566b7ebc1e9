-- Where a list is asked for, and with which query. Its views share it.
local contexts = require "reading.context"
local url = require "lib.url"

local list_source = {}
list_source.__index = list_source

---@class list_source
---@field path string
---@field fallback string? asked in the path's place where the server has given that up
---@field params table
---@field narrowed string? what is to be said once the list turns out to hold records
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

-- A list may be asked for more widely than each server allows. Returns the parameter by which it is.
local function widest(self)
  local of_api = self.stream.api.widest
  return of_api and tostring(self.params[of_api.parameter]) == tostring(of_api.value) and of_api or nil
end

---The list's first page was refused, or is empty, where it is asked for more widely than by default: the default is asked
---for from now on.
---@param page page? nil: it was refused
---@param answer answer
---@return boolean
function list_source:narrow(page, answer)
  local of_api = widest(self)
  local refused = (answer.status == 400 or answer.status == 403) and not answer.smaller
  local empty = page and page:count() + page:nulls() == 0
  if not of_api or not refused and not empty then return false end
  local params = {}
  for name, value in pairs(self.params) do params[name] = name ~= of_api.parameter and value or nil end
  self.params = params
  self.narrowed = ("%s; the list is read without %s=%s, %s"):format(refused and answer.message
    or "the first page is empty", of_api.parameter, of_api.value, of_api.without)
  return true
end

---What may be missing from a page, as it could not be asked for more widely; told once, nil where nothing is.
---@param page page
---@return string?
function list_source:take_narrowed(page)
  local words = page:count() > 0 and self.narrowed or nil
  if words then self.narrowed = nil end
  return words
end

---Is there another list that holds as much, to be asked at once where this one is gone?
---@return boolean
function list_source:replaceable()
  local known = self.fallback and self.stream.api.fallbacks
  return known ~= nil and known[self.stream.fallback] ~= nil and known[self.stream.fallback].complete == true
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
