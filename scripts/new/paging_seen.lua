-- How a list goes on, as two exchanges that follow each other show it.
local exchange = require "new.exchange"
local json = require "json"
local link = require "api.link"
local paging_names = require "new.paging_names"
local sample = require "new.sample"
local schema_node = require "new.schema_node"
local shape = require "new.shape"

local paging_seen = {}

local LONG = 6 -- characters of a text that is found again by no chance

---@class seen_paging
---@field paging table
---@field parameter seen_parameter? of the second request, by which it differs
---@field why string

-- Texts, numbers and lists are alike where JSON has them so; a query has texts alone.
local function alike(a, b)
  if type(a) == "table" and not json.is_number(a) or type(b) == "table" and not json.is_number(b) then
    return type(a) == type(b) and json.encode(a) == json.encode(b)
  end
  return a ~= nil and b ~= nil and type(a) ~= "boolean" and tostring(a) == tostring(b)
end

local function by_address(first, second, place, is_secret)
  local found = first.response_headers.link and link.next(first.response_headers.link)
  if found and exchange.leads_to(first, found.url, second, is_secret) then
    return { paging = { link = true }, why = "the second request is the one that the Link header names" }
  end
  local path
  sample.each_mark(first.document, place, function(at, value)
    local is_address = type(value) == "string" and value:find "[/?]"
    if not path and is_address and exchange.leads_to(first, value, second, is_secret) then path = at end
  end)
  return path and { paging = { next = path }, why = "the second request is the one that stands there in the first response" }
end

---The parameters by which the second of two requests differs.
---@param first exchange
---@param second exchange
---@param is_secret fun(name: string): boolean
---@return {parameter: seen_parameter, before: any}[]
function paging_seen.changes(first, second, is_secret)
  local before, list = {}, {}
  for _, parameter in ipairs(exchange.parameters(first)) do before[parameter.key] = parameter.value end
  for _, parameter in ipairs(exchange.parameters(second)) do
    local same = alike(before[parameter.key], parameter.value) or before[parameter.key] == parameter.value
    if not same and not is_secret(parameter.name) and parameter.value ~= json.null then
      list[#list + 1] = { parameter = parameter, before = before[parameter.key] }
    end
  end
  return list
end

local function is_next(path)
  local plain = schema_node.plain(path:match "([^%.]+)$" or path)
  return plain:find "next" or plain:find "cursor" or plain:find "token" or plain:find "after" or plain:find "marker"
    or plain:find "continu" or plain:find "offset" or plain:find "scroll" or plain:find "last%a*id$"
    or plain:find "last%a*key$"
end

local function by_token(change, first, place, certain)
  local path, rank
  sample.each_mark(first.document, place, function(at, value)
    if not alike(value, change.parameter.value) then return end
    local of_next = is_next(at)
    local long = type(value) == "string" and #value >= LONG or type(value) == "table" and not json.is_number(value)
    if not of_next and (certain or not long) then return end
    local own = of_next and 2 or 1
    if not rank or own > rank then path, rank = at, own end
  end)
  return path and { paging = { cursor = change.parameter.name, next = path }, parameter = change.parameter,
    why = "the second request has the value that stands there in the first response" }
end

-- Has each record another value? A filter, such as a status, has the same in many.
local function differs(rows, name)
  local seen = {}
  for _, row in ipairs(rows) do
    local value = row[name]
    local text = value ~= nil and value ~= json.null and json.encode(value)
    if not text or seen[text] then return false end
    seen[text] = true
  end
  return true
end

local function by_last(change, rows, key)
  local last = rows[#rows]
  if not last then return nil end
  local names = {}
  for name in pairs(last) do names[#names + 1] = name end
  table.sort(names, function(a, b)
    if (a == key) ~= (b == key) then return a == key end
    return a < b
  end)
  for _, name in ipairs(names) do
    if alike(last[name], change.parameter.value) and differs(rows, name) then
      return { paging = { cursor = change.parameter.name, last = shape.join(nil, name) }, parameter = change.parameter,
        why = "the second request has that field of the first response's last record" }
    end
  end
end

local function number_of(value)
  return math.tointeger(type(value) == "string" and value:find "^%d+$" and tonumber(value) or value)
end

-- Numbers that grow by themselves may be those of users.
local function may_count(name, role)
  local plain = schema_node.plain(name)
  return role ~= nil and role ~= "size" or #plain <= 2 or plain:find "page" or plain:find "offset" or plain:find "start"
    or plain:find "skip" or plain:find "index" or plain:find "from" or plain:find "row" or plain:find "pos"
end

local function by_number(change, rows)
  local before, after, name = number_of(change.before), number_of(change.parameter.value), change.parameter.name
  if not after or change.before ~= nil and change.before ~= json.null and not before then return nil end
  local role = paging_names.role(name, { types = { integer = true } })
  if not may_count(name, role) then return nil end
  local is_page = before and after == before + 1 or not before and (after == 2 or after == 1)
  local is_offset = #rows > 0 and after == (before or 0) + #rows
  if is_page and not (is_offset and role == "offset") then
    local first = before or after - 1
    return { paging = { page = name, first = first ~= 1 and first < 2 and first or nil }, parameter = change.parameter,
      why = ("it was %d after %s"):format(after, before or "a request without it") }
  end
  if is_offset then
    return { paging = { offset = name }, parameter = change.parameter,
      why = ("it was %d after %d records"):format(after, #rows) }
  end
end

---What leads from the first of two exchanges to the second; nil: nothing is seen to.
---@param first exchange
---@param second exchange
---@param place record_place
---@param key string? of the records
---@param is_secret fun(name: string): boolean
---@return seen_paging?
function paging_seen.of(first, second, place, key, is_secret)
  local found = by_address(first, second, place, is_secret)
  if found then return found end
  local rows, changes = sample.rows(first.document, place), paging_seen.changes(first, second, is_secret)
  for _, certain in ipairs { true, false } do
    for _, change in ipairs(changes) do
      found = by_token(change, first, place, certain) or by_number(change, rows) or not certain and by_last(change, rows, key)
      if found then return found end
    end
  end
  for _, change in ipairs(changes) do
    found = by_last(change, rows, key)
    if found then return found end
  end
end

return paging_seen
