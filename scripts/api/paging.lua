-- How a list goes on from one page to the next, as a stream's `paging` says it. Each kind gives: `next`, the
-- cursor of the page after a response, `turn`, which puts a cursor into a query, and `read`, what kind of place it names.
local json = require "json"
local link = require "api.link"

local paging = {}

---@class paging
---@field next fun(response: response, page: page, page_size: integer?): string?, string? cursor, or nil and what is wrong
---@field turn fun(query: table, cursor: string?) changes the query of a list's first page into that of another
---@field read fun(cursor: string): place
---@field numbered boolean? cursors are numbers of pages

local function opaque(text)
  return { kind = "opaque", offset = 0, text = text, at = function() return text end }
end

-- A token of the server's, which it may have forgotten when it is asked for.
local function named(text)
  local place = opaque(text)
  place.named = true
  return place
end

-- ---- nothing follows

local none = { next = function() end, turn = function() end, read = opaque }

-- ---- counting: pages, or records

-- The value of a parameter in a response's own address, which has it as it was sent.
local function sent(response, name)
  local query = response.url:match "%?(.*)$" or ""
  for parameter, value in query:gmatch "([^&=]*)=?([^&]*)" do
    if parameter == name then return math.tointeger(tonumber(value)) end
  end
end

-- A page shorter than requested is the last one only where the server has shown that it gives as many: one that
-- caps its pages in silence would look as if it ended.
local function ending()
  local most = 0
  return function(page, page_size)
    most = math.max(most, page:count())
    return page:count() == 0 or page_size and most >= page_size and page:count() < page_size
  end
end

local function by_page(given)
  local first, ends = given.first or 1, ending()
  return {
    next = function(response, page, page_size)
      if ends(page, page_size) then return nil end
      return tostring((sent(response, given.page) or first) + 1)
    end,
    turn = function(query, cursor) query[given.page] = cursor or first end,
    numbered = true,
    read = function(text) return { kind = "page", offset = 0, text = text, at = function() return text end } end,
  }
end

local function by_offset(given)
  local ends = ending()
  return {
    next = function(response, page, page_size)
      if ends(page, page_size) then return nil end
      return tostring((sent(response, given.offset) or 0) + page:count())
    end,
    turn = function(query, cursor) query[given.offset] = cursor or 0 end,
    read = function(text)
      local offset = math.tointeger(tonumber(text)) or 0
      return { kind = "offset", offset = offset, text = text, at = function(n) return ("%d"):format(n) end }
    end,
  }
end

-- ---- what the response says

-- The value that leads to the next page. A misspelt path would look like the end of each list, so the object around it must
-- be there, and a full page must be followed by something.
local function value_at(page, path, page_size)
  local value = page:value(path)
  if value == json.null or value == "" or value == false then return nil end
  if value ~= nil then return value end
  local around = path:match "^(.+)%.[^.]*$"
  if around and page:value(around) == nil or page_size and page:count() >= page_size then
    return nil, ("the response has no '%s', so whether more pages follow cannot be known"):format(path)
  end
end

local function by_cursor(given)
  return {
    next = function(_, page, page_size)
      local value, wrong = value_at(page, given.next, page_size)
      if value == nil then return nil, wrong end
      if type(value) == "string" or json.is_number(value) and not tostring(value):find "[^%d-]" then return tostring(value) end
      return nil, ("the response's '%s' is no cursor"):format(given.next)
    end,
    turn = function(query, cursor) query[given.cursor] = cursor end,
    read = named,
  }
end

local function unescape(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- The query of a next page's address, which must be the list's own: no other is requested.
local function query_of(target, response)
  local here = response.url:match "^[^?#]*"
  local place, query = target:match "^([^?#]*)%??([^#]*)"
  if place == "" or place == here or place == here:match "^%a+://[^/]*(.*)$" then return query end
  return nil, "the response names a next page elsewhere: " .. target:sub(1, 200)
end

local function turn_to(query, cursor)
  if not cursor then return end
  for name in pairs(query) do query[name] = nil end
  for name, value in cursor:gmatch "([^&=]+)=?([^&]*)" do
    local key, known = unescape(name), query[unescape(name)]
    if type(known) == "table" then known[#known + 1] = unescape(value)
    else query[key] = known and { known, unescape(value) } or unescape(value) end
  end
end

local function by_url(find)
  return {
    next = function(response, page, page_size)
      local target, wrong = find(response, page, page_size)
      if target == nil then return nil, wrong end
      if type(target) ~= "string" then return nil, "the next page's address is no text" end
      return query_of(target, response)
    end,
    turn = turn_to, read = named,
  }
end

local function by_link()
  return by_url(function(response)
    local found = link.next(response:header "Link" or "")
    return found and found.url
  end)
end

-- ---- a script's own way: a function of (response, page) that returns the parameters of the next page

local function by_function(f)
  return {
    next = function(response, page)
      local parameters = f(response, page)
      if not parameters then return nil end
      if type(parameters) ~= "table" then
        error(("'paging' must return a table of parameters, or nil at the end, not a %s"):format(type(parameters)), 0)
      end
      return json.encode(parameters)
    end,
    turn = function(query, cursor)
      for name, value in pairs(cursor and json.decode(cursor) or {}) do query[name] = value end
    end,
    read = opaque,
  }
end

-- ---- the kinds

local function is_text(value) return type(value) == "string" and value ~= "" end

local kinds = {
  { make = by_page, fields = { page = is_text, first = function(value) return math.type(value) == "integer" end } },
  { make = by_offset, fields = { offset = is_text } },
  { make = by_cursor, fields = { cursor = is_text, next = is_text } },
  { make = by_link, fields = { link = function(value) return value == true end } },
  { fields = { next = is_text }, make = function(given)
    return by_url(function(_, page, page_size) return value_at(page, given.next, page_size) end)
  end },
}
local optional = { first = true }

local function fits(given, kind)
  for name, value in pairs(given) do
    if not kind.fields[name] or not kind.fields[name](value) then return false end
  end
  for name in pairs(kind.fields) do
    if given[name] == nil and not optional[name] then return false end
  end
  return true
end

local function kind_of(given)
  for _, kind in ipairs(kinds) do
    if fits(given, kind) then return kind end
  end
end

---Is this a `paging` that a stream may have?
---@param given any
---@return boolean
---@return string wanted
function paging.check(given)
  local ok = given == "none" or type(given) == "function" or type(given) == "table" and kind_of(given) ~= nil
  return ok, [["none", { page = "page" }, { offset = "offset" }, { cursor = "cursor", next = "meta.next" }, ]]
    .. [[{ next = "links.next" }, { link = true }, or a function]]
end

---@param given "none"|table|function
---@return paging
function paging.of(given)
  if given == "none" then return none end
  if type(given) == "function" then return by_function(given) end
  return kind_of(given).make(given)
end

return paging
