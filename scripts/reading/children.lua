-- Child streams: one list for each record of a parent, which is a stream or what a function of the script gives. Parents are
-- read page by page, and the children of a page, several at once, before the next: memory does not grow with parents.
local added = require "stream.added"
local contexts = require "reading.context"
local counted = require "lib.counted"
local emitter = require "reading.emitter"
local field_warnings = require "reading.field_warnings"
local followed = require "reading.followed"
local json = require "json"
local key_clash = require "reading.key_clash"
local keys = require "keys"
local lists = require "reading.list"
local owners = require "reading.owner"
local parallel = require "lib.parallel"
local parent_counts = require "reading.parent_count"
local parents = require "reading.parents"
local reader = require "reading.reader"
local shards = require "reading.shards"
local stream_state = require "reading.stream_state"
local whole_state = require "reading.whole_state"

local children = {}

local SEEN = 200000 -- keys of parents that were read in this run
local MOST_FAILURES = 20 -- in a row: the server, not a parent, is at fault
local FORGOTTEN = "its lists have no order, and more records than the %d that its state remembers; the others come again with "
  .. "each read"

-- ---- the state: those of all parents' lists together

-- How many records a state remembers.
local function remembered(state)
  local recent = type(state) == "table" and state.recent
  return type(recent) == "table" and type(recent.keys) == "table" and #recent.keys or 0
end

-- Lists without an order remember all of their records: together, no more than one list may.
local function share(run, key, state)
  if not run.field or #run.stream.cursor.ordered_by > 0 then return end
  local others = run.remembered - remembered(run.states[key])
  local count, left = remembered(state), math.max(0, stream_state.RECENT - others)
  if count > left then
    state.recent.keys = table.move(state.recent.keys, 1, left, 1, json.array())
    run.warnings:once("not remembered", FORGOTTEN:format(stream_state.RECENT))
  end
  run.remembered = others + math.min(count, left)
end

-- The state of a parent's list, without its owner and the seed, which hold for all. Where only parents that have changed are
-- asked for, lists without an order come whole, and need none.
local function remember(run, key, state)
  if run.follow then
    if run.stream.single or not run.listed.cursor or #run.listed.cursor.ordered_by == 0 then return end
    followed.trim(run.states, run.field)
  end
  state.of, state.seed = nil, nil
  share(run, key, state)
  run.states[key] = state
  run.met[key] = true
end

-- What is known of parents that fall to other shards stays as it came: a shard that fails leaves nothing else of them.
local function is_ours(run, key) return not run.split or shards.has_parent(run.split, key) end

local function compose(run, only_met)
  local states, count = {}, 0
  for key, state in pairs(run.states) do
    if not only_met or run.follow or run.met[key] or not is_ours(run, key) then states[key], count = state, count + 1 end
  end
  return { of = run.owner, seed = keys.seed(), parents = states, parent = run.follow and run.follow.state }, count
end

-- ---- reading a child

local function sink_for(run, list, key, listed)
  local sink = reader.sink(list, run.emitter, true)
  local emit = sink.emit
  function sink:emit(page, context)
    self.rows = (self.rows or 0) + page:kept()
    emit(self, page, context)
    if run.clash then run.clash:look(page, key, listed) end
  end
  function sink:state(state)
    if not run.incremental then return end
    remember(run, key, state)
    run.whole:write_when_due()
  end
  return sink
end

local function read_child(run, parent, key, parents_stream)
  local noted = {}
  local client = contexts.watched(run.client, noted)
  local context = contexts.new(run.config, parent, run.state)
  -- The parent was listed just now, and warnings come once for all.
  local list, wrong, kind = lists.new(run.listed, client, context, { exists = true, warned = run.warned, fallen = run.fallen })
  if not list then return nil, wrong, kind end
  local known = stream_state.read(run.incremental and run.states[key] or nil, run.field, run.ids)
  run.met[key] = true
  local sink = sink_for(run, list, key, parents_stream)
  local ok, message
  if run.stream.single then ok, message, kind = reader.single(list, sink)
  else ok, message, kind = reader.list(list, sink, known, run) end
  if ok then
    run.fallen = run.fallen or list.source.template == run.stream.fallback
    run.counts:tell(list, sink.rows)
    return true
  end
  local statuses = run.stream.api.statuses
  noted = contexts.refusal(noted, message)
  if statuses and noted.status and statuses.skip[noted.status] then
    run.client:log("WARN", ("%s; the parent %s is left out, as `statuses` says"):format(message, key))
  elseif noted.absent and list.source.path:find("%2F", 1, true) then
    run.counts:leave_out(list)
  elseif noted.status == 404 and not noted.absent then
    run.client:log("WARN", parents.gone(run.client, key, list.source.path))
  else
    return nil, ("parent %s: %s"):format(key, message), kind, noted
  end
  return true
end

local function count_failure(run, message, kind, refusal)
  run.failures, run.in_a_row = run.failures + 1, run.in_a_row + 1
  run.first = run.first or { message, kind, refusal }
  if run.follow then run.follow:freeze() end
  run.client:hurry()
  if run.in_a_row >= MOST_FAILURES then run.stopped = true end
end

-- A parent that comes twice is read once; one that is followed comes again only where it has changed meanwhile.
local function is_due(run, key) return run.follow ~= nil or run.seen:add(key) end

local function read_children(run, items, get, stream)
  parallel(items, run.config.num_workers, function(item)
    local parent = not run.stopped and get(item)
    if not parent then return end
    if type(parent) ~= "table" then error(("a parent must be a table, not a %s"):format(type(parent)), 0) end
    local key = parents.key(parent, stream)
    if not is_ours(run, key) or not is_due(run, key) then return end
    run.count = run.count + 1
    local ok, message, kind, refusal = read_child(run, parent, key, stream)
    if ok then run.in_a_row = 0 else count_failure(run, message, kind, refusal) end
  end)
end

-- ---- the whole

local function new_run(stream, client, job)
  local warned, run = {}, nil
  run = {
    whole = whole_state.new(job.emitter, job.checkpoint, function() return compose(run) end),
    stream = stream, listed = added.listed(stream),
    client = client, config = job.config, options = job.options, state = job.state,
    incremental = job.incremental, checkpoint = job.checkpoint, emitter = job.emitter, split = job.split,
    known = job.known or { names = {}, scripts = {} },
    field = stream.cursor and stream.cursor.field,
    ids = stream.cursor and stream.cursor.type == "id" or nil, owner = owners.of_children(stream, client.config),
    states = {}, remembered = 0, met = {}, warned = warned,
    warnings = field_warnings.new(client, warned), seen = keys.set(SEEN), count = 0, failures = 0, in_a_row = 0,
    noted = {}, told = job.noted, exists = job.exists, counts = parent_counts.new(client, job),
    follow = job.incremental and stream.follow_parent and followed.new(nil) or nil,
  }
  run.clash = client.custom and key_clash.new(stream, run.warnings) or nil -- the keys of shipped streams are known
  return run
end

local function take_states(run, state)
  if not run.incremental or type(state) ~= "table" or type(state.parents) ~= "table" then return end
  if not owners.takes(run.stream, run.client.config, state.of, run.client) then return end
  stream_state.use_seed(state)
  if run.follow then run.follow = followed.new(state) end
  for key, value in pairs(state.parents) do
    run.states[key], run.remembered = value, run.remembered + remembered(value)
  end
end

-- Whoever reads several projects leaves one out by why it failed.
local function failed(run, message, kind, refusal)
  if run.told then contexts.note(run.told, message, refusal) end
  return nil, message, kind
end

local function finish(run, ok, message, kind)
  run.counts:warn(run.stream)
  local capped = run.counts.capped
  if not ok or run.failures > 0 or capped then
    if run.incremental and (next(run.states) or run.follow and run.follow.state) then run.whole:write() end
    if not ok then return failed(run, message, kind, contexts.refusal(run.noted, message)) end
    if run.failures == 0 then return nil, run.counts:words(), "config_error", "capped" end
    return failed(run, ("%d of %s could not be read%s; the first: %s"):format(run.failures, counted(run.count, "parent"),
      run.stopped and ", and no more were tried" or "", run.first[1]), run.first[2], run.first[3])
  end
  run.emitter:state(run.incremental and (compose(run, true)) or { [stream_state.FINISHED] = true })
  return "read for " .. counted(run.count, "parent")
end

---Reads a child stream for all of its parents.
---@param stream stream
---@param client client
---@param job {config: table, options: table, state: table?, incremental: boolean, checkpoint: integer?, emitter: emitter,
---known: known_streams?}
---@return string? ended
---@return string? message
---@return string? failure_type
---@return "capped"|nil outcome the configuration wants no more parents
function children.read(stream, client, job)
  local before = emitter.ended_before(job)
  if before then return before end
  local run = new_run(stream, client, job)
  take_states(run, job.state)
  return finish(run, parents.each_batch(run, stream, function(items, get, parent)
    read_children(run, items, get, parent)
  end))
end

---One request for one record, of the first parent.
---@return integer? records
---@return string? message
---@return string? failure_type
---@return {status: integer?, scope: string?, code: string?}? refusal
function children.probe(stream, client, job)
  local run, first = new_run(stream, client, job), nil
  local ok, message, kind = parents.each_batch(run, stream, function(items, get)
    if run.stopped or not items[1] then return end
    run.stopped, first = true, get(items[1])
  end)
  if not first then return ok and 0, message, kind, run.noted end
  return reader.probe_list(run.listed, client, contexts.new(run.config, first))
end

---Whether a state can be understood; says what is wrong with it.
---@param stream stream
---@param state table?
---@return true?
---@return string? message
function children.understand(stream, state)
  if state == nil or state == json.null or type(state) == "table" and next(state) == nil then return true end
  local found = type(state) == "table" and (state.parents or state[stream_state.FINISHED] and {})
  if type(found) ~= "table" then
    return nil, ("the state of the stream '%s' cannot be understood: it has no 'parents'"):format(stream.name)
  end
  for key, value in pairs(found) do
    local ok, wrong = reader.understand(stream, value)
    if not ok then return nil, ("parent %s: %s"):format(key, wrong) end
  end
  return true
end

return children
