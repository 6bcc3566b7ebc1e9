-- The memory of a stream between reads, its state: read from every form that exists in the wild, and written so that
-- Airbyte's own connector can go on from it. docs/reading.md tells what each part is for.
local clock = require "clock"
local day_share = require "reading.day_share"
local json = require "json"
local keys = require "keys"
local lost = require "reading.lost"
local parts_state = require "reading.parts_state"
local refresh_state = require "reading.refresh_state"
local slice = require "reading.slice"
local state_time = require "reading.state_time"

local stream_state = {}

stream_state.FINISHED = "__ab_full_refresh_sync_complete"
stream_state.NO_BOUND = assert(clock.parse "0001-01-01T00:00:00Z") -- of a gap that goes down to the list's end
stream_state.LATEST_ID = 1 << 62 -- what is now, where a cursor has ids in place of times
local SECOND = 1000000
local absent, kind = state_time.absent, state_time.kind
local read_time, read_times = state_time.read, state_time.read_all
local write_time, write_times = state_time.write, state_time.write_all
local RECENT = 10000 -- keys at most; beyond, repeats are emitted and counted, never dropped
stream_state.RECENT = RECENT

---@class stream_state
---@field mark integer? W: everything up to here is complete, for a reader that knows nothing else
---@field marks times? up to where everything is complete, by each field that the list may be ordered by
---@field recent userdata keys of the records emitted that the next read will meet again
---@field walk {top: times?, slices: slice[], full: boolean?, records: integer, by: string?}? a read that has not come to its
---end; `by` is the list whose places its slices have, where that was asked in another's place
---@field parts parts_state? a read through the records of another list, that has not come to its end
---@field lost lost_time[]? of earlier runs; a table for a state, when it is written
---@field of table? whose it is
---@field refresh refresh_state? when the list was last read whole
---@field ids boolean? its times are ids
---@field carried boolean? another reader carried a walk of ours along; it was left out

-- Which records of a slice are wanted, `share` ("1/4"), `list` and `before` in states: where other shards have read the others.
local function read_share(value, where)
  if absent(value.share) then return nil end
  local index, count = tostring(value.share):match "^(%d+)/(%d+)$"
  index, count = math.tointeger(tonumber(index)), math.tointeger(tonumber(count))
  if not index or not count or index >= count then
    return nil, ("%s.share must be a shard such as 1/4, and is %s"):format(where, kind(value.share))
  end
  if type(value.list) ~= "string" then
    return nil, ("%s.list must say whose days the share has, and is %s"):format(where, kind(value.list))
  end
  local before, wrong = read_time(value.before, where .. ".before")
  return before and day_share.new(index, count, before, value.list), wrong
end

-- A slice; its fields are named `lo`, `hi`, `at` and `keys` in states.
local function read_slice(value, where, ids)
  if type(value) ~= "table" then return nil, ("%s must be an object, and is %s"):format(where, kind(value)) end
  if not absent(value.at) and type(value.at) ~= "string" then
    return nil, ("%s.at must be a cursor, and is %s"):format(where, kind(value.at))
  end
  local lower, upper, wrong
  lower, wrong = read_times(value.lo, where .. ".lo", ids)
  if wrong then return nil, wrong end
  if not absent(value.hi) then
    upper, wrong = read_time(value.hi, where .. ".hi", ids)
    if wrong then return nil, wrong end
  end
  if value.keys and (type(value.keys) ~= "table" or not keys.set(RECENT):load(value.keys)) then
    return nil, where .. ".keys must be a list of keys"
  end
  local share
  share, wrong = read_share(value, where)
  if wrong then return nil, wrong end
  return slice.new(lower or {}, upper, not absent(value.at) and value.at or nil, value.keys, share)
end

local function read_walk(value, ids)
  if absent(value) then return nil end
  if type(value) ~= "table" or type(value.gaps) ~= "table" then
    return nil, "walk must be an object with gaps, and is " .. kind(value)
  end
  local walk = { slices = {}, full = value.full == true, records = math.tointeger(value.rows) or 0 }
  walk.by = type(value.by) == "string" and value.by or nil
  local wrong
  walk.top, wrong = read_times(value.top, "walk.top", ids)
  if wrong then return nil, wrong end
  for i, gap in ipairs(value.gaps) do
    walk.slices[i], wrong = read_slice(gap, ("walk.gaps[%d]"):format(i - 1), ids)
    if wrong then return nil, wrong end
  end
  return walk
end

-- Older releases of Airbyte's own connector wrote the text "None", or an empty one, for no state at all.
local function read_mark(state, field, ids)
  local value = field and state[field]
  if absent(value) or value == "" or value == "None" then return nil end
  return read_time(value, field, ids)
end

-- The time beside which a walk was written, as text: a reader that knows nothing of walks moves the one, and carries the
-- other along.
local function since(mark) return mark and tostring(mark) or "none" end

-- Has another reader read on since? A walk then has another time beside it; the marks of a read that was over are behind.
local function has_moved(known, state, field)
  local written = known.walk and state.walk.since or known.parts and known.parts.since
  if type(written) == "string" then return written ~= since(known.mark and write_time(known.mark, known.ids)) end
  local top = not known.walk and not known.parts and known.marks and known.marks[field]
  return top and known.mark and known.mark > top + SECOND
end

-- All is complete up to where the other one came.
local function leave_stale(known, state, field)
  if not has_moved(known, state, field) then return end
  known.carried = known.walk ~= nil or known.parts ~= nil
  known.walk, known.parts, known.marks = nil, nil, nil
  if known.refresh then known.refresh.mark, known.refresh.cut = nil, nil end -- what the other one sent was not noted
end

local function read_recent(value, recent)
  if absent(value) then return true end
  if type(value) ~= "table" or type(value.keys) ~= "table" or not recent:load(value.keys) then
    return nil, "recent must be an object with a list of keys"
  end
  return true
end

---Does a state say that a full read came to its end?
---@param state any
---@return boolean
function stream_state.is_finished(state)
  return type(state) == "table" and state[stream_state.FINISHED] == true
end

---Has the keys of records be made as a state's were, for they are compared. One that has no seed is of before there were any:
---its keys are told from others by themselves.
---@param state any
function stream_state.use_seed(state)
  if type(state) == "table" and type(state.seed) == "string" then keys.use(state.seed) end
end

---Understands a state, or says what in it cannot be understood: taking that for no state would send everything again,
---and taking half of it might lose records.
---@param state table?
---@param field string? the stream's cursor field
---@param ids boolean? its values are ids, and no times
---@return stream_state? known
---@return string? message
function stream_state.read(state, field, ids)
  state = absent(state) and {} or state
  if type(state) ~= "table" then return nil, "the state must be an object, and is " .. kind(state) end
  local known = { recent = keys.set(RECENT), ids = ids or nil }
  local wrong
  stream_state.use_seed(state)
  known.of = type(state.of) == "table" and state.of or nil
  known.mark, wrong = read_mark(state, field, ids)
  if wrong then return nil, wrong end
  known.marks, wrong = read_times(state.marks, "marks", ids)
  if wrong then return nil, wrong end
  known.walk, wrong = read_walk(state.walk, ids)
  if wrong then return nil, wrong end
  known.parts, wrong = parts_state.read(state.parts)
  if wrong then return nil, wrong end
  known.refresh, wrong = refresh_state.read(state.refresh, field, stream_state.read)
  if wrong then return nil, wrong end
  leave_stale(known, state, field)
  known.lost, wrong = lost.read(state.lost)
  if wrong then return nil, wrong end
  local ok
  ok, wrong = read_recent(state.recent, known.recent)
  if not ok then return nil, wrong end
  return known
end

local function write_slice(one, ids)
  local share = one.share
  return { lo = write_times(one.lower, ids), hi = one.upper and write_time(one.upper, ids), at = one.token,
    keys = one.keys and json.array(one.keys), share = share and ("%d/%d"):format(share.index, share.count),
    list = share and share.list, before = share and write_time(share.before) }
end

local function write_walk(walk, mark, ids)
  if not walk then return nil end
  local gaps = json.array()
  for i, one in ipairs(walk.slices) do gaps[i] = write_slice(one, ids) end
  return { top = write_times(walk.top, ids), gaps = gaps, full = walk.full or nil, rows = walk.records, by = walk.by,
    since = since(mark) }
end

---The state, as a table for airbyte.state.
---@param known stream_state
---@param field string? the stream's cursor field
---@return table
function stream_state.write(known, field)
  local ids = known.ids
  local mark = field and known.mark and write_time(known.mark, ids) or nil
  local state = { of = known.of, seed = keys.seed(), marks = write_times(known.marks, ids),
    walk = write_walk(known.walk, mark, ids) }
  state.lost = known.lost
  state.parts = known.parts and parts_state.write(known.parts, since(mark)) or nil
  if mark then state[field] = mark end
  if known.recent:count() > 0 then state.recent = { keys = json.array(known.recent:list()) } end
  return state
end

---What is known where a read takes records from a time on, and nothing else is.
---@param field string
---@param from integer? nil: all are taken
---@return stream_state
function stream_state.from(field, from)
  return assert(stream_state.read(from and { [field] = clock.format(from) } or nil, field))
end

---An empty set of the size that a state keeps.
function stream_state.recent() return keys.set(RECENT) end

---The keys of earlier runs and of this one: a run that is cut now is resumed among the records of both.
---@param earlier keys_set
---@param own keys_set
---@return keys_set
function stream_state.together(earlier, own)
  local all = stream_state.recent()
  all:load(earlier:list())
  all:load(own:list())
  return all
end

return stream_state
