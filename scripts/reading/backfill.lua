-- Reads one list to where it is known, so that a run cut at any instant can go on from its last state. docs/reading.md
-- explains it, with a picture, and says where no client can be exact.
local clock = require "clock"
local first_pages = require "reading.first_page"
local intakes = require "reading.intake"
local lower_bound = require "reading.lower_bound"
local numbered_pages = require "reading.numbered_pages"
local open_slices = require "reading.open_slices"
local orders = require "reading.order"
local passes = require "reading.passes"
local progresses = require "reading.progress"
local slice_reader = require "reading.slice_reader"
local stream_state = require "reading.stream_state"
local window_sets = require "reading.windows"

local MOST_SLICES = 32
local SECOND = 1000000
local AHEAD = "--until lies in the future: by the server's clock it is %s; what comes until then would be taken for read"

---@class backfill_settings
---@field field string? the cursor field
---@field ordered_by string[]
---@field windows api_windows? how the API is asked for a window in time; nil: the list has none
---@field start integer? records before are not taken
---@field lookback integer
---@field lateness lateness? counts how late new records came
---@field full boolean
---@field changes boolean? records change, and may move in the list
---@field keyless boolean? nothing tells one record from another
---@field steady boolean? all pages are of one response, so no row moves between them
---@field once boolean? one pass over a list without an order must do
---@field of table? whose states say that they are
---@field numbered boolean? pages may have numbers
---@field share day_share? which records are wanted, of several shards; nil: all
---@field ids boolean? the cursor's values are ids that rise, and no times
---@field disorder integer?
---@field compares boolean? most rows were sent before and do not go out: states tell of those, too
---@field checkpoint_records integer? records between two states
---@field checkpoint_seconds number? seconds between two states
---@field workers integer? slices that may be read at once
---@field leave (fun(page: page): boolean)? is the list left unread, after a look at its first page?
---@field most_slices integer?
---@field on_begin fun(page: page, from: integer?)? is shown the list's first page, and from where on records are taken (us)
---@field complement complement? reads what the list lacks, and another one has

---@class backfill_parts what slice readers share
---@field field string? the cursor field
---@field list list
---@field sink table where records, states and logs go: emit, state, log, ticks
---@field order order
---@field progress progress
---@field intake intake
---@field windows windows
---@field first first_page
---@field keyless boolean? nothing tells one record from another
---@field steady boolean? all pages are of one response
---@field passes passes? of a list without an order to stop on
---@field complement complement?

---@class backfill
---@field parts backfill_parts
---@field main slice_reader
local backfill = {}
backfill.__index = backfill

---@param list list
---@param sink table
---@param settings backfill_settings
---@param known stream_state
---@return backfill
function backfill.new(list, sink, settings, known)
  local order = orders.new(settings.ordered_by, settings.disorder)
  local progress = progresses.new(sink, settings, known, order.disorder)
  local parts = {
    field = settings.field, list = list, sink = sink, order = order, progress = progress, first = first_pages.new(),
    keyless = settings.keyless, steady = settings.steady, intake = intakes.new(sink, settings, order, progress),
    windows = window_sets.new(list, settings, order, progress), complement = settings.complement or nil,
  }
  progress.by = function() return list.source:stands_in() end
  parts.passes = not order:exists() and passes.new(progress, parts.intake, list.page_size, settings) or nil
  return setmetatable({ parts = parts, settings = settings, main = slice_reader.new(parts, list, true) }, backfill)
end

-- ---- the first page

-- Looks at the list's first page. It says what time it is, and what windows and the order can be judged by.
local function look(self)
  local parts = self.parts
  local page, message, kind, outcome
  repeat page, message, kind, outcome = self.main.walk:look() until outcome ~= "restart"
  if not page then return nil, message, kind end
  parts.progress:set_clock(parts.list.date)
  parts.first:set(page, parts.list.next)
  parts.windows:note_sample(page)
  parts.order:begin(page)
  if page:count() > 0 then return true end
  return parts.list:confirm()
end

-- ---- slices

-- The new slice, above what is known, and those that earlier runs left open. A list without an order has but one.
local function slices(self)
  local progress, order, share = self.parts.progress, self.parts.order, self.settings.share
  local known = progress.known
  local open = open_slices.new(lower_bound.of(known, order.ordered_by, self.settings, progress.now),
    known.walk and known.walk.slices)
  if share then
    for _, one in ipairs(open) do one:want(share) end
    self.main:measure(self.parts.first.page) -- for readers of windows, which may come before any page is read
    if self.parts.windows:in_order() and self.settings.windows then open[1]:enter_window(share.before) end
  end
  -- A place in a list of whole seconds is too low in one of microseconds.
  local by = known.walk and known.walk.by
  if by and by ~= self.parts.list.source:stands_in() then open:fold(1) end
  if self.settings.steady and #open > 1 then open:remove(open[1]) end -- nothing came on top: it is the same file, or begun again
  open:fold(order:exists() and (self.settings.most_slices or MOST_SLICES) * open:shares() or 1)
  return open
end

local function divide(reader, slice)
  return reader.parts.windows:divide(reader, slice) and "divided" or nil
end

-- Is the new slice of a shard not read as yet? It has a window from the start, and may be too short to be divided.
local function is_fresh(self, open) return self.settings.share and not self.divided and #open == 1 and not open[1].token end

-- Reads the first slice; or, where windows are exact, all that have windows.
local function read_next(self, open)
  local slice, windows = open[1], self.parts.windows
  local outcome, message, kind
  if self.parts.passes then
    outcome, message, kind = self.parts.passes:read(self.main, slice)
  elseif slice.upper and not is_fresh(self, open) and windows:may_divide() and windows:prove() then
    return require "reading.parallel_slices".read(self.parts, open, self.main.span)
  elseif slice.upper and not slice.token and not windows:prove() then
    open:merge_windows()
    return "divided"
  else
    outcome, message, kind = self.main:read(slice, divide)
    self.divided = self.divided or outcome == "divided"
  end
  if outcome == "done" then open:remove(slice) end
  return outcome, message, kind
end

-- Reads slices until none is open.
local function read_slices(self, open)
  local progress = self.parts.progress
  progress:follow(open)
  while #open > 0 do
    local outcome, message, kind = read_next(self, open)
    if outcome == "unwindowed" then
      open:merge_windows(true)
    elseif not outcome or outcome == "stopped" then
      if progress:is_ahead() then progress:checkpoint() end
      return nil, message, kind
    end
  end
  return true
end

-- ---- the whole

-- May records be missing that moved to a page which was read?
local function may_miss(self, at_once)
  local parts, settings = self.parts, self.settings
  return settings.numbered and self.main.walk.numbered and parts.order:exists() and not at_once
    and not (parts.keyless or settings.steady or settings.once)
end

---Reads the list. Its records and states go to the sink.
---@return true? done
---@return string? message
---@return string? failure_type
---@return "left"|nil outcome `leave` said so, and nothing was read
function backfill:run()
  local parts = self.parts
  local progress = parts.progress
  local ok, message, kind = look(self)
  if not ok then return nil, message, kind end
  if self.settings.leave and self.settings.leave(parts.first.page) then return nil, nil, nil, "left" end
  local share = self.settings.share
  if share and share.before > progress.now + SECOND then
    return nil, AHEAD:format(clock.format(progress.now)), "config_error"
  end
  progress:begin(parts.first.page)
  if progress:mark() ~= progress.known.mark then
    parts.sink:log("WARN", "the state lies in the future; it is read as the server's present time")
  end
  local open = slices(self)
  if self.settings.on_begin then self.settings.on_begin(parts.first.page, open[1].lower[parts.field]) end
  local several, lowest = #open > 1, open:lowest()
  ok, message, kind = read_slices(self, open)
  local at_once = self.main.walk.pages == 1 and not several -- one page is how the list was at one time
  -- What comes on top is no part of a shard's.
  local may_move = self.settings.full and parts.order:exists() and not parts.keyless and not self.settings.share
  if ok and may_miss(self, at_once) then
    ok, message, kind = numbered_pages.read_again(parts, function(more) return read_slices(self, more) end, lowest)
  end
  if ok and may_move and not at_once then
    ok, message, kind = require "reading.catch_up"(self, look, read_slices)
  end
  if ok and parts.complement then ok, message, kind = parts.complement:read(progress) end
  if not ok then return nil, message, kind end
  progress:finish()
  local lost = progress.lost:message()
  if lost then return nil, lost, "system_error" end
  return true
end

---How many records were dropped because they had come before.
---@return integer
function backfill:repeats() return self.parts.intake.repeats end

---Was more than one page asked for?
---@return boolean
function backfill:several_pages() return self.main.walk.pages > 1 end

---How many rows of a list without an order the state does not remember, as they are too many: each read sends them again.
---@return integer
function backfill:forgotten()
  local parts = self.parts
  return parts.passes and math.max(0, parts.passes.rows - stream_state.RECENT) or 0
end

---Was a shard's list asked for whole, for want of windows that hold?
---@return boolean
function backfill:split_in_vain()
  return self.settings.share ~= nil and self.parts.windows.exact ~= true and self:several_pages()
end

---How many rows the server could not write, and gave as null.
---@return integer
function backfill:nulls() return self.parts.intake.nulls end

---Was the page that was read last the list's last one?
---@return boolean
function backfill:at_end() return self.parts.progress.at_end end

return backfill
