-- The ranges of a cursor's values that are still to be read, and which part of them is next: the oldest slice that nobody
-- reads; or, where slices were empty, ever more of them together, to be looked at by one request.
local later = require "lib.later"
local lower_bound = require "reading.lower_bound"
local open_slices = require "reading.open_slices"
local range = require "reading.range"
local slice_step = require "reading.slice_step"
local slices = require "reading.slice"
local stream_state = require "reading.stream_state"

local open_ranges = {}
open_ranges.__index = open_ranges

local MOST_SLICES, MOST_STRIDE, SECOND = 32, 1 << 40, 1000000

---@class open_ranges
---@field list open_slices the newest first; the first one has no end
---@field now integer
---@field latest integer? the server's clock, as the last range that was asked for told it
---@field ids boolean? a range of ids has no end that anybody knows
---@field stride integer so many slices are looked at together; 1: one is read
---@field farthest integer so many at most: the server refused more
---@field holds integer? up to here, something is in the range that is next
---@field above integer? an id that was seen: below it, no new one appears
---@field reach integer so many slices above the next one, an id is looked for
---@field ahead slice? where that is
---@field ended boolean? nothing lies above the slice that is next
---@field asked integer? up to here, the range without an end was asked for

---@param cursor table a stream's
---@param now integer
---@return open_ranges
function open_ranges.new(cursor, now)
  return setmetatable({ field = cursor.field, ids = cursor.type == "id", step = slice_step.read(cursor.slice), now = now,
    stride = 1, farthest = MOST_STRIDE, reach = 1 }, open_ranges)
end

-- ---- which ranges

-- Those that overlap become one. From the oldest on.
local function join(ranges, field)
  local joined = {}
  table.sort(ranges, function(a, b) return a.lower[field] < b.lower[field] end)
  for _, one in ipairs(ranges) do
    local last = joined[#joined]
    if last and (not last.upper or one.lower[field] < last.upper) then
      last.upper = last.upper and one.upper and math.max(last.upper, one.upper)
      last:remember_too(one.keys)
    else
      joined[#joined + 1] = one
    end
  end
  return joined
end

-- An earlier read came to its end, and found nothing: most likely one request shows that nothing has come since.
local function was_empty(known)
  return known.of ~= nil and not known.mark and not known.marks and not known.walk and known.recent:count() == 0
end

---The ranges that earlier runs left open, and the one that is new since.
---@param known stream_state
---@param settings bound_settings
function open_ranges:begin(known, settings)
  local field = self.field
  local all = { slices.new(lower_bound.of(known, { field }, settings, self.now)) }
  for _, one in ipairs(known.walk and known.walk.slices or {}) do
    all[#all + 1] = slices.new({ [field] = one.lower[field] or stream_state.NO_BOUND }, one.upper, nil, one.keys)
  end
  local joined = join(all, field)
  local top = table.remove(joined)
  self:restart(top.lower)
  if was_empty(known) and not self.ids then
    self.stride = slice_step.count(self.step, math.max(top.lower[field], range.BEGINNING), self.now)
  end
  self.list[1].keys = top.keys
  for i = #joined, 1, -1 do self.list[#self.list + 1] = joined[i] end
  self.list:fold(MOST_SLICES)
end

---From a value on, all are to be read, up to the server's present.
---@param lower times
function open_ranges:restart(lower)
  self.now = later(self.now, self.latest)
  self.list, self.stride, self.holds, self.ended = open_slices.new(lower), 1, nil, nil
end

-- ---- what is next

-- Where an open range ends, as far as it can be read: of times in the present, of ids at the last slice below one that was
-- seen. In a slice of ids that nothing lies above, new ones would appear behind the read.
local function last_of(self, slice)
  if slice.upper then return slice.upper end
  if not self.ids then return self.now end
  return self.above and slice_step.after(self.step, self.above, 0)
end

-- Looks whether an id lies above.
local function look_ahead(self, lower)
  self.ahead = slices.new { [self.field] = slice_step.after(self.step, lower, self.reach) }
  return self.ahead, true
end

-- Cuts the next part off an open range, from its oldest end.
local function cut(self, i, slice)
  local lower, last = math.max(slice.lower[self.field], range.BEGINNING), last_of(self, slice)
  local one, at = slice_step.after(self.step, lower, 1), slice_step.after(self.step, lower, self.stride)
  local rises = self.ids and not slice.upper
  if rises and (not last or last < one) then
    if self.ended then return slice, false end
    return look_ahead(self, lower)
  end
  if not at or at >= last then at = rises and last end
  local looks = self.stride > 1 and one ~= nil and one < last
  if not at then return slice, looks end
  local below = self.list:cut(i, self.field, at)
  below:remember(slice.keys)
  return below, looks
end

---@param busy table<slice, any> those that are read already
---@return slice? slice
---@return boolean looks it is only looked at, for it may well be empty
function open_ranges:next(busy)
  for i = #self.list, 1, -1 do
    if not busy[self.list[i]] then return cut(self, i, self.list[i]) end
  end
  return nil, false
end

-- How far a range without an end is asked for: as far as the slice that holds the present; and one that begins behind the
-- server's clock, as this machine's is ahead, has an end, too.
local function end_for_now(self, slice)
  return not self.ids and slice_step.after(self.step, math.max(self.now, slice.lower[self.field]), 1) or nil
end

---The range that is asked for to read a slice.
---@param cursor table
---@param slice slice
---@return range
function open_ranges:range_of(cursor, slice)
  local upper = slice.upper or end_for_now(self, slice)
  if not slice.upper then self.asked = upper end
  return range.new(cursor, slice.lower[self.field], upper)
end

---Makes two of a slice, of which there is too much for one.
---@param slice slice
---@return boolean done false: it is as short as can be asked for
function open_ranges:halve(slice)
  local lower, upper = math.max(slice.lower[self.field], range.BEGINNING), last_of(self, slice)
  local middle = not self.ids and upper and (lower + upper) // 2 // SECOND * SECOND or lower
  if middle <= lower then return false end
  for i, one in ipairs(self.list) do
    if one == slice then self.list:cut(i, self.field, middle):remember(slice.keys) end
  end
  return true
end

-- ---- what came

---From where on the range without an end is still to be read, once it was read as far as it was asked for: that was before the
---server's clock was known, which has come to a later slice than this machine's. nil: there is no rest.
---@param slice slice
---@return integer?
function open_ranges:rest_of(slice)
  local last = not slice.upper and end_for_now(self, slice)
  return last and self.asked and last > self.asked and self.asked or nil
end

local function note_done(self, slice)
  local rest = self:rest_of(slice)
  if rest then slice:rise(self.field, rest) else self.list:remove(slice) end
end

-- Nothing was in a slice, or in several: more of them are looked at together, but within a range that is known to hold
-- something.
local function note_empty(self, slice)
  note_done(self, slice)
  local within = self.holds and slice.upper and slice.upper < self.holds
  self.stride = within and math.max(1, self.stride // 2) or math.min(2 * self.stride, self.farthest)
  if not within then self.holds = nil end
end

---A slice was read to its end.
---@param slice slice
---@param found integer rows in it
---@param date integer? the server's clock
function open_ranges:note_read(slice, found, date)
  self.latest = later(date, self.latest)
  if found == 0 then return note_empty(self, slice) end
  note_done(self, slice)
  self.stride, self.holds = 1, nil
end

local function note_ahead(self, newest)
  self.above = newest or self.above
  if newest then self.reach = 2 * self.reach
  elseif self.reach == 1 then self.ended = true
  else self.reach = self.reach // 2 end
end

---A range was looked at.
---@param slice slice
---@param empty boolean
---@param newest integer? of its rows on the first page
---@param date integer? the server's clock
function open_ranges:note_look(slice, empty, newest, date)
  self.latest = later(date, self.latest)
  if slice == self.ahead then return note_ahead(self, newest) end
  if empty then return note_empty(self, slice) end
  local last = last_of(self, slice)
  local count = slice_step.count(self.step, math.max(slice.lower[self.field], range.BEGINNING), last)
  self.stride, self.holds = math.max(1, math.min(self.stride, count) // 2), last
  self.list:rejoin(slice, self.field)
end

---The server refused a range: so many slices together are asked for no more. Whether that can be its length.
---@param slice slice
---@param status integer?
---@return boolean
function open_ranges:note_refusal(slice, status)
  if status ~= 400 and status ~= 413 and status ~= 422 then return false end
  if self.stride == 1 or slice == self.ahead then return false end
  self.farthest = self.stride // 2
  self.stride = self.farthest
  self.list:rejoin(slice, self.field)
  return true
end

return open_ranges
