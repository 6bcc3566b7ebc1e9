--- Random histories of issues and events, read by runs of the real logic that are cut anywhere, and what must hold of them.
local clock = require "clock"
local groups = require "spec.support.simulation.groups"
local json = require "json"
local page = require "page"
local tasks = require "tasks"

local through = {}

local SECOND, MINUTE = 1000000, 60 * 1000000
local ENDLESS = 4000
local MOST_CHANGES = 40 -- while one run goes on: a list must not grow faster than it is read

-- ---- the two lists

local list = {}
list.__index = list

function list:view() return setmetatable({ next = nil, read = self.read, get = self.get, settings = self.settings,
  page_size = self.page_size, page_tokens = self.page_tokens, noted = self.noted }, list) end
function list.at_once() return 1 end
function list.done() end
function list.confirm() return true end
function list.lower_page_size() end
list.source, list.hits, list.stream = { stands_in = function() end }, {}, { api = {} }

local function text_of(rows, first, limit)
  local texts = {}
  for i = first + 1, math.min(first + limit, #rows) do texts[#texts + 1] = rows[i].text end
  return "[" .. table.concat(texts, ",") .. "]"
end

-- One more thing is done; at some one of them the process ends.
local function tick(run)
  run.done = run.done + 1
  if run.cut_at and run.done > run.cut_at then
    run.cut = true
    error("cut", 0)
  end
end

function list:fetch(ask)
  local run = self.read
  if run.drawn.workers > 1 then for _ = 1, math.random(0, 2) do tasks.sleep(0) end end -- others answer meanwhile
  if self.stopped and self.stopped() then return nil, nil, nil, "stopped" end
  tick(run)
  run.requests = run.requests + 1
  run.longest = math.max(run.longest, run.ahead and run.server.now - run.ahead or 0)
  if run.requests > ENDLESS then error("the read does not end", 0) end
  run.server:pass()
  if run.changes < MOST_CHANGES and math.random() < run.drawn.churn then
    run.changes = run.changes + 1
    run.server:change(run.drawn.weights)
  end
  if math.random() < run.fault then
    run.failed = true
    if self.noted then self.noted.status = 503 end
    return nil, "503", "transient_error"
  end
  local size = ask.size or self.page_size.current
  local rows, first, token = self.get(ask.token, size)
  if not rows then
    self.noted.status = 404
    return nil, "404", "config_error"
  end
  self.next, self.date = token, run.server.now - run.server.now % SECOND
  return page.of(text_of(rows, first, size), self.settings)
end

local ISSUES = { fields = { "lastSeen", "id" }, key = { "id", "lastSeen" }, changing = {} }
local BY_ID = { fields = { "lastSeen", "id" }, key = { "id" } } -- what a parent says is not looked at
local EVENTS = { fields = { "dateCreated", "id" }, key = { "id", "dateCreated" } }

local function open(run, settings, get, more)
  local made = { read = run, settings = settings, get = get, page_tokens = run.scripts.cursors,
    page_size = { current = run.drawn.size, weigh = function() end } }
  for name, value in pairs(more) do made[name] = value end
  return setmetatable(made, list)
end

local function open_part(run, parent, more)
  local id, larger = math.tointeger(tonumber(parent.id)), more.larger or 1
  more.source = { path = tostring(id), stands_in = function() end }
  local made = open(run, EVENTS, function(token, size) return run.server:events_page(id, token, size) end, more)
  made.page_size.current = run.drawn.size * larger
  return made
end

-- ---- a run

local function print_event(history, run, text)
  tick(run)
  run.ahead = run.ahead or run.server.now
  local id = math.tointeger(tonumber(text:match '"id":"(%d+)"'))
  history.printed[id] = (history.printed[id] or 0) + 1
end

local function sink_for(history, run)
  local sink = { log = function() end, ticks = function() return run.server.now / SECOND end }
  function sink.emit(_, from)
    for i = 1, from:count() do
      local text, kept = from:record(i)
      if kept then print_event(history, run, text) end
    end
  end
  function sink.state(_, state)
    tick(run)
    history.state, run.ahead = json.encode(state), nil
    if state.parts then history.most_done = math.max(history.most_done or 0, #state.parts.done) end
  end
  return sink
end

local function run_once(history, cut_at, fault)
  local drawn, server, scripts = history.drawn, history.server, history.scripts
  local run = { server = server, drawn = drawn, scripts = scripts, cut_at = cut_at, fault = fault, done = 0,
    requests = 0, changes = 0, longest = 0 } -- longest: between a record and the state that tells of it
  local state = history.state and json.decode(history.state)
  local known = assert(scripts.stream_state.read(state, "dateCreated"))
  local alive, ok, message = pcall(function()
    return scripts.through_parents.new(sink_for(history, run), {
      field = "dateCreated", ordered_by = { "dateCreated" }, lookback = drawn.lookback, settling = 2 * MINUTE,
      full = drawn.full, workers = drawn.workers, parent_field = "lastSeen", of = { host = "sim" },
      checkpoint_records = drawn.checkpoint_rows, checkpoint_seconds = drawn.checkpoint_seconds,
      parents = function(stopped)
        return open(run, drawn.by_id and BY_ID or ISSUES, function(token, size) return server:issues_page(token, size) end,
          { stopped = stopped })
      end,
      part = function(parent, noted) return open_part(run, parent, { noted = noted }) end,
      brief = drawn.brief and function(parent, stopped)
        return open_part(run, parent, { noted = {}, stopped = stopped, larger = 3 })
      end or nil,
    }, known):run()
  end)
  if not alive and not run.cut then error(ok, 0) end
  run.ok, run.message = alive and ok, message
  return run
end

-- ---- what must hold

local function lost(history, upto)
  for _, event in ipairs(history.server.events) do
    local due = event.alive and event.time < upto and event.arrival <= event.time + history.drawn.late
    if due and not event.missed and not history.printed[event.id] then
      return ("the event %d of %s is lost"):format(event.id, clock.format(event.time))
    end
  end
end

local function repeated(history)
  local missed = {}
  for _, event in ipairs(history.server.events) do missed[event.id] = event.missed end
  for id, times in pairs(history.printed) do
    if times > 1 and not missed[id] then return ("the event %d came %d times"):format(id, times) end
  end
end

local function wrong_after(history, run)
  if not run.ok then
    if not run.cut and not run.failed and history.drawn.churn == 0 then return "it did not settle: " .. tostring(run.message) end
    return nil
  end
  local state, most = json.decode(history.state), history.drawn.silence
  if most and run.longest > most then return ("no state told of a record for %d s"):format(run.longest // SECOND) end
  if history.drawn.done and history.most_done > history.drawn.done then return "a state names more parents than it may" end
  if history.drawn.full then return lost(history, history.began - 2 * MINUTE) end
  local mark = clock.parse(state.dateCreated)
  if state.parts then return "the read is over, and its state says that it is not" end
  if history.mark and mark < history.mark then return "the state's time fell" end
  history.mark = mark
  return lost(history, mark)
end

local WEIGHTS = { event = 4, burst = 2, late = 2, issue = 1, merge = 2, unmerge = 1, delete = 0.3 }

local function draw(focus)
  local late = math.random(0, 60) * SECOND
  local drawn = {
    size = math.random(2, 6), churn = math.random() < 0.2 and 0 or math.random() * 0.7, weights = WEIGHTS,
    lookback = math.max(late, math.random(0, 10) * MINUTE), late = late, lag = (110 * SECOND - late) // 1,
    full = math.random() < 0.2, workers = math.random(1, 3), cut = 0.5, fault = math.random() < 0.3 and 0.03 or 0,
    checkpoint_rows = math.random(1, 8), checkpoint_seconds = math.random() < 0.7 and 0 or 30, runs = math.random(1, 4),
    issues = math.random(1, 14), events = math.random(0, 60), step = math.random(1, 20) * SECOND,
    span = math.random(1, 60) * MINUTE, brief = math.random() < 0.7,
  }
  for name, value in pairs(focus or {}) do drawn[name] = value end
  return drawn
end

--- Plays one history. Returns what is wrong with it; nil: nothing is.
---@param seed integer
---@param scripts table<string, table>
---@param focus table? traits that are not drawn
---@return string?
function through.violation(seed, scripts, focus)
  math.randomseed(seed)
  local drawn = draw(focus)
  local server = groups.new(drawn)
  local history = { drawn = drawn, server = server, scripts = scripts, printed = {} }
  local whole = true
  for n = 1, drawn.runs + 1 do
    local last = n == drawn.runs + 1
    if last then drawn.churn = 0 end
    history.began = history.began or server.now
    local cut_at = not last and math.random() < drawn.cut and math.random(1, 120) or nil
    local run = run_once(history, cut_at, last and 0 or drawn.fault)
    whole = whole and run.ok ~= nil and run.ok ~= false
    local wrong = wrong_after(history, run)
    if wrong then return wrong end
    if drawn.full and run.ok then return nil end
    server.now = server.now + math.random(0, 30) * MINUTE
    for _ = 1, math.random(0, 6) do server:change(drawn.weights) end
    server:settle()
  end
  return whole and repeated(history) or nil
end

return through
