-- Reads one list to where it is known, so that a run cut at any instant can go on from its last state: the walk.
-- docs/reading.md explains it, with a picture, and says where no client can be exact.
local keys = require "keys"
local memory = require "memory"
local window = require "window"

local SECOND = 1000000
local MOST_GAPS, MOST_EMPTY, MOST_PASSES = 8, 20, 8
local SEEN = 200000 -- keys of one run at most: repeats beyond are emitted again, never dropped
local NEAR = 1000 -- keys of the rows just read: what the next page of a counted list must begin with

---@class walk
---@field list table the list: fetch, confirm, next, date
---@field sink table where it goes: emit, state, log, ticks
---@field settings {field: string?, ordered_by: string[], window: boolean?, start: integer?, lookback: integer, full: boolean,
---of: table?, disorder: integer?, rows: integer?, seconds: number?}
---@field known memory
local walk = {}
walk.__index = walk

---@param list table
---@param sink table
---@param settings table
---@param known memory what the state says
---@return walk
function walk.new(list, sink, settings, known)
  return setmetatable({
    list = list, sink = sink, settings = settings, known = known,
    fields = #settings.ordered_by > 0 and settings.ordered_by or { settings.field },
    candidates = {}, -- the fields by which this list may be ordered, as far as its records have not refuted it
    disorder = settings.disorder or SECOND,
    seen = keys.set(SEEN), recent = memory.recent(), met = keys.set(SEEN),
    stepped_from = {}, repeats = 0, since_state = 0, last_state = sink:ticks(),
  }, walk)
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

-- From where records are new, by each field: a little before what is known, for records arrive late.
function walk:lower_bounds()
  local known, settings = self.known, self.settings
  local base = known.walk and known.walk.top or known.marks
  return each_field(self.fields, function(field)
    local mark = base and base[field] or not base and known.mark or nil
    return latest(mark and math.min(mark, self.now) - settings.lookback, settings.start) or memory.NO_BOUND
  end)
end

-- Up to where everything will be known once this walk is over; never in the future, which would hide records.
function walk:top_of(page)
  return each_field(self.fields, function(field)
    local newest = latest(page:newest(field), self.known.marks and self.known.marks[field] or self.known.mark)
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
  for field, us in pairs(a) do low[field] = math.min(us, b[field] or memory.NO_BOUND) end
  return low
end

-- The new gap, above what is known, and those that earlier walks left open.
function walk:gaps()
  local gaps = { { lo = self:lower_bounds() } }
  for _, gap in ipairs(self.known.walk and self.known.walk.gaps or {}) do gaps[#gaps + 1] = gap end
  while #gaps > MOST_GAPS do
    gaps[1].lo = lowest(gaps[1].lo, gaps[2].lo)
    table.remove(gaps, 2)
  end
  if #self.settings.ordered_by > 0 then return gaps end
  local lo = gaps[1].lo
  for _, gap in ipairs(gaps) do lo = lowest(lo, gap.lo) end
  return { { lo = lo } }
end

-- ---- one page

-- A list that rises by more than neighbours may is not in this field's order. The last field stays: it filters.
function walk:refute(page)
  local left = {}
  for _, field in ipairs(self.candidates) do
    if page:rise(field) <= self.disorder then left[#left + 1] = field end
  end
  if #left == #self.candidates or #left == 0 then return end
  self.candidates = left
end

-- Writes what is new of a page, whole, and remembers what was written: only that, for the rest is still due.
function walk:take(page, gap)
  self:refute(page)
  local fields = #self.candidates > 0 and self.candidates or self.fields
  local bounds = each_field(fields, function(field) return gap.lo[field] or memory.NO_BOUND end)
  page:keep(bounds)
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
  for _, field in ipairs(self.candidates) do
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

function walk:checkpoint(gaps)
  local known = self.known
  self.rows = self.rows + self.since_state
  self.sink:state(memory.write({
    of = self.settings.of, mark = known.mark, marks = known.marks, recent = self:remembered(),
    walk = { top = #self.settings.ordered_by > 0 and self.top or nil, gaps = gaps, full = self.settings.full, rows = self.rows },
  }, self.settings.field))
  self.since_state, self.last_state = 0, self.sink:ticks()
end

function walk:checkpoint_when_due(gaps)
  local due = self.since_state >= (self.settings.rows or 1000)
    or self.since_state > 0 and self.sink:ticks() - self.last_state >= (self.settings.seconds or 30)
  if due then self:checkpoint(gaps) end
end

function walk:finish()
  local field, known = self.settings.field, self.known
  if self.settings.full then return self.sink:state { [memory.FINISHED] = true } end
  local top = self.top[field]
  self.sink:state(memory.write({
    of = self.settings.of, mark = latest(known.mark and math.min(known.mark, self.now), top and top - self.settings.lookback),
    marks = next(self.top) and self.top or known.marks, recent = self.recent,
  }, field))
end

-- ---- the way from page to page

-- Fetches, and minds lists that never end.
function walk:page(ask)
  local page, message, kind, answer = self.list:fetch(ask)
  if not page then return nil, message, kind, answer end
  self.empty = page:count() == 0 and self.empty + 1 or 0
  if self.empty >= MOST_EMPTY then return nil, ("%d empty pages in a row that name a next one"):format(self.empty), "system_error" end
  return page
end

-- Each place that a server names is followed once: one that comes again would go on for ever.
function walk:is_new(gap, text)
  if self.met:add((gap.hi or "") .. text) then return true end
  return nil, ("the cursor %s came twice: the list does not end"):format(text), "system_error"
end

-- Stepped back from here before, and nothing new came of it: the row before is still there, and only left out.
function walk:in_vain(place)
  local rows = self.rows + self.since_state
  local vain = self.stepped_from[place] == rows
  self.stepped_from[place] = rows
  return vain
end

-- A page of a counted list, which must begin with a row that is known: when one before it was deleted, the rows after
-- it have moved up, and the count alone would skip one. Steps back until it does.
function walk:overlap(ask, at, offset)
  while true do
    offset = math.max(offset, 0)
    local cursor = at(offset)
    local page, message, kind, answer = self:page { cursor = cursor, to = ask.to }
    local joined = not page or offset == 0 or page:joins(self.near) or self:in_vain((ask.to or "") .. cursor)
    if joined then return page, message, kind, answer end
    page:close()
    self.stepped = true
    offset = offset - self.list.rows + 1
  end
end

function walk:follow_offset(gap, text, ask, at, offset)
  local stepped = self.stepped
  self.stepped = false
  local new, message, kind = self:is_new(gap, text)
  if not new and not stepped then return nil, message, kind end
  return self:overlap(ask, at, offset)
end

-- A position is followed without its offset: a row of that time may have gone, and an offset would skip another. Where
-- all of a page is of one time that makes no way, so the offset is followed, from a row that is known.
function walk:from_position(gap, place)
  local bare = place.at(0)
  if bare == gap.at then
    return function() return self:follow_offset(gap, place.text, {}, place.at, place.offset - 1) end
  end
  gap.at, gap.keys, gap.hi = bare, nil, nil
  return function()
    local new, message, kind = self:is_new(gap, bare)
    if not new then return nil, message, kind end
    return self:page { cursor = bare }
  end
end

function walk:from_window(gap, place, page)
  local oldest = page:oldest(self.settings.field)
  local to = oldest and window.before(oldest, self.disorder)
  if to and (not gap.hi or to < gap.hi) then
    gap.hi, gap.at, gap.keys = to, nil, nil
    return function() return self:page { to = to } end
  end
  return function()
    return self:follow_offset(gap, place.text, { to = gap.hi }, self.list.cursors.of_offset, place.offset - 1)
  end
end

function walk:from_offset(gap, place, page)
  local timed = gap.hi or page:oldest(self.settings.field) -- an empty page gives no time to begin a window at
  if timed and window.usable(self) then return self:from_window(gap, place, page) end
  local last = keys.set(NEAR)
  page:remember(last, "all")
  gap.at, gap.keys, gap.hi = place.text, last:list(), nil
  return function() return self:follow_offset(gap, place.text, {}, place.at, place.offset - 1) end
end

-- Moves the gap to the next page, so that a state written now resumes there; returns the function that fetches it.
function walk:advance(gap, cursor, page)
  local place = self.list.cursors.read(cursor)
  if place.kind == "position" then return self:from_position(gap, place) end
  if place.kind == "offset" then return self:from_offset(gap, place, page) end
  gap.at = place.kind == "opaque" and cursor or nil
  return function()
    local new, message, kind = self:is_new(gap, cursor)
    if not new then return nil, message, kind end
    return self:page { cursor = cursor }
  end
end

-- Where an earlier run stopped; nil where that place is no longer there.
function walk:resumed(gap)
  if gap.hi then return window.resume(self, gap) end
  if not gap.at then return nil end
  local place = self.list.cursors.read(gap.at)
  if gap.keys then self.near:load(gap.keys) end
  local page, message, kind
  if place.kind == "offset" then page, message, kind = self:overlap({}, place.at, place.offset - 1)
  else page, message, kind = self:page { cursor = gap.at } end
  if page or kind ~= "system_error" and kind ~= "transient_error" then return page, message, kind end
  self.sink:log("WARN", ("the place where the last run stopped is not there any more (%s); the list is read from its top"):format(message))
  gap.at, gap.keys = nil, nil
  return nil
end

-- The first page of a gap: where it was left, or the list's first page, which has been fetched already.
function walk:begin(gap)
  self.near = keys.set(NEAR)
  local page, message, kind = self:resumed(gap)
  if page or message then return page, message, kind end
  if self.first then
    page, self.first = self.first, nil
    self.list.next = self.first_next
    return page
  end
  return self:page {}
end

---Reads one gap to its end. Returns true; or nil, message, failure type.
function walk:fill(gap, gaps)
  local page, message, kind, answer = self:begin(gap)
  self.pages = 1
  while page do
    local cursor = self.list.next
    if gap.hi and not window.holds(self, page, gap) then
      page:close()
      page, message, kind, answer = window.give_up(self, gap)
    else
      self:take(page, gap)
      page:remember(self.near, "all")
      self:count_in(page)
      local over = not cursor or self:covered(page, gap)
      local fetch = not over and self:advance(gap, cursor, page)
      page:close()
      if over then return true end
      self:checkpoint_when_due(gaps)
      page, message, kind, answer = fetch()
      self.pages = self.pages + 1
    end
  end
  return nil, message, kind, answer
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
function walk:settle(gap, gaps)
  local before
  for _ = 1, MOST_PASSES do
    self.sum, self.met = { 0, 0 }, keys.set(SEEN)
    local ok, message, kind, answer = self:fill(gap, gaps)
    if not ok and not (answer and answer.smaller) then return nil, message, kind end
    if ok and (self.pages == 1 or before and before[1] == self.sum[1] and before[2] == self.sum[2]) then return true end
    before = ok and self.sum or nil
    gap.at, gap.keys = nil, nil
  end
  return nil, ("the list changed in each of %d passes; what was read is emitted, but a record may have been passed over"):format(MOST_PASSES),
    "transient_error"
end

function walk:fill_ordered(gap, gaps)
  while true do
    local ok, message, kind, answer = self:fill(gap, gaps)
    if ok or not (answer and answer.smaller) then return ok, message, kind end
    gap.at, gap.keys, gap.hi, self.met = nil, nil, nil, keys.set(SEEN)
  end
end

-- ---- the whole

function walk:start()
  self.empty, self.rows = 0, self.known.walk and self.known.walk.rows or 0
  local page, message, kind, answer = self:page {}
  if not page then return nil, message, kind, answer end
  self.now = self.list.date + SECOND -- the Date header is cut to seconds
  self.first, self.first_next = page, self.list.next
  self.first_page = self.list:keep(page)
  self.candidates = self.settings.ordered_by
  self:refute(page)
  self.top = self.settings.field and self:top_of(page) or {}
  if page:count() > 0 then return true end
  return self.list:confirm()
end

---Reads the list. Its records and states go to the sink.
---@return true? done
---@return string? message
---@return string? failure_type
function walk:run()
  local ok, message, kind, answer
  repeat ok, message, kind, answer = self:start() until ok or not (answer and answer.smaller)
  if not ok then return nil, message, kind end
  local known_mark = self.known.mark
  if known_mark and known_mark > self.now then self.sink:log("WARN", "the state lies in the future; it is read as the server's present time") end
  local gaps = self:gaps()
  while #gaps > 0 do
    local fill = #self.settings.ordered_by > 0 and self.fill_ordered or self.settle
    self.met = keys.set(SEEN) -- gaps may overlap, and then name the same places
    ok, message, kind = fill(self, gaps[1], gaps)
    if not ok then
      if self.since_state > 0 then self:checkpoint(gaps) end
      return nil, message, kind
    end
    table.remove(gaps, 1)
  end
  self:finish()
  return true
end

return walk
