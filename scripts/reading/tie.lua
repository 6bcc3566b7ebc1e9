-- Rows of equal times that pages cut. Servers sort such rows anew for each answer, so that some come twice and others never;
-- but one answer is sorted once. So they are read again: with a page that holds them all; where none does, in several passes
-- with pages of several sizes, until as many rows came as there are places.
local keys = require "keys"

local tie = {}
tie.__index = tie

local MOST, ENOUGH = 12, 3 -- passes; and in a row that brought nothing new
local STEP = 14 -- pages become smaller by such a part, from pass to pass
local KEYS, EARLIEST, LATEST = 20000, math.mininteger + 1, math.maxinteger

---@class tie
---@field field string by which the list is ordered, as far as is known
---@field spans table<string, {newest: integer, oldest: integer}>? which times each field has in rows of the position
---@field from integer the rows' times: from here on
---@field to integer and before this
---@field first integer a place at or above their top: of the list, or of a position
---@field held fun(size: integer, offset: integer): string?, integer token of the page of that size that holds a place, and
---its own first place
---@field place place? the position that they have
---@field after string? the token of what follows their position; nil: nothing
---@field largest integer the size that the server gives pages, which may be less than what they are asked for with
---@field most integer? the server gives no page beyond this place
---@field below string? where it gives no more of them: the token of what follows them
---@field count integer? places that they take, as the last pass that saw all of these brought them
---@field changed boolean? passes found different numbers of places: the list changes
---@field passes integer so far
---@field idle integer of them, the last ones in a row that brought nothing new
---@field all userdata keys of the rows that came, and of those before them in the list
---@field above userdata keys of the latter alone

local function new(of)
  of.passes, of.idle, of.all, of.above = 0, 0, keys.set(KEYS), keys.set(KEYS)
  return setmetatable(of, tie)
end

-- Notes the times of a page that holds nothing but rows of the position. The field that varies least is the list's order.
local function measure(self, page)
  local found
  for field, span in pairs(self.spans) do
    span.newest = math.max(span.newest, page:newest(field) or span.newest)
    span.oldest = math.min(span.oldest, page:oldest(field) or span.oldest)
    local least = found and self.spans[found]
    local less = least and (span.newest - span.oldest) - (least.newest - least.oldest)
    if not less or less < 0 or less == 0 and field < found then found = field end
  end
  if self.field ~= found then self.all, self.above, self.count = keys.set(KEYS), keys.set(KEYS), nil end
  self.field, self.from = found, self.spans[found].oldest
end

---Rows of one position.
---@param fields string[] by which the list may be ordered
---@param place place
---@param page page that holds nothing else
---@return tie
function tie.of_position(fields, place, page)
  local made = new { to = LATEST, first = 0, place = place, most = place.most, spans = {}, largest = page:count(),
    held = function(_, offset) return place.at(offset), offset end }
  for _, field in ipairs(fields) do
    made.spans[field] = { newest = page:newest(field) or EARLIEST, oldest = page:oldest(field) or EARLIEST }
  end
  measure(made, page)
  return made
end

---Rows of one time, where pages have numbers.
---@param field string
---@param time integer
---@param place place
---@param first integer
---@return tie
function tie.of_time(field, time, place, first)
  return new { field = field, from = time, to = time + 1, first = first, held = place.held, largest = place.size }
end

---How many different rows came.
---@return integer
function tie:seen() return self.all:count() - self.above:count() end

-- Does their position go on behind a page? Then that holds nothing else.
local function goes_on(self, walk, page)
  local token = walk.list.next
  local place = token and walk.list.page_tokens.read(token)
  if not place or place.kind ~= "position" or place.at(0) ~= self.place.at(0) then
    self.after = place and place.at(0)
    return false
  end
  measure(self, page)
  return true
end

-- Is this the last page that holds some of them?
local function is_last(self, walk, page)
  if self.place then return not goes_on(self, walk, page) end
  local oldest = page:oldest(self.field)
  return not walk.list.next or oldest ~= nil and oldest < self.from
end

-- Does a pass's first page show that they begin there?
local function shows_top(self, page, start)
  local newest = page:newest(self.field)
  return start == 0 or newest ~= nil and newest >= self.to
end

-- Which rows came is told by how many more the one set holds than the other.
local function note(self, page, one)
  local before = one.came:count()
  page:remember(one.came, "all")
  one.repeats = one.repeats + page:count() - (one.came:count() - before)
  page:remember(self.all, "all", { [self.field] = self.from })
  page:remember(self.above, "all", { [self.field] = self.to })
end

-- The token of the rows that are older than the first one of the page that came last, where the server names it.
local function below(list)
  local of_api = list.stream.api.below
  return of_api and of_api(list.last_response)
end

-- Fetches the page that holds a place; its new rows go out.
local function fetch(self, walk, size, at, take)
  local token, start = self.held(size, at)
  local page, message, kind, outcome = walk.list:fetch { token = token, size = size }
  if not page then return nil, message, kind, outcome end
  take(page)
  return page, start
end

-- Reads them once, with pages of a size; all but the first are as large as may be where the server gives no page beyond a
-- place. Places are counted where all pages were seen that hold some.
local function pass(self, walk, size, take)
  local at, field, from = self.first, self.field, self.from
  local one = { pages = 0, count = 0, repeats = 0, came = keys.set(KEYS) }
  repeat
    local of_size = self.most and one.pages > 0 and self.largest or size
    local page, start, kind, outcome = fetch(self, walk, of_size, at, take)
    if not page then return nil, start, kind, outcome end
    if one.pages == 0 then one.top = shows_top(self, page, start) end
    one.ended = is_last(self, walk, page)
    if self.most and start >= self.most then self.below = below(walk.list) end
    note(self, page, one)
    one.pages, one.count = one.pages + 1, one.count + select(3, page:digest(self.field, self.from, self.to))
    page:close()
    at = not one.ended and self.place and walk.list.page_tokens.read(walk.list.next).offset or start + of_size
  until one.ended or self.most and at > self.most
  if not one.top or not one.ended or self.field ~= field or self.from ~= from then one.count = nil end
  return one
end

-- The sizes to read with: one whose page holds them all comes first.
local function sizes(self, count)
  local largest, found = self.largest, {}
  for size = largest, count or largest + 1, -1 do
    local _, start = self.held(size, self.first)
    if start + size >= self.first + count then
      found[1] = size
      break
    end
  end
  local step = math.max(1, largest // STEP)
  for size = largest, math.min(2, largest), -step do found[#found + 1] = size end
  return found
end

-- Counts another pass. Returns whether all rows are known: one answer held them; or it brought none twice, and none that is new;
-- or it found as many places as the one before, and the rows of all passes, to which two in a row added none, fill these.
local function settle(self, one, before)
  self.idle = self.passes > 1 and self:seen() == before and self.idle + 1 or 0
  if one.count and one.pages == 1 then
    self.count = one.count
    return true
  end
  local clean = one.ended and one.top and one.repeats == 0
  if clean and self.idle > 0 then return true end
  local whole = one.count ~= nil and one.count == self.count and self:seen() == one.count and self.idle > 1
  if one.count and not clean and (self.count and one.count ~= self.count or self:seen() > one.count) then
    self.all, self.above, self.changed = keys.set(KEYS), keys.set(KEYS), true
  end
  self.count = one.count or self.count
  return whole
end

---Reads them until they are known to be whole.
---@param walk page_walk
---@param count integer? places that they and a row on either side take, as far as is known
---@param most integer? passes
---@param take fun(page: page) has its new rows go out
---@return boolean? whole nil: a page could not be fetched
---@return string? message
---@return string? failure_type
---@return outcome? outcome
function tie:read(walk, count, most, take)
  local found = sizes(self, count)
  repeat
    self.passes = self.passes + 1
    local before = self:seen()
    local one, message, kind, outcome = pass(self, walk, found[(self.passes - 1) % #found + 1], take)
    if not one then return nil, message, kind, outcome end
    if settle(self, one, before) then return true end
    if not one.top then self.first = math.max(0, self.first - self.largest) end
  until self.passes == (most or MOST) or self.idle >= ENOUGH and (not self.count or self.passes > #found)
  return false
end

return tie
