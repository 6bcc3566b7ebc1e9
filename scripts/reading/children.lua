-- Child streams: one list for each record of a parent, which is a stream or what a function of the script gives. Parents are
-- read page by page, and the children of a page, several at once, before the next: memory does not grow with parents.
local airbyte = require "airbyte"
local clock = require "clock"
local contexts = require "reading.context"
local emitter = require "reading.emitter"
local json = require "json"
local keys = require "keys"
local lists = require "reading.list"
local loader = require "stream.loader"
local memory = require "reading.stream_state"
local parallel = require "lib.parallel"
local places = require "reading.place"
local reader = require "reading.reader"

local parents = {}

local DEEPEST = 4 -- parents of parents; beyond, it is likely a circle
local SEEN = 200000 -- keys of parents that were read in this run
local MOST_FAILURES = 20 -- in a row: the server, not a parent, is at fault
local MICROSECONDS = 1000000
local STOPPED = "stopped"

-- ---- which parents there are

-- Parents that a page holds, decoded one at a time, when their turn comes.
local function batch_of(page)
  local rows = {}
  for i = 1, page:count() do
    if select(2, page:record(i)) then rows[#rows + 1] = i end
  end
  return rows, function(row) return json.decode((page:record(row))) end
end

local function load_parent(name, known)
  local stream, wrong, code = loader.load(name, known)
  if code and code ~= "invalid" then return nil, "its parent: " .. wrong, "config_error" end
  if stream and stream.read then wrong = "it has a `read` of its own, and cannot be a parent" end
  if wrong then return nil, ("its parent '%s': %s"):format(name, wrong), "config_error" end
  return stream
end

-- A walk's sink that hands on the parents of each page. Their states are not kept: parents are listed whole each time.
local function sink_to(run, list, consume)
  return {
    emit = function(_, page)
      emitter.hooks(list.stream, page, list.context)
      consume(batch_of(page))
    end,
    state = function() end,
    log = function(_, level, message) run.client:log(level, message) end,
    ticks = function() return clock.now() / MICROSECONDS end,
  }
end

-- No page more is asked for once a run has been stopped.
local function stoppable(run, list)
  local fetch = list.fetch
  function list.base:fetch(ask)
    if run.stopped then return nil, STOPPED, "system_error" end
    return fetch(self, ask)
  end
end

-- A client that notes what a server refused, and why: a parent may have gone since it was listed.
local function watched(client, noted)
  return setmetatable({
    fetch = function(_, ...)
      local value, message, kind, answer = client:fetch(...)
      noted.status, noted.scope = answer and answer.status, answer and answer.scope
      return value, message, kind, answer
    end,
  }, { __index = client })
end

local function read_parent(run, stream, context, consume)
  local client = contexts.client(stream, run.config, run.options, run.client.stream)
  client.stats = run.client.stats
  client = watched(client, run.noted)
  local list, wrong, kind = lists.new(stream, client, context)
  if not list then return nil, wrong, kind end
  stoppable(run, list)
  local sink = sink_to(run, list, function(rows, get) consume(rows, get, stream) end)
  local ok
  -- At one place only: the sink waits for children, and a walk's other places would hand on the same parents meanwhile.
  if stream.single then ok, wrong, kind = reader.single(list, sink)
  else ok, wrong, kind = reader.walk(list, sink, memory.read(nil), { incremental = false, workers = 1 }) end
  if not ok and not run.stopped then return nil, wrong, kind end
  return true
end

-- Calls consume(rows, get, stream) with the parents, a batch at a time: get gives the parent of a row.
local function each_batch(run, child, depth, consume)
  if type(child.parent) == "function" then
    local given = child.parent(contexts.new(run.config))
    if type(given) ~= "table" then return nil, "'parent' must return a list of tables, not a " .. type(given), "config_error" end
    consume(given, function(one) return one end)
    return true
  end
  if depth > DEEPEST then return nil, "its parents have parents without end", "config_error" end
  local stream, wrong, kind = load_parent(child.parent, run.known)
  if not stream then return nil, wrong, kind end
  if not stream.parent then return read_parent(run, stream, contexts.new(run.config), consume) end
  local failed
  local ok, message, failure = each_batch(run, stream, depth + 1, function(rows, get)
    for _, row in ipairs(rows) do
      if failed or run.stopped then return end
      local done, why, type_of = read_parent(run, stream, contexts.new(run.config, get(row)), consume)
      if not done then failed = { why, type_of } end
    end
  end)
  if not ok then return nil, message, failure end
  if failed then return nil, failed[1], failed[2] end
  return true
end

-- What a state knows a parent by.
local function key_of(parent, stream)
  local parts = {}
  for _, name in ipairs(stream and stream.primary_key or { "id" }) do
    local value = parent[name]
    if type(value) == "string" or math.type(value) then parts[#parts + 1] = tostring(value) end
  end
  return #parts > 0 and table.concat(parts, "/") or json.encode(parent)
end

-- ---- the state: that of each parent's list, in one

-- A parent's own, without what holds for all.
local function remember(run, key, state)
  state.of = nil
  run.states[key] = state
  run.met[key] = true
end

local function compose(run, only_met)
  local states = {}
  for key, state in pairs(run.states) do
    if not only_met or run.met[key] then states[key] = state end
  end
  return { of = run.place, parents = states }
end

-- Each part says no more than what was written before it, so the whole can be told at any time; how often is a matter of its
-- size, which grows with the parents.
local function checkpoint_when_due(run)
  local now, records = clock.now(), airbyte.written()
  local enough = records - run.told >= run.every
  if not enough and not (records > run.told and now - run.told_at >= 30 * MICROSECONDS) then return end
  run.told, run.told_at = records, now
  run.emitter:state(compose(run))
end

-- ---- one child

local function sink_for(run, list, key)
  local sink = reader.sink(list, run.emitter)
  local emit = sink.emit
  function sink:emit(page)
    list.base.hits = nil -- of one parent's list, which says nothing of the whole
    emit(self, page)
  end
  function sink:state(state)
    if not run.incremental then return end
    remember(run, key, state)
    checkpoint_when_due(run)
  end
  return sink
end

local function read_child(run, parent, key)
  local noted = {}
  local client = watched(run.client, noted)
  local context = contexts.new(run.config, parent, run.state)
  local list, wrong, kind = lists.new(run.stream, client, context)
  if not list then return nil, wrong, kind end
  list.base.confirm = function() return true end -- it was listed just now
  list.base.warned = run.warned -- once for all parents
  local known = memory.read(run.incremental and run.states[key] or nil, run.field)
  run.met[key] = true
  local sink = sink_for(run, list, key)
  local ok, message
  if run.stream.single then ok, message, kind = reader.single(list, sink)
  else ok, message, kind = reader.walk(list, sink, known, run) end
  if ok then return true end
  if noted.status == 404 then
    run.client:log("WARN", ("%s; the parent %s has gone since it was listed, and is left out"):format(message, key))
    return true
  end
  return nil, ("parent %s: %s"):format(key, message), kind
end

local function count_failure(run, message, kind)
  run.failures = run.failures + 1
  run.in_a_row = run.in_a_row + 1
  run.first = run.first or { message, kind }
  if run.in_a_row >= MOST_FAILURES then run.stopped = true end
end

local function read_children(run, rows, get, stream)
  parallel(rows, run.config.num_workers, function(row)
    local parent = not run.stopped and get(row)
    if not parent then return end
    if type(parent) ~= "table" then error(("a parent must be a table, not a %s"):format(type(parent)), 0) end
    local key = key_of(parent, stream)
    if not run.seen:add(key) then return end
    run.count = run.count + 1
    local ok, message, kind = read_child(run, parent, key)
    if ok then run.in_a_row = 0 else count_failure(run, message, kind) end
  end)
end

-- ---- the whole

local function new_run(stream, client, job)
  return {
    stream = stream, client = client, config = job.config, options = job.options, state = job.state,
    incremental = job.incremental, checkpoint = job.checkpoint, emitter = job.emitter,
    known = job.known or { names = {}, scripts = {} },
    field = stream.cursor and stream.cursor.field, place = places.of(stream, client.config),
    states = {}, met = {}, warned = {}, seen = keys.set(SEEN), count = 0, failures = 0, in_a_row = 0,
    noted = {}, told = 0, told_at = clock.now(), every = job.checkpoint or 1000,
  }
end

local function take_states(run, state)
  if not run.incremental or type(state) ~= "table" or type(state.parents) ~= "table" then return end
  if not places.admits(run.place, type(state.of) == "table" and state.of or nil, run.client) then return end
  for key, value in pairs(state.parents) do run.states[key] = value end
end

local function finish(run, ok, message, kind)
  if not ok or run.failures > 0 then
    if run.incremental and next(run.states) then run.emitter:state(compose(run)) end
    if not ok then return nil, message, kind end
    return nil, ("%d of %d parents could not be read%s; the first: %s"):format(run.failures, run.count,
      run.stopped and ", and no more were tried" or "", run.first[1]), run.first[2]
  end
  run.emitter:state(run.incremental and compose(run, true) or { [memory.FINISHED] = true })
  return ("read for %d parents"):format(run.count)
end

---Reads a child stream for all of its parents.
---@param stream stream
---@param client client
---@param job {config: table, options: table, state: table?, incremental: boolean, checkpoint: integer?, emitter: emitter,
---known: known_streams?}
---@return string? ended
---@return string? message
---@return string? failure_type
function parents.read(stream, client, job)
  local before = emitter.ended_before(job)
  if before then return before end
  local run = new_run(stream, client, job)
  take_states(run, job.state)
  return finish(run, each_batch(run, stream, 1, function(rows, get, parent)
    read_children(run, rows, get, parent)
  end))
end

---One request for one record, of the first parent.
---@return integer? rows
---@return string? message
---@return string? failure_type
---@return {status: integer?, scope: string?}? refusal
function parents.probe(stream, client, job)
  local run, first = new_run(stream, client, job), nil
  local ok, message, kind = each_batch(run, stream, 1, function(rows, get)
    if run.stopped or not rows[1] then return end
    run.stopped, first = true, get(rows[1])
  end)
  if not first then return ok and 0, message, kind, run.noted end
  local list, page, refusal
  list, message, kind = lists.new(stream, client, contexts.new(run.config, first))
  if not list then return nil, message, kind end
  list.rows = list.rows and 1
  page, message, kind, refusal = list:fetch {}
  if not page then return nil, message, kind, refusal end
  emitter.hooks(stream, page, list.context)
  return page:count()
end

---Whether a state can be understood; says what is wrong with it.
---@param stream stream
---@param state table?
---@return true?
---@return string? message
function parents.understand(stream, state)
  if state == nil or state == json.null or type(state) == "table" and next(state) == nil then return true end
  local found = type(state) == "table" and (state.parents or state[memory.FINISHED] and {})
  if type(found) ~= "table" then
    return nil, ("the state of the stream '%s' cannot be understood: it has no 'parents'"):format(stream.name)
  end
  for key, value in pairs(found) do
    local ok, wrong = reader.understand(stream, value)
    if not ok then return nil, ("parent %s: %s"):format(key, wrong) end
  end
  return true
end

return parents
