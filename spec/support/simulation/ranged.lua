--- One history of the property test of slices of a cursor's range: a list that changes, and is asked for from a time or an id on
--- and up to another; runs of the real reading, which are cut; and what must hold whatever happens. Reproducible from its seed.
---
--- Left out, for no client can be exact there: rows that become visible later than the lookback after their time.
local clock = require "clock"
local json = require "json"
local page = require "page"
local page_size = require "reading.page_size"
local prefetch = require "reading.prefetch"
local tasks = require "tasks"
local violation = require "spec.support.simulation.violation"

local ranged = {}
ranged.__index = ranged

local violated = violation.raise
local SECOND, HOUR, DAY = 1000000, 3600000000, 86400000000
local BEGINNING = assert(clock.parse "2026-03-01T00:00:00Z")
local ENDLESS = 6000
local MOST_HALVED = 17 -- times, until a day is a second

local function chance(share) return math.random() < share end
local function pick(list) return list[math.random(#list)] end

local shapes = {
  { slice = "P1D", form = "time", unit = SECOND }, { slice = "PT6H", form = "seconds", unit = SECOND },
  { slice = "P1W", form = "date", unit = DAY }, { slice = "P1M", form = "%d.%m.%Y", unit = DAY },
  { slice = "P1D", form = "milliseconds", unit = 1000 }, { slice = "P2D", form = "%Y-%m-%d %H:%M", unit = 60 * SECOND },
  { slice = "PT6H", form = "date", unit = DAY },
  { slice = 10, form = "id", unit = 1, ids = true },
  { slice = 3, form = "id", unit = 1, ids = true },
}

local of_times = table.move(shapes, 1, #shapes - 2, 1, {})

-- As what Sentry's Explore shows: the newest first, by counts of rows, and no row beyond a number.
local function as_explored(drawn)
  drawn.order, drawn.includes_start, drawn.includes_stop, drawn.changes, drawn.longest = 4, true, false, false, nil
  drawn.most = math.random(12, 25)
end

local function draw(focus)
  local shape = focus and focus.explored and shapes[1] or pick(focus and focus.times and of_times or shapes)
  local drawn = { shape = shape, size = math.random(3, 9), rows = math.random(0, 60), places = math.random(4),
    full = chance(0.4), churn = chance(0.4) and 0 or math.random() * 0.3, cut = chance(0.3) and 0 or 0.6,
    fault = chance(0.6) and 0 or 0.02, includes_start = chance(0.5), includes_stop = chance(0.5), order = math.random(3),
    lookback = pick { 600 * SECOND, 2 * HOUR }, changes = chance(0.5), runs = math.random(4), span = math.random(3, 70) * DAY,
    start = chance(0.3) and BEGINNING + 5 * DAY or nil, longest = chance(0.3) and 40 or nil, checkpoint = math.random(1, 30),
    skew = chance(0.5) and 0 or math.random(-40, 40) * HOUR, -- of this machine's clock, beside the server's
    pace = 20 * SECOND } -- a request takes so long at most
  if drawn.shape.ids then drawn.lookback, drawn.start, drawn.changes = 0, nil, false end
  if focus and focus.explored ~= nil then drawn.explored = focus.explored
  else drawn.explored = drawn.shape.form == "time" and chance(0.6) end
  if drawn.explored then as_explored(drawn) end
  for name, value in pairs(focus or {}) do drawn[name] = value end
  return drawn
end

-- ---- the server

local function add(self, value)
  self.ids = self.ids + 1
  local row = { id = self.ids, at = value }
  local text = self.drawn.shape.ids and tostring(value) or '"' .. clock.format(value) .. '"'
  row.text = ('{"id":%d,"at":%s}'):format(row.id, text)
  self.rows[#self.rows + 1], self.by_text[row.text] = row, row
  return row
end

-- A time within the span; many on borders of slices and seconds.
local function any_time(self)
  local us = BEGINNING + math.random(0, self.drawn.span)
  local grain = pick(self.drawn.explored and { 1, SECOND, HOUR } or { 1, SECOND, HOUR, DAY, DAY })
  return math.min(us // grain * grain, self.now)
end

local function remove(self, i)
  self.rows[i].gone = true
  table.remove(self.rows, i)
end

function ranged:change()
  local drawn = self.drawn
  local what = drawn.grows and 1 or math.random(3)
  self.changes = self.changes + 1
  if drawn.shape.ids then
    self.top = self.top + math.random(1, 2)
    add(self, self.top)
  elseif what == 1 then
    add(self, self.now - math.random(0, drawn.lookback // 2))
  elseif #self.rows > 0 and what == 2 then
    remove(self, math.random(#self.rows))
  elseif #self.rows > 0 and drawn.changes then
    local i = math.random(#self.rows)
    local id = self.rows[i].id
    remove(self, i)
    local row = add(self, self.now)
    self.by_text[row.text] = nil
    row.id, row.text = id, ('{"id":%d,"at":"%s"}'):format(id, clock.format(row.at))
    self.by_text[row.text] = row
  end
end

-- What a parameter says; the pattern of days as the server reads it.
local function value_of(form, text)
  if form == "id" then return math.tointeger(text) end
  if form == "seconds" then return math.tointeger(text) * SECOND end
  if form == "milliseconds" then return math.tointeger(text) * 1000 end
  local day, month, year = text:match "^(%d%d)%.(%d%d)%.(%d%d%d%d)$"
  if day then text = ("%s-%s-%s"):format(year, month, day) end
  return assert(clock.parse(text), text)
end

local orders = {
  function(a, b) return a.at < b.at end, function(a, b) return a.at > b.at end, function(a, b) return a.id < b.id end,
  function(a, b) return a.at > b.at or a.at == b.at and a.id > b.id end,
}

-- The rows of a range, in whole units, as a server does that compares days with days.
local function listed(self, parameters)
  local drawn, rows = self.drawn, {}
  local shape = drawn.shape
  local from = value_of(shape.form, parameters.from)
  local to = parameters.to and value_of(shape.form, parameters.to) or math.maxinteger
  if drawn.longest and parameters.to and to - from > drawn.longest * (shape.ids and shape.slice or 7 * DAY) then return nil end
  for _, row in ipairs(self.rows) do
    local at = row.at // shape.unit * shape.unit
    if (at > from or at == from and drawn.includes_start) and (at < to or at == to and drawn.includes_stop) then
      rows[#rows + 1] = row
    end
  end
  table.sort(rows, orders[drawn.order])
  return table.move(rows, 1, math.min(#rows, drawn.most or #rows), 1, {})
end

-- How many rows stand before a page, and the token of that after it.
local function place_of(self, token, size)
  if self.drawn.explored then
    local first = math.tointeger(tonumber((token or "0:0:0"):match "^0:(%d+):0$"))
    return first, ("0:%d:0"):format(first + size)
  end
  local number = tonumber(token or 1)
  return (number - 1) * size, tostring(number + 1)
end

-- ---- one run

local list = {}
list.__index = list

list.view = require "spec.support.simulation.view"

function list:within(asked, stopped)
  local view = self:view()
  view.asked, view.options = asked, { stopped = stopped }
  view.prefetch = prefetch.new(view)
  return view
end

function list:newest()
  return self:within(self.of.scripts.range.newest(self.stream.cursor), function() return false end)
end

function list:at_once() return self.of.drawn.places end
-- What does not hold is raised in a task of a run, where it becomes a text, or is lost behind a cut: the run's end raises it
-- again.
local function violated_in_run(run, ...)
  local _, raised = pcall(violated, ...)
  run.violation = run.violation or raised
  error(raised, 0)
end

function list:done() end
function list:confirm() return true end
function list:lower_page_size() end

local function tick(history)
  local run = history.running
  run.done = run.done + 1
  run.ended = run.most ~= nil and run.done > run.most
  if run.ended then error("cut", 0) end
end

function list:fetch(ask)
  local history = self.of
  if self.options.stopped() then return nil, nil, nil, "stopped" end
  for _ = 1, history.drawn.places > 1 and math.random(0, 3) or 0 do tasks.sleep(0) end
  local held = self.prefetch:take_held(ask)
  if held then return held end
  tick(history)
  local run = history.running
  run.requests = run.requests + 1
  if run.requests > ENDLESS then violated_in_run(run, "the read does not end") end
  history.now = history.now + math.random(0, history.drawn.pace)
  if not history.quiet and chance(history.drawn.churn) then history:change() end
  if chance(run.fault) then
    run.disturbed = true
    return nil, "503", "transient_error", nil, { status = 503 }
  end
  local rows, size = listed(history, self.asked.parameters), self.page_size.current
  if not rows then return nil, "too long", "system_error", nil, { status = 400 } end
  local texts, first, after = {}, place_of(history, ask.token, size)
  for i = first + 1, math.min(first + size, #rows) do texts[#texts + 1] = rows[i].text end
  self.next, self.date = first + size < #rows and after or nil, history.now - history.now % SECOND
  local made = page.of("[" .. table.concat(texts, ",") .. "]", { fields = { "id", "at" }, key = { "id", "at" },
    changing = history.drawn.changes and {} or nil, numbers = history.drawn.shape.ids and "id" or nil })
  local wrong = history.scripts.range.wrong(self.asked, made)
  if wrong then violated_in_run(history.running, "%s", wrong) end
  return made
end

local function opaque(text) return { kind = "page", offset = 0, text = text, at = function() return text end } end

local function new_list(history)
  local shape = history.drawn.shape
  local cursor = { field = "at", type = shape.ids and "id" or nil, start = { name = "from", format = shape.form },
    stop = { name = "to", format = shape.form }, slice = shape.slice, most_rows = history.drawn.most,
    ordered_by = history.drawn.explored and { "at" } or {} }
  return setmetatable({ of = history, stream = { api = {}, cursor = cursor }, options = {},
    page_size = page_size.new { default = history.drawn.size, parameters = {} },
    page_tokens = { read = history.drawn.explored and history.scripts.cursors.read or opaque }, hits = {},
    warnings = { once = function() end },
    source = { stands_in = function() end } }, list)
end

-- A record was printed.
local function printed(history, text)
  local run, row = history.running, history.by_text[text]
  tick(history)
  if row.run == run then violated_in_run(run, "%s came twice in one run", text) end
  if row.covered then violated_in_run(run, "%s came again", text) end
  row.run, row.sent, history.sent[row.id] = run, true, true
  history.uncovered[#history.uncovered + 1] = row
end

local function new_sink(history)
  local sink = { log = function() end, ticks = function() return history.now / SECOND end }
  function sink.emit(_, from)
    for i = 1, from:count() do
      local text, kept = from:record(i)
      if kept then printed(history, text) end
    end
  end
  function sink.state(_, state)
    tick(history)
    history.state = json.encode(state)
    local halved = history.drawn.most and MOST_HALVED or 0
    if #(state.walk and state.walk.gaps or {}) > history.drawn.places * (history.runs + 1 + halved) + 1 then
      violated_in_run(history.running, "the state has %d slices", #state.walk.gaps)
    end
    for _, row in ipairs(history.uncovered) do row.covered = true end
    history.uncovered = {}
  end
  return sink
end

local function known_of(history)
  local stream_state, ids = history.scripts.stream_state, history.drawn.shape.ids
  local known = assert(stream_state.read(history.state and json.decode(history.state), "at", ids))
  local counts = not history.drawn.full or known.walk and known.walk.full
  return counts and known or stream_state.read(nil, "at", ids)
end

-- What was there all the time has come, in this run or one before.
local function check(history, before)
  for _, row in ipairs(before) do
    local wanted = not history.drawn.start or row.at >= history.drawn.start
    local had = row.sent or history.drawn.full and history.sent[row.id]
    if wanted and not row.gone and not had then violated("%s was lost", row.text) end
    if history.drawn.full and row.gone and history.listed[row.id] and wanted and not history.sent[row.id] then
      violated("record %d was lost as it moved", row.id)
    end
  end
end

local function run_once(history, disturbed)
  local drawn = history.drawn
  local before, changes = table.move(history.rows, 1, #history.rows, 1, {}), history.changes
  history.whole = history.whole or before
  local run = { done = 0, requests = 0, fault = disturbed and drawn.fault or 0,
    most = disturbed and chance(drawn.cut) and math.random(0, 3 * drawn.rows + 20) or nil }
  history.running, history.runs, history.uncovered = run, history.runs + 1, {}
  local settings = { field = "at", ordered_by = drawn.explored and { "at" } or {}, start = drawn.start,
    lookback = drawn.lookback, full = drawn.full,
    changes = drawn.changes, of = {}, ids = drawn.shape.ids, disorder = drawn.shape.ids and 0 or nil, workers = drawn.places,
    checkpoint_records = drawn.checkpoint }
  local alive, ok, message = pcall(function()
    return history.scripts.range_slices.new(new_list(history), new_sink(history), settings, known_of(history)):run()
  end)
  if run.violation then error(run.violation, 0) end
  if not alive and not run.ended then error(ok, 0) end
  local done = alive and ok
  if not done and not run.ended and not run.disturbed and history.changes == changes then
    violated("the read failed for no reason: %s", message)
  end
  if done then
    history.listed = {}
    for _, row in ipairs(history.rows) do history.listed[row.id] = true end
    check(history, drawn.full and history.whole or before)
  end
  return done, run
end

---@param seed integer
---@param scripts table<string, table>
---@param focus table?
function ranged.new(seed, scripts, focus)
  math.randomseed(seed)
  local made = setmetatable({ drawn = draw(focus), scripts = scripts, rows = {}, by_text = {}, sent = {}, uncovered = {}, ids = 0,
    runs = 0, changes = 0 }, ranged)
  made.now, made.top = BEGINNING + made.drawn.span + math.random(0, DAY), math.random(0, 1) * math.random(0, 100000)
  scripts.clock.now = function() return made.now + made.drawn.skew end
  for _ = 1, made.drawn.rows do
    if made.drawn.shape.ids then
      made.top = made.top + (chance(0.1) and math.random(1, 200) or math.random(1, 3))
      add(made, made.top)
    else
      add(made, any_time(made))
    end
  end
  return made
end

--- Plays the history to its end, and raises what does not hold.
function ranged:play()
  for _ = 1, self.drawn.runs do
    if run_once(self, true) and self.drawn.full then return end
    self.now = self.now + math.random(0, 3 * DAY)
    for _ = 1, math.random(0, 5) do self:change() end
  end
  self.quiet = true
  local done = run_once(self, false)
  if not done then violated "a run that nothing disturbs is not completed" end
  if self.drawn.full then return end
  local _, run = run_once(self, false)
  if self.drawn.rows > 0 and not self.drawn.longest and run.requests > 120 then
    violated("%d requests for nothing new", run.requests)
  end
end

--- Plays a history; returns what does not hold in it, or nil.
---@param seed integer
---@param scripts table<string, table>
---@param focus table?
---@return string? violation
function ranged.violation(seed, scripts, focus)
  return violation.found(("PERIGEE_SEED=%d"):format(seed), function() ranged.new(seed, scripts, focus):play() end)
end

--- The scripts under test, with a clock of the histories' own.
---@param mutant mutant?
---@return table<string, table>
function ranged.scripts(mutant)
  local scripts = require "spec.support.simulation.scripts"
  local pretended = setmetatable({}, { __index = clock })
  local loaded = scripts.load(mutant, { clock = pretended })
  loaded.clock = pretended
  return loaded
end

return ranged
