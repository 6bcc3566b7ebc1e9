-- Windows in time, on lists that count records: of use, proved or given up is said here alone. A window is a place to resume
-- at which records that come on top do not move, and keeps offsets small. One is used only where its first record is known
-- from outside of it, or where the server has shown that it gives exactly the records of a window; then several are read at
-- once (parallel_slices.lua).
local windows = {}
windows.__index = windows

local SECOND = 1000000
local DEEP = 10 -- pages; so many records are counted in one window before another is begun
local LEAST_PROOF = 2 * SECOND -- of the first page, for a window in it to prove anything
local WORTH = 3 -- pages that must be left for a slice to be read at several places

---@class windows
---@field field string? the cursor field, by which the API cuts windows
---@field of_api api_windows? how the API is asked for one; nil: the list has none
---@field useful boolean another window may be begun
---@field exact boolean? the server gives exactly the records of a window; nil: not known yet
---@field sample {from: integer, to: integer, sum: integer[]}? by which that would be proved

---@param list list
---@param settings backfill_settings
---@param order order
---@param progress progress
---@return windows
function windows.new(list, settings, order, progress)
  local made = setmetatable({
    list = list, order = order, progress = progress, sink = progress.sink, field = settings.field, of_api = settings.windows,
    workers = settings.workers or 1, useful = settings.windows ~= nil,
  }, windows)
  if not made.useful then made.exact = false end
  return made
end

---A whole second, as the API takes it.
---@param us integer
---@return integer
function windows.second(us) return us // SECOND * SECOND end

-- Where a window ends that begins again with the records of this time: nothing newer is left to read.
local function above(self, oldest)
  return windows.second(oldest + self.order.disorder) + SECOND
end

---They are by the cursor field, so they cut off what is read only where the list is in its order.
---@return boolean
function windows:in_order() return self.order:is_by(self.field) end

-- ---- window after window

---Is it time for another window of this slice? Each costs the records of its first seconds again, so not before the third
---page: an incremental read seldom comes to one.
---@param walk page_walk
---@param slice slice
---@param place place the next one in the window, or in the list, as it is
---@param pages integer that have come by then
---@return boolean
function windows:due(walk, slice, place, pages)
  if not self.useful or pages < 2 or not self:in_order() then return false end
  return not slice.upper or place.offset >= DEEP * walk:page_size()
end

---The end of the window from which to read on, when it is time for another one; otherwise nil.
---@param walk page_walk
---@param slice slice
---@param place place
---@param page page the last one that was read
---@return integer?
function windows:next(walk, slice, place, page)
  local oldest = self.field and page:oldest(self.field)
  if not oldest or not self:due(walk, slice, place, walk.pages) then return nil end
  local to = above(self, oldest)
  if not slice.upper then return to <= (self.progress.top[self.field] or to - 1) and to or nil end
  return slice.upper - to >= to - oldest and to or nil
end

---Where the window begins that a slice is read from: its lower end, where that is by the cursor field alone and windows are
---exact; nil: it has no beginning.
---@param slice slice
---@return integer?
function windows:from(slice)
  if not slice.upper or self.exact ~= true or not self.order:bounded(slice) then return nil end
  for other in pairs(slice.lower) do
    if other ~= self.field then return nil end
  end
  return windows.second(slice.lower[self.field])
end

---Does a page keep to a window?
---@param upper integer? nil: any page does
---@param from integer?
---@param page page
---@return boolean
function windows:hold(upper, from, page)
  local newest = upper and page:newest(self.field)
  if not newest then return true end
  return newest < upper and (not from or page:oldest(self.field) >= from)
end

---No other window is begun: one did not begin with a record that was known.
function windows:begin_no_more() self.useful = false end

---The server does not keep to them after all.
function windows:give_up()
  if self.useful then
    self.sink:log("WARN", ("the server does not keep to %s any more; the list is read from its top without them"):format(
      self.of_api.name))
  end
  self.useful, self.exact = false, false
end

-- ---- the proof

---Notes the sample by which windows are to be proved: whole seconds within the list's first page, and its records there. Both
---ends stand at a record, so that a server which takes the times for those of another zone gives others; and neither in the
---page's first second, in which more may come, nor in its last one, of which the next page may have more.
---@param page page
function windows:note_sample(page)
  self.sample = nil
  local field = self.of_api and self.field
  local newest, oldest = field and page:newest(field), field and page:oldest(field)
  if not oldest then return end
  local from, to = page:oldest(field, windows.second(oldest) + SECOND), page:newest(field, windows.second(newest))
  if not from or not to then return end
  from, to = windows.second(from), windows.second(to) + SECOND
  if to - from < LEAST_PROOF then return end
  local sum = { page:digest(field, from, to) }
  if sum[3] > 0 then self.sample = { from = from, to = to, sum = sum } end
end

---Does the server give exactly the records of a window? Asks for one within the list's first page, once.
---@return boolean
function windows:prove()
  if self.exact ~= nil then return self.exact end
  local sample = self.sample
  self.exact = false
  local page = sample and self.list:fetch { from = sample.from, to = sample.to }
  if not page then return false end
  local a, b, count = page:digest()
  page:close()
  self.exact = a == sample.sum[1] and b == sample.sum[2] and count == sample.sum[3]
  return self.exact
end

-- ---- several at once

---How many may be read at once, as far as is known.
---@return integer
function windows:at_once() return math.min(self.workers, self.list:at_once()) end

---May slices be divided into windows that are read at once, as far as is known?
---@return boolean
function windows:may_divide()
  return self.exact ~= false and self:in_order() and self:at_once() > 1
end

---Nothing is divided below this time.
---@return integer
function windows:earliest() return self.of_api.earliest end

-- Is so much left of a slice that it pays to read it at several places?
local function worth_dividing(self, reader, slice)
  return not self.order:bounded(slice) or (reader.oldest - slice.lower[self.field]) / reader.span >= WORTH
end

---Makes the rest of a slice a window that can be divided, if that pays from here on.
---@param reader slice_reader
---@param slice slice
---@return boolean
function windows:divide(reader, slice)
  local walk = reader.walk
  if walk.pages < 2 or not slice.token or not reader.oldest or not self:may_divide() then return false end
  if not walk.counts or not worth_dividing(self, reader, slice) or not self:prove() then return false end
  slice:enter_window(above(self, reader.oldest))
  return true
end

return windows
