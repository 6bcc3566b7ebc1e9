-- Reads a list in slices of its cursor's values, from the oldest on, several at once: of a server that is asked from a time or an
-- id on, up to another. A row belongs to the slice that its own value is in, so that none is lost or doubled on a border,
-- whichever ends a server includes. Which slice is next: open_ranges.lua.
local backfill = require "reading.backfill"
local clock = require "clock"
local later = require "lib.later"
local merged = require "lib.merged"
local open_ranges = require "reading.open_ranges"
local progresses = require "reading.progress"
local server_clock = require "reading.server_clock"
local slice_cap = require "reading.slice_cap"
local stream_state = require "reading.stream_state"
local tasks = require "tasks"

local range_slices = {}
range_slices.__index = range_slices

local MOST_LOOKS, SHORTER = 8, "; shorter ranges are asked for from now on. Where that takes long, start_date says from where on"

---@class range_slices
---@field list list
---@field sink table where records, states and logs go: emit, state, log, ticks
---@field settings backfill_settings
---@field progress progress
---@field open open_ranges
---@field known keys_set rows that went out in earlier runs
---@field rows table<slice, keys_set> that went out, of each slice under way
---@field tail {newest: integer, rows: keys_set}[] of slices that the next read looks at again
---@field floor integer from here on slices that were read are looked at again
---@field count integer slices that are read now
---@field looking boolean? whether a range is empty: until that is known, no other slice is begun
---@field pages integer that were asked for; two where there were more
---@field failure {message: string?, kind: string?}?

-- ---- a slice

local function list_of(self, slice)
  local before, asked = self.list.options.stopped, self.open:range_of(self.list.stream.cursor, slice)
  return self.list:within(asked, function() return self.failure ~= nil or before ~= nil and before() end)
end

local function fail(self, message, kind) self.failure = self.failure or { message = message, kind = kind } end

-- A state names the rows that went out of slices under way, for these are begun again.
local function checkpoint(self)
  for slice, rows in pairs(self.rows) do slice:remember(rows:count() > 0 and rows:list() or nil) end
  self.progress:checkpoint()
end

local function keep_within(self, slice, page)
  local field = self.settings.field
  page:keep { [field] = slice.lower[field] }
  local upper = slice.upper or self.open:rest_of(slice)
  if upper then page:keep_before { [field] = upper } end
end

local function sink_for(self, slice)
  local field, rows, progress = self.settings.field, self.rows[slice], self.progress
  local sink = { found = 0, state = function() end }
  function sink.log(_, level, message) self.sink:log(level, message) end
  function sink.ticks() return self.sink:ticks() end
  function sink.emit(_, page)
    keep_within(self, slice, page)
    sink.found, sink.newest = sink.found + page:kept(), later(page:newest(field), sink.newest)
    page:remember_rows(rows, self.known)
    for _, set in ipairs { self.known, progress.recent, rows } do self.repeated = self.repeated + page:drop_known(set) end
    self.sink:emit(page)
    page:remember_rows(rows, "kept")
    progress:note_sent(page)
    progress:raise_top(page)
    if progress:is_due() then checkpoint(self) end
  end
  return sink
end

-- The rows of a slice that the next read looks at again, it remembers.
local function note_tail(self, newest, rows)
  if not newest then return end
  local progress, left = self.progress, {}
  local from = math.min(progress.top[self.settings.field] - progress.margin, self.floor)
  self.tail[#self.tail + 1] = { newest = newest, rows = rows }
  progress.recent = stream_state.recent()
  for _, one in ipairs(self.tail) do
    if one.newest >= from then
      left[#left + 1] = one
      progress.recent:load(one.rows:list())
    end
  end
  self.tail = left
end

local recruit

-- The server's clock counts from its first response on, which also tells how many requests there may be at once.
local function begin(self, list, page)
  if self.begun then return end
  self.progress:set_clock(list.date or clock.now())
  self.begun, self.open.now = true, self.progress.now
  self.progress:begin(page)
  recruit(self)
end

local function read(self, slice)
  local settings, sink, list = self.settings, sink_for(self, slice), list_of(self, slice)
  local fits, wrong, failure = slice_cap.fits(list, self.open, slice)
  if not fits then return fits == nil and fail(self, wrong, failure) end
  local made = backfill.new(list, sink, {
    field = settings.field, ordered_by = settings.ordered_by, ids = settings.ids, disorder = settings.disorder, lookback = 0,
    full = false, changes = settings.changes, keyless = settings.keyless, steady = settings.steady, once = settings.once,
    numbered = settings.numbered, workers = 1, checkpoint_records = math.maxinteger, checkpoint_seconds = math.huge,
    on_begin = function(page) begin(self, list, page) end,
  }, assert(stream_state.read(nil, settings.field, settings.ids)))
  local ok, message, kind = made:run()
  self.repeated, self.unwritten = self.repeated + made:repeats(), self.unwritten + made:nulls()
  self.pages = self.pages + (made:several_pages() and 2 or 1)
  if not ok then return fail(self, message, kind) end
  local held, cut, broken = slice_cap.held(list, self.open, slice, sink.found, self.rows[slice])
  if not held then return held == nil and fail(self, cut, broken) end
  note_tail(self, sink.newest, self.rows[slice])
  self.open:note_read(slice, sink.found + made:nulls(), list.date)
end

-- Looks whether a range is empty, by its first page.
local function look(self, slice)
  local list = list_of(self, slice)
  local page, message, kind, outcome, refusal
  repeat page, message, kind, outcome, refusal = list:fetch {} until outcome ~= "restart"
  list:done()
  self.pages = self.pages + 1
  if page then
    begin(self, list, page)
    keep_within(self, slice, page)
    local empty = page:kept() + page:nulls() == 0 and not list.next
    self.open:note_look(slice, empty, page:kept() > 0 and page:newest(self.settings.field) or nil, list.date)
    page:close()
  elseif self.open:note_refusal(slice, refusal and refusal.status) then
    self.sink:log("INFO", message .. SHORTER)
  else
    fail(self, message, kind)
  end
end

-- ---- several at once

local function work(self, slice, looks)
  if looks then look(self, slice) else read(self, slice) end
  self.count = self.count - 1
  if self.failure then return end -- the state names what went out of this slice
  self.rows[slice] = nil
  self.looking = not looks and self.looking or nil
  recruit(self)
end

function recruit(self)
  while not self.failure and not self.looking and self.count < math.min(self.workers, self.list:at_once()) do
    local slice, looks = self.open:next(self.rows)
    if not slice then return end
    local rows = stream_state.recent()
    rows:load(slice.keys or {})
    self.rows[slice], self.count, self.looking = rows, self.count + 1, looks or nil
    self.tasks[#self.tasks + 1] = tasks.spawn(work, self, slice, looks)
  end
end

-- Waits for all; raises the first error raised.
local function join(self)
  local at, raised = 1, nil
  while self.tasks[at] do
    local ok, wrong = pcall(self.tasks[at].join, self.tasks[at])
    if not ok then
      raised = raised or { wrong }
      fail(self, wrong, "system_error")
    end
    self.tasks[at], at = false, at + 1
  end
  self.tasks = {}
  if raised then error(raised[1], 0) end
end

local function read_open(self)
  self.progress:follow(self.open.list)
  recruit(self)
  join(self)
  if not self.failure then return true end
  if self.progress.since_state > 0 then checkpoint(self) end
  return nil, self.failure.message, self.failure.kind
end

-- ---- the whole

-- A record that moves to a later time while the slices are read may be passed over: the next incremental read finds it, and a
-- full one has no next, and looks at the top again until that brings nothing new.
local function catch_up(self)
  local field, progress, settings = self.settings.field, self.progress, self.settings
  for _ = 1, MOST_LOOKS do
    local top, before = progress.top[field] or not settings.ids and progress.now, progress:count()
    if not top then return true end
    self.floor = settings.changes and top - settings.lookback or top
    self.open:restart { [field] = self.floor }
    local ok, message, kind = read_open(self)
    if not ok then return nil, message, kind end
    if progress:count() == before then return true end
  end
  return true
end

---@param list list
---@param sink table
---@param settings backfill_settings
---@param known stream_state
---@return range_slices
function range_slices.new(list, sink, settings, known)
  local now = server_clock.now(list, known)
  local progress = progresses.new(sink, merged(settings, { ordered_by = { settings.field } }), known, 0)
  progress:set_clock(now)
  local made = setmetatable({ list = list, sink = sink, settings = settings, progress = progress,
    open = open_ranges.new(list.stream.cursor, now), known = stream_state.recent(), rows = {}, tail = {}, tasks = {}, count = 0,
    floor = math.maxinteger, pages = 0, workers = settings.workers or 1, repeated = 0, unwritten = 0 }, range_slices)
  made.known:load(known.recent:list())
  for _, one in ipairs(known.walk and known.walk.slices or {}) do made.known:load(one.keys or {}) end
  made.open:begin(known, settings)
  return made
end

---Reads the list.
---@return true? done
---@return string? message
---@return string? failure_type
function range_slices:run()
  local ok, message, kind = read_open(self)
  if ok and self.settings.full and self.pages > 1 and not self.settings.keyless then ok, message, kind = catch_up(self) end
  if not ok then return nil, message, kind end
  self.progress:finish()
  return true
end

---How many records were dropped because they had come before.
function range_slices:repeats() return self.repeated end

---How many rows the server could not write, and gave as null.
function range_slices:nulls() return self.unwritten end

---Was more than one page asked for?
function range_slices:several_pages() return self.pages > 1 end

---Was the whole list asked for? An incremental read asks for what is new.
---@return boolean
function range_slices:at_end() return self.settings.full end

return range_slices
