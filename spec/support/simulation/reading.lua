--- One run of the real walk against a pretended server: the list that it asks, and the sink that it prints to. What is
--- in the process is lost when a run is cut; what was printed is all that there is.
local clock = require "clock"
local json = require "json"
local page = require "page"
local page_size = require "reading.page_size"
local tasks = require "tasks"
local violation = require "spec.support.simulation.violation"

local reading = {}

local SECOND = 1000000
local ENDLESS = 5000 -- requests of one run
local WINDOWS = { name = "windows", earliest = assert(clock.parse "2000-01-01T00:00:00Z") }

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

list.view = require "spec.support.simulation.view"

function list:at_once() return self.places end

list.source = { stands_in = function() end }

function list:done() end

function list:lower_page_size(records) self.page_size.current = records end

-- One more thing is done; at some one of them the process ends.
local function tick(run, disturbance)
  run.done = run.done + 1
  run.cut = disturbance.cut and run.done > disturbance.cut
  if run.cut then error("cut", 0) end
end

local function fault(self, message, kind, outcome)
  self.run.disturbed = true
  return nil, message, kind, outcome
end

-- How this request fails, if it does.
function list:failure(ask)
  local how = self.disturbance
  if math.random() < (how.fault or 0) then return "503", "transient_error" end
  if ask.token and (how.refused or 0) > 0 then
    how.refused = how.refused - 1
    return "invalid cursor", "system_error"
  end
  local size = self.page_size
  if size.current and size.current > 2 and math.random() < (how.shrink or 0) then
    size.current = math.max(2, size.current // 2)
    return "too many", "system_error", "restart"
  end
end

local function text_of(rows)
  local texts = {}
  for i, row in ipairs(rows) do texts[i] = row.text:sub(1, -2) .. (',"stats":%d}'):format(math.random(0, 9)) end
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
  if run.requests > ENDLESS then violation.raise "the walk does not end" end
  if run.requests > 1 then self.pass(server) end
  local message, kind, outcome = self:failure(ask)
  if message then return fault(self, message, kind, outcome) end
  local size = ask.size or self.page_size.current or self.usual_size
  local rows, token = server:page(ask, size)
  run.most, run.smallest = math.max(run.most, #server.rows), math.min(run.smallest, size)
  self.next, self.date = token, server.now - server.now % SECOND
  return page.of(text_of(rows), self.settings)
end

function list:confirm() return true end

local KNOWN_BY = { bytes = { "stats" }, all_bytes = {} } -- else by the key

local function page_settings(kind, drawn)
  local fields, key = { "id", kind.field }, drawn.keyless and {} or { "id", kind.field }
  for _, name in ipairs(kind.ordered_by) do
    if name ~= kind.field then fields[#fields + 1] = name end
  end
  local changes = kind.moves or #kind.ordered_by == 0 and kind.field
  return { fields = fields, key = key, changing = changes and KNOWN_BY[drawn.known_by or "bytes"] or nil }
end

local function sink_for(history, run, disturbance)
  local sink = {}
  function sink:emit(from)
    for i = 1, from:count() do
      local text, kept = from:record(i)
      if kept then
        tick(run, disturbance)
        history:printed(run, history.server.by_text[text:gsub(',"stats":%d', "")])
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
  run.gaps = 1 + (known.walk and #known.walk.slices or 0)
  local read = setmetatable({ server = history.server, run = run, disturbance = disturbance,
    usual_size = drawn.size, page_tokens = scripts.cursors,
    page_size = page_size.new { default = not drawn.unsaid_size and drawn.size or nil, parameters = {} },
    settings = page_settings(kind, drawn), hits = {}, stream = { api = {} }, pass = history.pass, places = drawn.places }, list)
  local settings = { field = kind.field, ordered_by = kind.ordered_by, windows = kind.window and WINDOWS or nil,
    start = drawn.start, lookback = drawn.lookback, full = drawn.full, of = { host = "sim" }, workers = drawn.places,
    checkpoint_records = drawn.checkpoint_rows, checkpoint_seconds = drawn.checkpoint_seconds,
    most_slices = drawn.most_slices, keyless = drawn.keyless, changes = kind.moves,
    share = history.share and history.share(known) }
  local alive, ok, message = pcall(function()
    return scripts.backfill.new(read:view(), sink_for(history, run, disturbance), settings, known):run()
  end)
  if not alive and not run.cut then error(ok, 0) end
  run.ok, run.message = alive and ok, message
  run.changes = history.server.changes - run.changes
  return run
end

return reading
