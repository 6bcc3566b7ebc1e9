-- The part of a list that hangs on one parent: its own list, read from its top down to where the whole read goes.
local backfill = require "reading.backfill"
local stream_state = require "reading.stream_state"

local part = {}

-- Its records go out once, and only those of the window: later ones are the next read's.
local function sink_for(read, list, row)
  local sink = {}
  function sink:log(level, message) read.sink:log(level, message) end
  function sink:ticks() return read.sink:ticks() end
  function sink:emit(page)
    local field = read.settings.field
    local recent = { [field] = read.upper - read.margin }
    page:keep_before(field, read.upper)
    page:remember_rows(read.recent, read.known.recent, recent)
    read.repeats = read.repeats + page:drop_known(read.known.recent) + page:drop_known(read.seen)
    read.found = read.found + page:kept()
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
  local made = backfill.new(list, sink_for(read, list, row), {
    field = settings.field, ordered_by = { settings.field }, lookback = 0, full = false, workers = 1,
    disorder = settings.disorder, checkpoint_records = settings.checkpoint_records,
  }, known_of(read, row))
  local ok, message, kind = made:run()
  read.nulls, read.repeats = read.nulls + made:nulls(), read.repeats + made:repeats()
  if not ok then return nil, message, kind, noted.status end
  if row then read.open[row] = nil end
  return true
end

return part
