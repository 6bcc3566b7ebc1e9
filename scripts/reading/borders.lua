-- Minds where pages cut rows of equal times, in a list that has an order: all of these are read again (tie.lua) before any
-- state says that they are known. The sign is that rows come twice, for then as many others came never. Rows of one position
-- that a page holds are read from their top anyway.
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
---@field rows tie? of one position, more than a page holds, which are being walked
---@field place place? of the page under way, where pages have numbers

---@param parts backfill_parts
---@param walk page_walk
---@return borders
function borders.new(parts, walk) return setmetatable({ parts = parts, walk = walk }, borders) end

---A slice is begun.
function borders:begin()
  self.torn, self.time, self.start, self.top = false, nil, 0, 0
  self.place, self.field, self.rows = nil, nil, nil
end

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
  local whole, message, kind, outcome = rows:read(walk, count, before and 1, function(page) parts.intake:take(page, slice) end)
  if whole == nil then return nil, message, kind, outcome end
  local hits = walk.list.hits
  if whole or before or hits.all and not hits.at_least and rows:seen() >= hits.all then return true end
  if rows.changed then return nil, "the list changes faster than it can be read", "transient_error" end
  lost:add(time, rows:seen(), rows.count or hits.all)
  return true
end

-- ---- positions

-- More rows of one position than a page holds are walked with an overlap of a row. Where a page does not begin with a known row,
-- or holds more of them than pages overlap, the server sorts anew: all are read again when their end, or the last place, is met.
local function look_at_position(self, slice, page, place)
  local walk, rows = self.walk, self.rows
  local more = place ~= nil and place.at(0) == slice.token and page:count() > 0
  if rows then
    local known = keys.set(page:count() + 1)
    page:remember(known, walk.near)
    self.torn = self.torn or not page:joins(walk.near) or known:count() > walk.covered
    local stuck = more and place.most and walk.offset >= place.most
    if stuck or self.torn and not more then
      self.rows, self.torn = nil, false
      local ok, message, kind, outcome = mend(self, slice, rows)
      if not ok then return nil, message, kind, outcome end
      return rows.below or rows.after or false
    end
  end
  self.rows = more and (rows or tie.of_position(self.parts.order.candidates, place, page)) or nil
  return true
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
  if parts.passes or parts.keyless or #parts.order.candidates == 0 or not walk.list.page_size.current then return true end
  local place = token and walk.list.page_tokens.read(token)
  local last = place or self.place
  if last and last.held then return look_at_number(self, slice, page, place) end
  if last and last.kind == "position" or self.rows then return look_at_position(self, slice, page, place) end
  return true
end

return borders
