-- The states of shards that have each read their days of a list: all that any of them left open stays open, for its days alone.
local clock = require "clock"
local day_share = require "reading.day_share"
local keys = require "keys"
local lost = require "reading.lost"
local shards = require "reading.shards"
local slice = require "reading.slice"
local stream_state = require "reading.stream_state"

local UNCLEAR = "the state of the stream '%s' of shard %d/%d cannot be understood: %s"

-- The lower of two times, by each field; a field that either lacks is unknown.
local function lowest(a, b)
  if not a then return b end
  local times = {}
  for field, us in pairs(a) do times[field] = b[field] and math.min(us, b[field]) end
  return times
end

local function from_of(marker)
  local times = {}
  for field, text in pairs(type(marker.from) == "table" and marker.from or {}) do times[field] = clock.parse(text) end
  return times
end

-- What a shard left open. Keys of another seed tell nothing: such a place is begun again from its window's top.
local function add_open(joined, walk, foreign)
  for _, one in ipairs(walk.slices) do
    if foreign and one.keys then
      if one.upper then one:go_on() else one:leave_window() end
    end
    joined.slices[#joined.slices + 1] = one
  end
  joined.records, joined.top, joined.by = joined.records + walk.records, walk.top, joined.by or walk.by
end

-- What a shard that is missing was to read.
local function add_missing(joined, index, count, before, list)
  local share = day_share.new(index, count, before, list)
  joined.slices[#joined.slices + 1] = slice.new(joined.from, before, nil, nil, share)
end

-- Notes of one shard's state what holds for all.
local function add(joined, state, seed)
  local marker = shards.marker(state)
  local known, wrong = stream_state.read(shards.bare(state), marker.field)
  if not known then return nil, wrong end
  local foreign = state.seed ~= nil and state.seed ~= seed
  joined.differ, joined.of = joined.differ or foreign, joined.of or known.of or marker.place
  joined.from = lowest(joined.from, from_of(marker))
  local complete = clock.parse(tostring(marker.complete))
  joined.complete = complete and math.min(complete, joined.complete or complete)
  for _, one in ipairs(known.lost or {}) do joined.lost:add(one.time, one.seen, one.said) end
  if not foreign then joined.recent:load(known.recent:list()) end
  if stream_state.is_finished(state) then
    joined.full = true
  else
    joined.marks = lowest(joined.marks, known.marks or {})
    joined.mark[#joined.mark + 1] = known.mark or false
  end
  if known.walk then
    joined.full = joined.full or known.walk.full
    add_open(joined, known.walk, foreign)
  end
  return true
end

-- W: where all have come to their end, up to there; else the lowest that any began with, and of a missing shard from where on it
-- was to read.
local function mark_of(joined, field, missing)
  if #joined.slices == 0 then return joined.complete end
  local least = missing and (joined.from[field] or false) or nil
  for _, mark in ipairs(joined.mark) do
    if not mark or least == false then return nil end
    least = math.min(least or mark, mark)
  end
  return least or nil
end

local function write(joined, marker, before, missing)
  local field = marker.field
  local open = #joined.slices > 0
  if joined.full and not open then return { [stream_state.FINISHED] = true } end
  local top = joined.top or joined.marks
  if not top or not next(top) then
    top = {}
    for _, name in ipairs(marker.ordered_by) do top[name] = before end
  end
  return stream_state.write({
    of = joined.of, mark = mark_of(joined, field, missing), marks = not open and joined.marks or nil, recent = joined.recent,
    lost = joined.lost:write(),
    walk = open and { top = top, slices = joined.slices, full = joined.full, records = joined.records, by = joined.by } or nil,
  }, field)
end

---@param name string the stream's
---@param states table<integer, table> by the shard's number
---@param count integer of shards
---@param seed string? of the keys that are kept
---@return table? state
---@return string? message
---@return boolean? differ the shards made their keys in different ways, so that some are left out
return function(name, states, count, seed)
  local marker = shards.marker(select(2, next(states)))
  local before, missing = clock.parse(marker["until"]), false
  if not before then return nil, ("%s: until must be a time, and is '%s'"):format(name, marker["until"]) end
  if seed then keys.use(seed) end
  local joined = { slices = {}, records = 0, recent = stream_state.recent(), lost = lost.new(), mark = {} }
  for index = 0, count - 1 do
    local ok, wrong = true, nil
    if states[index] then ok, wrong = add(joined, states[index], seed) end
    if not ok then return nil, UNCLEAR:format(name, index, count, wrong) end
    missing = missing or not states[index]
  end
  for index = 0, count - 1 do
    if not states[index] then add_missing(joined, index, count, before, marker.list) end
  end
  return write(joined, marker, before, missing), nil, joined.differ
end
