-- How a list goes on from one page to the next, as a stream's `paging` says it. Each kind gives: `next`, the token of the page
-- after a response, `turn`, which puts a token into a query, and `read`, what kind of place it names.
local body = require "api.body"
local ends = require "api.list_end"
local json = require "json"
local link = require "api.link"
local member = require "lib.member"
local next_address = require "api.next_address"
local sorted_names = require "lib.sorted_names"
local suggest = require "lib.suggest"

local paging = {}

---@class paging
---@field next fun(response: response, page: page, page_size: integer?, token: string?): string?, string?, string? the token of
---the next page; or nil, and where something is wrong what, and a code. `token` led to this page; nil: it is the first
---@field turn fun(query: table, token: string?) changes the query of a list's first page into that of another
---@field read fun(token: string): place
---@field path (fun(token: string): string?)? the path that a token leads to, below the host; nil: the list's own
---@field numbered boolean? tokens are numbers of pages
---@field counted boolean? a page behind the last one may be refused

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

local function says_end(given) return given.more ~= nil or given.total ~= nil or given.total_pages ~= nil end

-- A token is the page's number, and the rows before it.
local function by_page(given)
  local first, is_last = given.first or 1, ends.of_counted(given)
  local function number_of(token) return math.tointeger(tonumber(token and token:match "^%-?%d+")) or first end
  return {
    next = function(_, page, page_size, token)
      local number, before = number_of(token), math.tointeger(tonumber(token and token:match "%((%d+) rows%)$")) or 0
      local rows = before + page:units()
      local last, wrong, code = is_last(page, { rows = rows, number = number - first + 1, size = page_size, token = token })
      if last or wrong then return nil, wrong, code end
      return ("%d (%d rows)"):format(number + 1, rows)
    end,
    turn = function(query, token) query[given.page] = number_of(token) end,
    numbered = true, counted = not says_end(given),
    read = function(text) return { kind = "page", offset = 0, text = text, at = function() return text end } end,
  }
end

-- In a list whose order is known, pages overlap by a row; without one, an offset is the number of rows so far: many servers
-- take multiples of the page size alone.
local function by_offset(given, ordered)
  local is_last = ends.of_counted(given)
  local function offset_of(token) return math.tointeger(tonumber(token)) or 0 end
  return {
    next = function(_, page, page_size, token)
      local rows = offset_of(token) + page:units()
      local last, wrong, code = is_last(page, { rows = rows, size = page_size, token = token })
      if last or wrong then return nil, wrong, code end
      return ("%d"):format(rows)
    end,
    turn = function(query, token) query[given.offset] = offset_of(token) end,
    -- A page that overlaps begins at a row that came: where it is refused, the server may take multiples of the page size
    -- alone, and the rest would be lost.
    counted = not says_end(given) and not ordered,
    read = function(text)
      return { kind = ordered and "offset" or "rows", offset = offset_of(text), text = text,
        at = function(n) return ("%d"):format(n) end }
    end,
  }
end

-- ---- what the response says

-- A token that goes into a body is any JSON, byte for byte: Elasticsearch's is an array of what a row was sorted by.
local function put_token(query, name, token)
  query[name] = token and body.is_named(name) and json.valid(token) and body.raw(token) or token
end

local function by_cursor(given)
  return {
    next = function(_, page, page_size, token)
      local value, wrong, code = ends.value(page, given, page_size, token)
      if value == nil then return nil, wrong, code end
      -- A token that stays, as a scroll's does: where it brings no row any more, the list ends.
      if tostring(value) == token and not given.more and page:count() + page:nulls() == 0 then return nil end
      if body.is_named(given.cursor) then return (page:value(given.next, true)) end
      if type(value) == "string" or json.is_number(value) and not tostring(value):find "[^%d-]" then return tostring(value) end
      return nil, ("the response's '%s' is no cursor"):format(given.next), "no_paging"
    end,
    turn = function(query, token) put_token(query, given.cursor, token) end,
    read = named,
  }
end

local function of_record(text)
  local place = named(text)
  place.of_record = true
  return place
end

-- The page token is a field of the last record: `starting_after`, or `since_id`.
local function by_last(given)
  local is_last = ends.of_counted(given)
  return {
    next = function(_, page, page_size, token)
      local last, wrong, code = is_last(page, { rows = page:count(), size = page_size, token = token })
      if last or wrong or page:units() == 0 then return nil, wrong, code end
      local record = page:count() > 0 and page:record(page:count()) or "null"
      local value = member.of(json.decode(record), given.last)
      if value and value ~= json.null and body.is_named(given.cursor) then return (json.slice(record, given.last)) end
      if type(value) == "string" and value ~= "" or json.is_number(value or false) then return tostring(value) end
      return nil, ("the last record of the page has no '%s' to go on with; check the stream's `paging`"):format(given.last),
        "no_paging"
    end,
    turn = function(query, token) put_token(query, given.cursor, token) end,
    read = of_record,
  }
end

local function by_address(find)
  return {
    next = function(response, page, page_size, token)
      local target, wrong, code = find(response, page, page_size, token)
      if target == nil then return nil, wrong, code end
      if type(target) ~= "string" then return nil, "the next page's address is no text", "no_paging" end
      return next_address.token(target, response)
    end,
    turn = next_address.turn, path = next_address.path, read = named,
  }
end

local function by_link(given)
  return by_address(function(response, page, _, token)
    local more, wrong, code = ends.says_more(page, given, token)
    if more == false or wrong then return nil, wrong, code end
    local found, unreadable = link.next(response:header "Link" or "")
    if unreadable then return nil, unreadable, "no_next" end
    if found or not more then return found and found.url end
    return nil, ("the response's '%s' says that more follows, and no Link header names it"):format(given.more), "no_paging"
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
      local ok, text = pcall(json.encode, parameters)
      if not ok then error("'paging' must return parameters that can be sent: " .. text, 0) end
      return text
    end,
    turn = function(query, token)
      for name, value in pairs(token and json.decode(token) or {}) do query[name] = value end
    end,
    read = opaque,
  }
end

-- ---- the kinds

local function is_text(value) return type(value) == "string" and value ~= "" end
local function is_path(value) return member.is_path(value) end
local function is_integer(value) return math.type(value) == "integer" end
local function is_true(value) return value == true end

local kinds = {
  { make = by_page, needs = { page = is_text },
    may = { first = is_integer, more = is_path, total = is_path, total_pages = is_path } },
  { make = by_offset, needs = { offset = is_text }, may = { more = is_path, total = is_path } },
  { make = by_cursor, needs = { cursor = is_text, next = is_path }, may = { more = is_path } },
  { make = by_last, needs = { cursor = is_text, last = is_path }, may = { more = is_path } },
  { make = by_link, needs = { link = is_true }, may = { more = is_path } },
  { needs = { next = is_path }, may = { more = is_path }, make = function(given)
    return by_address(function(_, page, page_size, token) return ends.value(page, given, page_size, token) end)
  end },
}

local function fits(given, kind)
  for name, value in pairs(given) do
    local check = kind.needs[name] or kind.may[name]
    if not check or not check(value) then return false end
  end
  for name in pairs(kind.needs) do
    if given[name] == nil then return false end
  end
  return true
end

local function kind_of(given)
  for _, kind in ipairs(kinds) do
    if fits(given, kind) then return kind end
  end
end

local WANTED = [["none", { page = "page" }, { offset = "offset" }, { cursor = "cursor", next = "meta.next" }, ]]
  .. [[{ cursor = "after", last = "id" }, { next = "links.next" }, { link = true }, each also with more = "has_more", or a ]]
  .. [[function; `page` and `offset` also with total = "meta.total", and `page` with first = 0 or total_pages = "meta.pages"]]

-- The name that no kind of paging has, and the one that is near.
local function misspelt(given)
  local known = {}
  for _, kind in ipairs(kinds) do
    for _, fields in ipairs { kind.needs, kind.may } do
      for name in pairs(fields) do known[name] = true end
    end
  end
  local names = sorted_names(known)
  for name in pairs(given) do
    if not known[name] then return ("; there is no '%s'%s"):format(tostring(name), suggest.hint(tostring(name), names)) end
  end
  return ""
end

---Is this a `paging` that a stream may have?
---@param given any
---@return boolean
---@return string wanted
function paging.check(given)
  local ok = given == "none" or type(given) == "function" or type(given) == "table" and kind_of(given) ~= nil
  return ok, WANTED .. (type(given) == "table" and not ok and misspelt(given) or "")
end

---@param given "none"|table|function
---@param ordered boolean? is the order known in which the list comes?
---@return paging
function paging.of(given, ordered)
  if given == "none" then return none end
  if type(given) == "function" then return by_function(given) end
  return kind_of(given).make(given, ordered)
end

return paging
