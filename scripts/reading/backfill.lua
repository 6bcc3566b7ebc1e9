-- Reads one list to where it is known, so that a run cut at any instant can go on from its last state: the walk.
-- docs/reading.md explains it, with a picture, and says where no client can be exact.
local clock = require "clock"
local keys = require "keys"
local lower_bound = require "reading.lower_bound"
local memory = require "reading.stream_state"
local pager = require "reading.page_walk"
local strand = require "reading.slice_reader"
local window = require "reading.window"

local SECOND = 1000000
local MOST_GAPS, MOST_PASSES = 32, 8
local EARLIEST = assert(clock.parse "2000-01-01T00:00:00Z") -- nothing is divided below
local WORTH = 3 -- pages that must be left for a gap to be read at several places
-- Keys of one run at most: repeats beyond are emitted again, never dropped. In a list that has an order they come close
-- together; in one without, passes are compared, and its lists are short.
local SEEN_IN_ORDER, SEEN = 4000, 200000

---@class walk
---@field list table the list: fetch, confirm, next, date
---@field sink table where it goes: emit, state, log, ticks
---@field settings {field: string?, ordered_by: string[], window: boolean?, start: integer?, lookback: integer, full: boolean,
---of: table?, disorder: integer?, rows: integer?, seconds: number?, workers: integer?, most_gaps: integer?}
---@field known memory
---@field main strand
---@field exact boolean? the server gives exactly the rows of a window; nil: not known yet
---@field to_end boolean? the page that was read last was the list's last one
local walk = {}
walk.__index = walk

---@param list table
---@param sink table
---@param settings table
---@param known memory what the state says
---@return walk
function walk.new(list, sink, settings, known)
  local made = setmetatable({
    list = list, sink = sink, settings = settings, known = known,
    fields = lower_bound.fields(settings),
    candidates = {}, -- the fields by which this list may be ordered, as far as its records have not refuted it
    disorder = settings.disorder or SECOND,
    windowless = not settings.window, -- `start` and `end` are of no use here
    seen = keys.set(#settings.ordered_by > 0 and SEEN_IN_ORDER or SEEN), recent = memory.recent(),
    rows = known.walk and known.walk.rows or 0, repeats = 0, since_state = 0, last_state = sink:ticks(), open = {},
  }, walk)
  if not settings.window then made.exact = false end
  made.main = strand.new(made, list)
  return made
end

-- ---- bounds

local function each_field(fields, value)
  local times = {}
  for _, field in ipairs(fields) do times[field] = value(field) end
  return times
end

local function latest(a, b)
  if not a or b and b > a then return b end
  return a
end

-- Up to where everything will be known once this walk is over: where an earlier one began, too, though what was on top
-- then may be gone. Never in the future, which would hide records.
function walk:top_of(page)
  local known = self.known
  local before = known.walk and known.walk.top or {}
  return each_field(self.fields, function(field)
    local newest = latest(page:newest(field), latest(before[field], known.marks and known.marks[field] or known.mark))
    return newest and math.min(newest, self.now)
  end)
end

-- Rows from here on are met again by the next read, whose lower bound this is: their keys are remembered.
function walk:recent_bounds()
  return each_field(self.fields, function(field)
    local top = self.top[field]
    return top and top - self.settings.lookback - 2 * self.disorder
  end)
end

local function lowest(a, b)
  local low = {}
  for field, us in pairs(a) do low[field] = math.min(us, b[field] or us) end
  for field, us in pairs(b) do low[field] = low[field] or us end
  return low
end

-- The new gap, above what is known, and those that earlier walks left open.
function walk:gaps()
  local gaps = { { lo = lower_bound.of(self.known, self.fields, self.settings, self.now) } }
  for _, gap in ipairs(self.known.walk and self.known.walk.gaps or {}) do gaps[#gaps + 1] = gap end
  while #gaps > (self.settings.most_gaps or MOST_GAPS) do
    gaps[1].lo = lowest(gaps[1].lo, gaps[2].lo)
    table.remove(gaps, 2)
  end
  if #self.settings.ordered_by > 0 then return gaps end
  local lo = gaps[1].lo
  for _, gap in ipairs(gaps) do lo = lowest(lo, gap.lo) end
  return { { lo = lo } }
end

-- The fields by which a gap goes: a part of a window knows the cursor field's bound alone.
function walk:fields_of(gap)
  local fields = {}
  for _, field in ipairs(#self.candidates > 0 and self.candidates or self.fields) do
    if gap.lo[field] then fields[#fields + 1] = field end
  end
  return #fields > 0 and fields or self.fields
end

---Does the gap have a lower end, so that its walk may be over with any page?
---@param gap gap
---@return boolean
function walk:bounded(gap)
  if #self.settings.ordered_by == 0 then return false end
  for _, field in ipairs(self:fields_of(gap)) do
    if (gap.lo[field] or memory.NO_BOUND) == memory.NO_BOUND then return false end
  end
  return true
end

-- ---- one page

-- A list that rises by more than neighbours may is not in this field's order, nor in that of a field which the server
-- does not give: it would never be covered. The last field stays: it filters.
function walk:refute(page)
  local left = {}
  for _, field in ipairs(self.candidates) do
    local given = page:newest(field) or page:count() == 0
    if given and page:rise(field) <= self.disorder then left[#left + 1] = field end
  end
  if #left == #self.candidates or #left == 0 then return end
  self.candidates = left
end

-- Writes what is new of a page, whole, and remembers what was written: only that, for the rest is still due.
function walk:take(page, gap)
  self:refute(page)
  page:keep(each_field(self:fields_of(gap), function(field) return gap.lo[field] or memory.NO_BOUND end))
  if self.settings.start and self.settings.field then page:keep { [self.settings.field] = self.settings.start } end
  self.repeats = self.repeats + page:drop_known(self.known.recent) + page:drop_known(self.seen)
  self.sink:emit(page)
  page:remember(self.seen, "kept")
  if self.settings.field then
    local recent = self:recent_bounds()
    page:remember(self.recent, "kept", recent)
    page:remember(self.recent, self.known.recent, recent)
  end
  self.since_state = self.since_state + page:kept()
end

-- Is all of the page, and so all that follows it, known? Not on a page that is itself out of order.
function walk:covered(page, gap)
  if #self.candidates == 0 or page:count() == 0 then return false end
  for _, field in ipairs(self:fields_of(gap)) do
    local lo = gap.lo[field] or memory.NO_BOUND
    if page:rise(field) > self.disorder or not page:below(field, lo - 2 * self.disorder) then return false end
  end
  return true
end

-- ---- states

-- The keys of this run and of the earlier ones: a run cut now is resumed among the rows of both.
function walk:remembered()
  local all = memory.recent()
  all:load(self.known.recent:list())
  all:load(self.recent:list())
  return all
end

-- W as it can be trusted: one that lies in the future would hide records from a reader that goes by it alone.
function walk:mark()
  local mark = self.known.mark
  if mark and mark > self.now + SECOND then return self.now - self.settings.lookback end -- Date is cut to seconds
  return mark
end

function walk:checkpoint()
  local known = self.known
  self.rows = self.rows + self.since_state
  self.sink:state(memory.write({
    of = self.settings.of, mark = self:mark(), marks = known.marks, recent = self:remembered(),
    walk = { top = #self.settings.ordered_by > 0 and self.top or nil, gaps = self.open, full = self.settings.full,
      rows = self.rows },
  }, self.settings.field))
  self.since_state, self.last_state = 0, self.sink:ticks()
end

---Prints a state where one is due. What it says of each open gap must be true of what was written.
function walk:checkpoint_when_due()
  local due = self.since_state >= (self.settings.rows or 1000)
    or self.since_state > 0 and self.sink:ticks() - self.last_state >= (self.settings.seconds or 30)
  if due then self:checkpoint() end
end

function walk:finish()
  local field, known = self.settings.field, self.known
  if self.settings.full then return self.sink:state { [memory.FINISHED] = true } end
  local top = self.top[field]
  self.sink:state(memory.write({
    of = self.settings.of, mark = latest(self:mark(), top and top - self.settings.lookback),
    marks = next(self.top) and self.top or known.marks, recent = self.recent,
  }, field))
end

-- ---- several places at once

---How many places may be read at once, as far as is known.
---@return integer
function walk:at_once() return math.min(self.settings.workers or 1, self.list:at_once()) end

---@return boolean
function walk:may_spread()
  return self.exact ~= false and window.in_order(self) and self:at_once() > 1
end

---Is so much left of a gap that it pays to read it at several places?
---@param of strand
---@param gap gap
---@return boolean
function walk:worth_spreading(of, gap)
  return not self:bounded(gap) or (of.oldest - gap.lo[self.settings.field]) / of.span >= WORTH
end

---@return integer us nothing is divided below
function walk:earliest() return EARLIEST end

-- A window that nobody has begun has no row by which to know that it holds. Where windows are not exact, such ones (or
-- all) become one gap again, which is read from the list's top.
function walk:give_up_windows(gaps, all)
  local merged, place
  for i = #gaps, 1, -1 do
    local gap = gaps[i]
    if gap.hi and (all or not gap.at) then
      merged, place = { lo = merged and lowest(merged.lo, gap.lo) or gap.lo }, i
      table.remove(gaps, i)
    end
  end
  if merged then table.insert(gaps, place, merged) end
end

-- ---- lists without an order to stop on

function walk:count_in(page)
  if #self.settings.ordered_by > 0 then return end
  local a, b = page:digest()
  self.sum = { self.sum[1] + a, self.sum[2] + b }
  if not self.settings.field then return end
  local newest = latest(page:newest(self.settings.field), self.top[self.settings.field])
  self.top[self.settings.field] = newest and math.min(newest, self.now)
end

-- A row that moves while such a list is read may be passed over, so it is read until two passes in a row hold the same.
function walk:settle(gap)
  local before
  for _ = 1, MOST_PASSES do
    self.sum = { 0, 0 }
    local ok, message, kind = self.main:fill_at_any_size(gap)
    if not ok then return nil, message, kind end
    if self.main.pages == 1 or before and before[1] == self.sum[1] and before[2] == self.sum[2] then return true end
    before, gap.at, gap.keys = self.sum, nil, nil
  end
  local words = "the list changed in each of %d passes; what was read is emitted, but a record may have been passed over"
  return nil, words:format(MOST_PASSES), "transient_error"
end

-- ---- the whole

function walk:start()
  local main = self.main
  main.empty, main.list.foresee = 0, nil
  local page, message, kind, answer = pager.page(main, {})
  if not page then return nil, message, kind, answer end
  self.now = main.list.date
  self.first, self.first_next, self.look = page, main.list.next, { page:digest() }
  self.sample = window.sample(self, page)
  self.candidates = self.settings.ordered_by
  self:refute(page)
  self.top = self.settings.field and self:top_of(page) or {}
  if page:count() > 0 then return true end
  return self.list:confirm()
end

function walk:start_at_any_size()
  local ok, message, kind, answer
  repeat ok, message, kind, answer = self:start() until ok or not (answer and answer.restart)
  return ok, message, kind
end

-- Reads the first gap; or, where windows are exact, all that have windows. Returns true; or nil, message, failure type.
function walk:close_next(gaps)
  local gap = gaps[1]
  if #self.settings.ordered_by == 0 then
    local ok, message, kind = self:settle(gap)
    if not ok then return nil, message, kind end
  elseif gap.hi and self:may_spread() and window.prove(self) then
    return require "reading.parallel_slices".close(self, gaps)
  elseif gap.hi and not gap.at and not window.prove(self) then
    self:give_up_windows(gaps)
    return true
  else
    local ok, message, kind = self.main:fill_at_any_size(gap)
    if not ok then return nil, message, kind end
  end
  table.remove(gaps, 1)
  return true
end

function walk:close_gaps(gaps)
  self.open = gaps
  while #gaps > 0 do
    local ok, message, kind = self:close_next(gaps)
    if kind == "windows" then
      self:give_up_windows(gaps, true)
    elseif not ok and kind ~= "divide" then
      if self.since_state > 0 then self:checkpoint() end
      return nil, message, kind
    end
  end
  return true
end

-- Does the first page reach down to rows that are older than these times? Then it holds all that is newer.
function walk:reaches(lo, by)
  for _, field in ipairs(self.first_next and self.candidates or {}) do
    local oldest = self.first:oldest(field)
    if lo[field] and not (oldest and oldest < lo[field] - by) then return false end
  end
  return true
end

-- Reads what came on top since a look at the first page. True: that is all; false: more may have come meanwhile.
function walk:look_again(lo, look)
  local a, b = self.first:digest()
  local same = a == look[1] and b == look[2] and self:reaches(lo, 0)
  if not same and not self:reaches(lo, self.disorder) then return false, self:close_gaps { { lo = lo } } end
  if not same then self:take(self.first, { lo = lo }) end
  self.first:close()
  return true, true
end

-- A record that moves to the top of the list while it is read is passed over below. The next incremental read finds it
-- there; a full one has no next, so it reads what has come on top, until one page shows all of that at a single look. A
-- state written meanwhile keeps the first top, for late records come below the others.
function walk:catch_up()
  local first, lo = self.top, self.top
  for _ = 1, MOST_PASSES do
    local look, all = self.look
    local ok, message, kind = self:start_at_any_size()
    if not ok then return nil, message, kind end
    local top = self.top
    self.top = first
    all, ok, message, kind = self:look_again(lo, look)
    if all or not ok then return ok, message, kind end
    lo = top
  end
  return true
end

---Reads the list. Its records and states go to the sink.
---@return true? done
---@return string? message
---@return string? failure_type
function walk:run()
  local ok, message, kind = self:start_at_any_size()
  if not ok then return nil, message, kind end
  if self:mark() ~= self.known.mark then
    self.sink:log("WARN", "the state lies in the future; it is read as the server's present time")
  end
  local gaps = self:gaps()
  local several = #gaps > 1
  ok, message, kind = self:close_gaps(gaps)
  local at_once = self.main.pages == 1 and not several -- one page is how the list was at one time
  if ok and self.settings.full and #self.settings.ordered_by > 0 and not at_once then ok, message, kind = self:catch_up() end
  if not ok then return nil, message, kind end
  self:finish()
  return true
end

return walk
