-- Minds where pages cut rows of equal times, in a list that has an order: all of these are read again (tie.lua) before any
-- state says that they are known. Rows of one position are, where they are more than a page; fewer are read from their top
-- anyway. Rows on two pages with numbers are, where one of them comes twice: then another one came never.
local keys = require "keys"
local tie = require "reading.tie"

local borders = {}
borders.__index = borders

---@class borders of the slice under way
---@field parts backfill_parts
---@field walk page_walk
---@field field string? by which pages with numbers are ordered
---@field time integer? of the last row before the page under way
---@field torn boolean a row of that time came twice
---@field start integer? the place in the list of the first row of the page under way, where pages have numbers
---@field top integer the place of the first row of `time`
---@field place place? of the page under way, where pages have numbers
---@field most integer rows on one page so far

---@param parts backfill_parts
---@param walk page_walk
---@return borders
function borders.new(parts, walk) return setmetatable({ parts = parts, walk = walk, most = 0 }, borders) end

---A slice is begun.
function borders:begin() self.torn, self.time, self.start, self.top, self.place, self.field = false, nil, 0, 0, nil, nil end

-- The field that tells which rows of the list stand together.
local function field_of(self)
  local parts = self.parts
  return parts.order:is_by(parts.field) and parts.field or parts.order.candidates[1] or parts.field
end

-- Reads the rows of a tie again. What stays unknown though nothing changes is noted as lost.
local function mend(self, slice, rows, count)
  local parts, walk = self.parts, self.walk
  local time, lost = rows.from, parts.progress.lost
  local before = lost:has(time)
  local size = math.min(walk:page_size(), math.max(2, self.most)) -- the server may cut what is asked for
  local function take(page) parts.intake:take(page, slice) end
  local whole, message, kind, outcome = rows:read(walk, size, count, before and 1, take)
  if whole == nil then return nil, message, kind, outcome end
  local hits = walk.list.hits
  if whole or before or hits.all and not hits.at_least and rows:seen() >= hits.all then return true end
  if rows.changed then return nil, "the list changes faster than it can be read", "transient_error" end
  lost:add(time, rows:seen(), rows.count or hits.all)
  return true
end

-- ---- positions

-- Rows that fill the page are of one position, and more of them follow: it is read here, and the walk goes on behind it.
local function look_at_position(self, slice, page, place)
  if not place or place.at(0) ~= slice.token and place.offset < page:count() or page:count() == 0 then return true end
  local parts = self.parts
  local rows = tie.of_position(parts.order.candidates, place, page)
  local ok, message, kind, outcome = mend(self, slice, rows)
  if not ok then return nil, message, kind, outcome end
  return rows.below or rows.after or false
end

-- ---- pages that have numbers

-- Did a row of the page come on the one before?
local function came_twice(self, page)
  local known = keys.set(page:count() + 1)
  page:remember(known, self.walk.near)
  return known:count() > 0
end

-- The rows of a time end on this page, or at the border before it.
local function mend_border(self, slice, page, field)
  local first = math.max(0, self.top - 1)
  local last = self.start + select(3, page:digest(field, self.time, self.time + 1))
  self.torn = false
  return mend(self, slice, tie.of_time(field, self.time, self.place, first), last + 1 - first)
end

local function look_at_number(self, slice, page, place)
  local field = self.field or field_of(self)
  local newest, oldest = page:newest(field), page:oldest(field)
  local goes_on = self.time ~= nil and newest == self.time
  self.torn = self.torn or goes_on and came_twice(self, page)
  local fills = goes_on and oldest == newest
  if self.torn and not (fills and place) then
    local ok, message, kind, outcome = mend_border(self, slice, page, field)
    if not ok then return nil, message, kind, outcome end
  end
  if not fills and oldest then
    self.top = self.start + page:count() - select(3, page:digest(field, oldest, oldest + 1))
  end
  self.field, self.time, self.place, self.start = field, oldest, place or self.place, place and place.start
  return true
end

---Looks at a page whose new rows have gone out, before its place is noted.
---@param slice slice
---@param page page
---@param token string? of the page that follows
---@return boolean|string|nil on true: with the page that follows; or a token to go on with; false: nothing follows
---@return string? message
---@return string? failure_type
---@return outcome? outcome
function borders:look(slice, page, token)
  local walk, parts = self.walk, self.parts
  self.most = math.max(self.most, page:count() + page:nulls())
  if parts.passes or parts.keyless or #parts.order.candidates == 0 or not walk.list.page_size.current then return true end
  local place = token and walk.list.page_tokens.read(token)
  local last = place or self.place
  if last and last.held then return look_at_number(self, slice, page, place) end
  if last and last.kind == "position" then return look_at_position(self, slice, page, place) end
  return true
end

return borders
