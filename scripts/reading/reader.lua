-- Reads one stream: its list, from what its state says (backfill.lua).
local airbyte = require "airbyte"
local clock = require "clock"
local contexts = require "reading.context"
local emitter = require "reading.emitter"
local latenesses = require "reading.lateness"
local list_warnings = require "reading.list_warnings"
local lists = require "reading.list"
local lower_bound = require "reading.lower_bound"
local owners = require "reading.owner"
local period = require "stream.period"
local stream_state = require "reading.stream_state"
local workload = require "reading.workload"

local reader = {}

local READ_WHOLE, READ_THROUGH = "read to its end", "read through the %s"
local CARRIED = "another connector has read on since the state's walk was begun, so that is left; the read goes on from what "
  .. "else the state says"

---Where records and states go, and the time by which states fall due.
---@param stream_list list
---@param through emitter
---@param part boolean? the list is a part of the stream: what the server guesses of it says nothing of the whole
function reader.sink(stream_list, through, part)
  local sink, client = {}, stream_list.client
  function sink:emit(page, context)
    local hits = stream_list:take_hits()
    if hits and not part then airbyte.estimate(hits) end
    through:emit(page, context or stream_list.context)
  end
  function sink:state(state) through:state(state) end
  function sink:log(level, message) client:log(level, message) end
  function sink:ticks() return clock.now() / 1e6 end
  return sink
end

-- The part of a state that counts in a read: of another owner nothing; and in full only a full read that was cut.
local function relevant(known, stream, config, incremental, log)
  local under_way = known.walk or known.parts
  local counts = incremental or under_way and under_way.full
  if owners.admits(owners.of(stream, config), known.of, log) and counts
    and owners.reaches(lower_bound.lasting(stream, config), known.of, log) then
    if known.carried then log:log("INFO", CARRIED) end
    return known
  end
  return assert(stream_state.read(nil))
end

---Reads a stream that is a single record, no list.
---@param stream_list list
---@param sink table
function reader.single(stream_list, sink)
  local page, message, kind = stream_list:fetch {}
  if not page then return nil, message, kind end
  sink:emit(page)
  page:close()
  sink:state { [stream_state.FINISHED] = true }
  return READ_WHOLE
end

-- Reads a list from what is known of it and counts. `leave` may end it after a look at its first page: the outcome.
local function read_list(stream_list, sink, known, context, leave)
  local stream, config = stream_list.stream, stream_list.client.config
  local cursor = stream.cursor or { ordered_by = {} }
  local bounds, keyless = lower_bound.settings(stream, config), #stream.identity == 0
  local workers, sliced = context.workers or config.num_workers, cursor.slice ~= nil
  local split = context.split and context.split.marker.by == "days" and context.split or nil
  if cursor.start and not sliced then require "reading.start_parameter"(stream_list.source, stream, known, bounds) end
  local made = require(sliced and "reading.range_slices" or "reading.backfill").new(stream_list, sink, {
    ids = cursor.type == "id", disorder = cursor.type == "id" and 0 or nil,
    field = cursor.field, ordered_by = cursor.ordered_by, windows = cursor.window and not keyless and stream.api.windows or nil,
    start = bounds.start, lookback = bounds.lookback, full = not context.incremental,
    of = owners.told(stream, config, known, bounds.lookback),
    keyless = keyless, steady = stream.api.file, once = stream.settle == false, leave = leave, changes = cursor.changes,
    numbered = stream.api.declared_paging,
    lateness = context.incremental and latenesses.of(stream, bounds.lookback) or nil, on_begin = context.on_begin,
    share = split and require "reading.shards".days(split, stream, known, bounds) or nil,
    checkpoint_records = context.checkpoint, workers = workers, compares = context.compares,
    complement = stream.complement and require "reading.complement".new(stream_list, sink, workers),
  }, known)
  local ok, message, kind, outcome = made:run()
  local stats = stream_list.client.stats
  stats.repeats, stats.nulls = (stats.repeats or 0) + made:repeats(), stats.nulls + made:nulls()
  list_warnings(stream_list, made, keyless, context.incremental)
  if not ok then return nil, message, kind, outcome end
  return not made:at_end() and context.incremental and "read to what is known" or READ_WHOLE
end

---Reads a list from what is known of it.
---@param stream_list list
---@param sink table
---@param known stream_state
---@param context {incremental: boolean, checkpoint: integer?, workers: integer?} workers: slices to be read at once
function reader.list(stream_list, sink, known, context)
  local stream, client = stream_list.stream, stream_list.client
  known = relevant(known, stream, client.config, context.incremental, client)
  local every = context.incremental and period.of(stream, client.config, context.lands)
  if context.incremental and (every or known.refresh) then
    return require "reading.refresh".read(stream_list, sink, known, context, every or nil, read_list)
  end
  return read_list(stream_list, sink, known, context)
end

-- Reads a stream that can also be read through another one's records.
local function by_route(stream_list, sink, known, context)
  local route = require "reading.route" -- the others have no use for it
  local stream, client = stream_list.stream, stream_list.client
  known = relevant(known, stream, client.config, context.incremental, client)
  local route_choice = require "reading.route_choice"
  local way = route.of(stream, client.config, known)
  if way == "ask" then context.on_begin = nil end -- what it would say, the choice says
  if way == "parents" and not known.parts then route_choice.announce(stream, client, known) end
  if way ~= "parents" then
    local from = way == "own" and route.without_other(known, "own") or known
    local ended, message, kind, outcome = read_list(stream_list, sink, from, context,
      way == "ask" and function(page) return route_choice.of(stream_list, page, known).taken end or nil)
    if outcome ~= "left" then return ended, message, kind end
  end
  local ok, message, kind, left = route.read(stream, client, sink, route.without_other(known, "parents"), context)
  if not left then return ok and READ_THROUGH:format(stream.through.parent), message, kind end
  client:log("WARN", message .. "; the stream is read by its own list")
  return read_list(stream_list, sink, left, context)
end

local parts = { _shard = true, of = true, marks = true, recent = true, walk = true, parts = true, lost = true,
  refresh = true }

-- A state with none of this stream's parts is another's, or misspelt: taken for none, it would have everything
-- read again. The protocol's own marks (__ab_…) say nothing either, but stand in states of any stream.
local function invalid(state, field)
  if not field or type(state) ~= "table" or not next(state) then return nil end
  local names = {}
  for name in pairs(state) do
    if name == field or parts[name] or tostring(name):find "^__ab_" then return nil end
    names[#names + 1] = tostring(name)
  end
  table.sort(names)
  return ("it has no '%s', but %s"):format(field, table.concat(names, ", "))
end

---Understands a stream's state; or says why it cannot be understood.
---@param stream stream
---@param state table?
---@return stream_state? known
---@return string? message
function reader.understand(stream, state)
  local field = stream.cursor and stream.cursor.field
  local known, wrong = stream_state.read(state, field, field and stream.cursor.type == "id")
  wrong = wrong or invalid(state, field)
  if not wrong then return known end
  return nil, ("the state of the stream '%s' cannot be understood: %s"):format(stream.name, wrong)
end

-- What is to be said of a list whose read takes long; `from`: us, records from here on are wanted.
local function volume_of(list, page, full_size, from)
  return workload.of(list, { rows = page:count(), full_size = full_size, from = from }):words()
end

-- The same, by one answer of a stream that may be read in another way.
local function foretell(list, page, from)
  if not list.stream.through then return volume_of(list, page, false, from) end
  local own = workload.of(list, { rows = page:count(), from = from })
  return require "reading.route_choice".foretell(list, own, from):words()
end

---Asks for a single record, which goes through the hooks.
---@param stream stream
---@param client client
---@param context context? where there is none, the stream has no parent
---@return integer? records
---@return string? message
---@return string? failure_type
---@return {status: integer?, scope: string?, code: string?}? refusal
---@return string? volume where that is wanted, and a read takes long
function reader.probe_list(stream, client, context, wants_volume)
  -- A list of one page is asked for as a read does, which shows whether it has more.
  local stream_list, wrong, failure = lists.new(stream, client, context, { page_size = not stream.api.one_page and 1 or nil })
  if not stream_list then return nil, wrong, failure end
  if stream.cursor and stream.cursor.slice then stream_list, wants_volume = stream_list:newest(), nil end
  local page, message, kind, _, refusal = stream_list:fetch {}
  if not page then return nil, message, kind, refusal end
  local volume = wants_volume and foretell(stream_list, page, lower_bound.settings(stream, client.config).start)
  emitter.hooks(stream, page, stream_list.context)
  if page:count() > 0 or stream.single then return page:count(), nil, nil, nil, volume or nil end
  local there, missing, failed, refused = stream_list:confirm() -- as a read does, which else would fail where this does not
  if not there then return nil, missing, failed, refused end
  return 0
end

---The same, of a stream that is one list.
function reader.probe(stream, client, job) return reader.probe_list(stream, client, nil, job.volume) end

---From where on a read of a stream takes records, by each field that its list may be ordered by; without an order, by none.
---@param stream stream
---@param config table
---@param known stream_state what its state says
---@param read {now: integer, incremental: boolean, log: {log: function}} `log` is told where the state is of another owner
---@return times bounds
---@return boolean resumed the state counts in this read, and says something
function reader.lower_bound(stream, config, known, read)
  known = relevant(known, stream, config, read.incremental, read.log)
  local fields = stream.cursor and stream.cursor.ordered_by or {}
  return lower_bound.of(known, fields, lower_bound.settings(stream, config), read.now),
    (known.mark or known.marks or known.walk) ~= nil or known.recent:count() > 0
end

-- A read that takes long says so when it begins.
local function announcing(list)
  return function(page, from)
    local words = volume_of(list, page, true, from)
    if words then list.client:log("INFO", words) end
  end
end

---Reads a stream whole, or what is new in it; its records and its states go out.
---@param stream stream
---@param client client
---@param context {state: table?, incremental: boolean, checkpoint: integer?, emitter: emitter?, part: boolean?, split: shards?}
---checkpoint: records between two states; part: of several projects, one; split: of several shards this one's days
---@return string? ended where the reading came to its end
---@return string? message
---@return string? failure_type
function reader.read(stream, client, context)
  local known, not_understood = reader.understand(stream, context.state)
  if not known then return nil, not_understood, "config_error" end
  local before = emitter.ended_before(context)
  if before then return before end
  if (client.config.refresh or {})[stream.name] then require "reading.refresh".warn(stream, client) end
  local stream_list, missing, failure = lists.new(stream, client, contexts.new(client.config, nil, context.state),
    { exists = context.exists })
  if not stream_list then return nil, missing, failure end
  local sink = reader.sink(stream_list, context.emitter or emitter.new(stream), context.part)
  if stream.single then return reader.single(stream_list, sink) end
  context.on_begin = not known.walk and announcing(stream_list) or nil
  if stream.through and not context.split then return by_route(stream_list, sink, known, context) end
  return reader.list(stream_list, sink, known, context)
end

return reader
