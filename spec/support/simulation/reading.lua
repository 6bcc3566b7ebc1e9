--- One run of the real walk against a pretended server: the list that it asks, and the sink that it prints to. What is
--- in the process is lost when a run is cut; what was printed is all that there is.
local json = require "json"
local page = require "page"
local tasks = require "tasks"

local reading = {}

local SECOND = 1000000
local ENDLESS = 5000 -- requests of one run

---@class disturbance of one run; nil: none
---@field cut integer? after so many things done: a request, a record printed, a state printed
---@field fault number share of requests that fail
---@field refused integer? so many requests with a cursor are refused, from the run's first
---@field shrink number share of requests that are refused for their page size

---@class run
---@field records row[] as printed
---@field requests integer
---@field disturbed boolean? something failed that need not have
---@field cut boolean?
---@field ok boolean?
---@field message string?

local list = {}
list.__index = list

-- What a view reads of the list itself, it writes there too: the page size.
function list:view()
  return setmetatable({ base = self.base }, { __index = self.base })
end

function list:at_once() return self.places end

function list:done() end

function list:weigh() end

function list:lower_rows(rows) self.base.rows = rows end

-- One more thing is done; at some one of them the process ends.
local function tick(run, disturbance)
  run.done = run.done + 1
  run.cut = disturbance.cut and run.done > disturbance.cut
  if run.cut then error("cut", 0) end
end

local function fault(self, message, kind, answer)
  self.run.disturbed = true
  return nil, message, kind, answer or {}
end

-- How this request fails, if it does.
function list:failure(ask)
  local how = self.disturbance
  if math.random() < (how.fault or 0) then return "503", "transient_error" end
  if ask.cursor and (how.refused or 0) > 0 then
    how.refused = how.refused - 1
    return "invalid cursor", "system_error"
  end
  if self.rows > 2 and math.random() < (how.shrink or 0) then
    self.base.rows = math.max(2, self.rows // 2)
    return "too many", "system_error", { restart = true }
  end
end

local function text_of(rows)
  local texts = {}
  for i, row in ipairs(rows) do texts[i] = row.text end
  return "[" .. table.concat(texts, ",") .. "]"
end

-- Answers come in another order than they were asked for.
local function wait_for_others()
  for _ = 1, math.random(0, 3) do tasks.sleep(0) end
end

function list:fetch(ask)
  local server, run = self.server, self.run
  if self.places > 1 then wait_for_others() end
  tick(run, self.disturbance)
  run.requests = run.requests + 1
  if run.requests > ENDLESS then error("the walk does not end", 0) end
  if run.requests > 1 then self.pass(server) end
  local message, kind, answer = self:failure(ask)
  if message then return fault(self, message, kind, answer) end
  local rows, cursor = server:page(ask, self.rows)
  run.most, run.smallest = math.max(run.most, #server.rows), math.min(run.smallest, self.rows)
  self.next, self.date = cursor, server.now - server.now % SECOND
  self.text = text_of(rows)
  return page.of(self.text, self.settings)
end

function list:keep() return self.text end

function list:reopen(text) return page.of(text, self.settings) end

function list:confirm() return true end

local function page_settings(kind)
  local fields, key = { "id", kind.field }, { "id", kind.field }
  for _, name in ipairs(kind.ordered_by) do
    if name ~= kind.field then fields[#fields + 1] = name end
  end
  return { fields = fields, key = key }
end

local function sink_for(history, run, disturbance)
  local sink = {}
  function sink:emit(from)
    for i = 1, from:count() do
      local text, kept = from:record(i)
      if kept then
        tick(run, disturbance)
        history:printed(run, history.server.by_text[text])
      end
    end
  end
  function sink:state(state)
    tick(run, disturbance)
    history:said(run, state)
  end
  function sink:log() end
  function sink:ticks() return history.server.now / SECOND end
  return sink
end

-- As reader.lua decides it: a full read goes on from a full read that was cut, and from nothing else.
local function relevant(scripts, history)
  local state = history.state and json.decode(history.state)
  local known = assert(scripts.stream_state.read(state, history.drawn.kind.field))
  if not history.drawn.full or known.walk and known.walk.full then return known end
  return scripts.stream_state.read(nil)
end

--- Runs the walk once.
---@param history table
---@param disturbance disturbance
---@return run
function reading.run(history, disturbance)
  local drawn, kind, scripts = history.drawn, history.drawn.kind, history.scripts
  local run = { records = {}, requests = 0, done = 0, most = 0, smallest = drawn.size, changes = history.server.changes }
  local known = relevant(scripts, history)
  run.gaps = 1 + (known.walk and #known.walk.gaps or 0)
  local base = setmetatable({ server = history.server, run = run, disturbance = disturbance, rows = drawn.size,
    cursors = scripts.cursors, settings = page_settings(kind), pass = history.pass, places = drawn.places }, list)
  base.base = base
  local settings = { field = kind.field, ordered_by = kind.ordered_by, window = kind.window, start = drawn.start,
    lookback = drawn.lookback, full = drawn.full, of = { host = "sim" }, rows = drawn.checkpoint_rows,
    seconds = drawn.checkpoint_seconds, workers = drawn.places, most_gaps = drawn.most_gaps }
  local alive, ok, message = pcall(function()
    return scripts.backfill.new(base:view(), sink_for(history, run, disturbance), settings, known):run()
  end)
  if not alive and not run.cut then error(ok, 0) end
  run.ok, run.message = alive and ok, message
  run.changes = history.server.changes - run.changes
  return run
end

return reading
