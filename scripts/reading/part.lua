-- The part of a list that hangs on one parent: its own list, read from its top down to where the whole read goes.
local backfill = require "reading.backfill"
local stream_state = require "reading.stream_state"

local part = {}

local MOST_LONG = 20000 -- of parts that are known to be long; others are read whole again

-- Its records go out once, and only those of the window: later ones are the next read's.
local function sink_for(read, list, row)
  local sink = {}
  function sink:log(level, message) read.sink:log(level, message) end
  function sink:ticks() return read.sink:ticks() end
  function sink:emit(page)
    local field = read.settings.field
    local recent = { [field] = read.upper - read.margin }
    page:keep_before { [field] = read.upper }
    page:remember_rows(read.recent, read.known.recent, recent)
    read.repeats = read.repeats + page:drop_known(read.known.recent) + page:drop_known(read.seen)
    read.found, read.unstated = read.found + page:kept(), read.unstated + page:kept()
    read.sink:emit(page, list.context)
    page:remember_rows(read.seen, "kept")
    page:remember_rows(read.recent, "kept", recent)
  end
  function sink:state(state)
    if row then read.open[row] = state end
    read:checkpoint_when_due()
  end
  return sink
end

-- Where an earlier run left it, or from where on records are taken.
local function known_of(read, row)
  local field = read.settings.field
  local left = row and read.open[row]
  return left and stream_state.read(left, field) or stream_state.from(field, read.lower)
end

local function walk_of(read, list, sink, known)
  return backfill.new(list, sink, { field = read.settings.field, ordered_by = { read.settings.field }, lookback = 0,
    full = false, workers = 1, disorder = read.settings.disorder, checkpoint_records = read.settings.checkpoint_records }, known)
end

-- Does a part that was read before hold records by now that were not met? Its brief form tells that in far fewer requests, as
-- surely: it is the same list, with a row of each page on the next one. What goes wrong here, the whole part tells.
local function holds_more(read, parent)
  local field, more = read.settings.field, false
  local list = read.settings.brief(parent, function() return more end)
  if not list then return true end
  local sink = {
    state = function() end, log = function(_, ...) read.sink:log(...) end, ticks = function() return read.sink:ticks() end,
  }
  function sink.emit(_, page)
    page:keep_before { [field] = read.upper }
    page:remember_rows(read.recent, read.known.recent, { [field] = read.upper - read.margin })
    page:drop_known(read.known.recent)
    page:drop_known(read.seen)
    more = more or page:kept() + page:nulls() > 0
  end
  return not walk_of(read, list, sink, stream_state.from(field, read.lower)):run() or more
end

-- Parts of several pages that were read to their end: so many that looking again pays.
local function note_long(read, path)
  if read.long[path] or read.longs >= MOST_LONG then return end
  read.long[path], read.longs = true, read.longs + 1
end

---Reads it to its end.
---@param read through_parents
---@param parent table
---@param row string? what is known of the parent; nil: nothing is
---@return boolean? done false: the parent does not say where it is
---@return string? message
---@return string? failure_type
---@return integer? status of the response that refused it
function part.read(read, parent, row)
  local settings, noted = read.settings, {}
  local list, wrong = settings.part(parent, noted)
  if not list then return false, wrong end
  local path = list.source.path
  if settings.brief and read.long[path] and not holds_more(read, parent) then return true end
  local made = walk_of(read, list, sink_for(read, list, row), known_of(read, row))
  local ok, message, kind = made:run()
  read.nulls, read.repeats = read.nulls + made:nulls(), read.repeats + made:repeats()
  if not ok then return nil, message, kind, noted.status end
  if row then read.open[row] = nil end
  if made:several_pages() then note_long(read, path) end
  return true
end

return part
