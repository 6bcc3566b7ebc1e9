-- Reads slices, one after the other, page by page. A read has one slice reader, or several at once (parallel_slices.lua).
local borders = require "reading.borders"
local novelty = require "reading.novelty"
local page_walk = require "reading.page_walk"

local slice_reader = {}
slice_reader.__index = slice_reader

local LARGE = 8 << 20 -- bytes of a page; it is decoded whole, so fewer records are asked for where they are large

---@alias outcome
---| "done" a slice was read to its end
---| "divided" the rest is to be read in other slices
---| "unwindowed" windows do not hold: the list is to be read without them
---| "restart" the page size, or the list's path, is another now: the slice is to be read from its top
---| "stopped" no further page is wanted

---@class slice_reader
---@field parts backfill_parts
---@field list list a view of its own
---@field walk page_walk
---@field novelty novelty? where a script says how the list goes on, which may be wrong
---@field oldest integer? of the cursor field, on the last page
---@field span integer? microseconds that the last page reached over

---@param parts backfill_parts
---@param list list
---@param alone boolean no other slice of the list is read meanwhile
---@return slice_reader
function slice_reader.new(parts, list, alone)
  local walk = page_walk.new(parts, list, alone)
  return setmetatable({ parts = parts, list = list, walk = walk, borders = borders.new(parts, walk),
    novelty = list.stream.api.declared_paging and not parts.steady and novelty.new(parts.keyless) or nil }, slice_reader)
end

---Notes how far a page reaches, for whoever divides what is left.
---@param page page
function slice_reader:measure(page)
  local field = self.parts.field
  local newest, oldest = field and page:newest(field), field and page:oldest(field)
  self.oldest, self.span = oldest or self.oldest, oldest and math.max(newest - oldest, 1) or self.span
end

-- Where the next page is a place whatever its size, and the API takes a size, large pages become smaller.
local function fit(self, token, page)
  local bytes, current = page:size(), self.list.page_size.current
  self.list.page_size:weigh(bytes)
  if bytes <= LARGE or not current or not token or not self.walk:is_fixed(token) then return end
  self.list:lower_page_size(math.max(2, current * LARGE // bytes), ("a page of %d MiB"):format(bytes >> 20))
end

-- Goes on at a token other than the one that the server gave.
local function jump(walk, slice, token)
  slice:leave_window(token)
  return function()
    walk.offset, walk.covered = 0, 0
    return walk:fetch(slice, { token = token })
  end
end

-- How far down a slice may be asked for by windows; nil: it need not be all, and windows hold, only then may days be passed over.
local function least_of(self, slice)
  local windows = self.parts.windows
  if not slice.share or not windows:in_order() or not windows:prove() then return nil end
  return math.max(slice.lower[self.parts.field] or math.mininteger, windows:earliest())
end

-- A window that begins on days of other shards begins with the newest day of ours. Returns whether it has none.
local function skip_days(self, slice)
  local least = slice.upper and not slice.token and least_of(self, slice)
  local upper = least and slice.share:down_from(slice.upper, least)
  if upper and upper ~= slice.upper then slice:enter_window(upper) end
  return least and not upper
end

-- Where a page lies wholly on days of other shards, and what stands out of order beside it, too: moves the slice to the next day
-- of ours. Returns whether there is none; or the function that fetches its first page.
local function pass_over(self, slice, page)
  if not slice.share then return nil end
  local newest, oldest = page:newest(self.parts.field), page:oldest(self.parts.field)
  local least = oldest and least_of(self, slice)
  local upper = least and slice.share:down_from(newest + 2 * self.parts.order.disorder + 1, least)
  if not least or upper and upper > oldest - 2 * self.parts.order.disorder then return nil end
  if not upper then return true end
  slice:enter_window(upper)
  self.borders:begin()
  return false, function() return self.walk:begin(slice) end
end

-- Where the slice goes on after a page: nowhere, or by the function that fetches the next page. Rows of equal times that the
-- page's border cut are read again before.
local function go_on(self, slice, page, token)
  local walk, over = self.walk, not token or self.parts.order:covers(slice, page)
  local on, message, kind, outcome = true, nil, nil, nil
  if not token or not over or self.borders.torn then on, message, kind, outcome = self.borders:look(slice, page, token) end
  walk:note(page)
  if on == nil then return false, function() return nil, message, kind, outcome end end
  if over or not on then return true end
  local passed, fetch = pass_over(self, slice, page)
  if passed ~= nil then return passed, fetch end
  return false, on == true and walk:advance(slice, token, page) or jump(walk, slice, on)
end

-- Handles a page. Returns whether the slice ends here, and else the function that fetches the next page.
local function read_page(self, slice, page)
  local parts, walk, token = self.parts, self.walk, self.list.next
  if parts.complement then parts.complement:note(page) end
  parts.intake:take(page, slice)
  if parts.passes then parts.passes:count(page, walk) end
  self:measure(page)
  fit(self, token, page)
  local over, fetch = go_on(self, slice, page, token)
  page:close()
  parts.progress:note_end(not token)
  return over, fetch
end

-- A page; where windows turn out not to hold, the list's first one, unless others read windows, too.
local function within_no_window(self, slice, page, message, kind, outcome)
  if outcome ~= "unwindowed" or not self.walk.alone then return page, message, kind, outcome end
  slice:leave_window()
  return self.walk:begin(slice)
end

-- Page after page. `between` is called after each page but the last, when its place is noted, and may end the reading.
local function read_on(self, slice, between)
  local walk, progress = self.walk, self.parts.progress
  self.borders:begin()
  local page, message, kind, outcome = within_no_window(self, slice, walk:begin(slice))
  while page do
    local stale = self.novelty and self.novelty:look(page, walk)
    if stale then
      page:close()
      return nil, stale, "config_error"
    end
    walk.fresh = self.novelty ~= nil and self.novelty.stale == 0
    local over, fetch = read_page(self, slice, page)
    progress:checkpoint_when_due()
    if over then return "done" end
    local enough = between(self, slice)
    if enough then return enough end
    page, message, kind, outcome = within_no_window(self, slice, fetch())
    walk:count_page()
  end
  if outcome then return outcome end
  return nil, message, kind
end

---Reads a slice to its end, and moves it along; from its top again where the page size, or the list's path, had to change.
---@param slice slice
---@param between fun(reader: slice_reader, slice: slice): outcome? after each page but the last
---@return outcome? outcome "done", or why the reading ended before; nil: it failed
---@return string? message
---@return string? failure_type
function slice_reader:read(slice, between)
  while not skip_days(self, slice) do
    local outcome, message, kind = read_on(self, slice, between)
    self.list:done()
    if outcome ~= "restart" then return outcome, message, kind end
    if self.parts.windows.exact then slice:go_on() else slice:leave_window() end
  end
  return "done"
end

return slice_reader
