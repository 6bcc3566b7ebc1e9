--- One history of the property test of the walk: a list that changes, runs that are cut, and what must hold whatever
--- happens. Reproducible from its seed.
---
--- Left out, for no client can be exact there (docs/reading.md): rows that become visible later than the lookback after
--- their time (`stale`), except on lists that are in the order of arrival or in none, and to readers that go by the state's
--- time alone; rows of one time that stand in another order at each request (Sentry 9.1.2); GlitchTip's ties above 100 rows;
--- rows whose time falls; what the server deletes before it is read.
local clock = require "clock"
local json = require "json"
local reading = require "spec.support.simulation.reading"
local traits = require "spec.support.simulation.traits"
local violation = require "spec.support.simulation.violation"

local SECOND = 1000000
local WINDOWS = { true, false, "shifted" }
local MOST_CHANGES = 60 -- while one run goes on: a list must not grow faster than it is read

local history = {}
history.__index = history

local violated = violation.raise

local function chance(share) return math.random() < share end

---@param seed integer
---@param scripts table<string, table> the scripts under test (simulation/scripts.lua)
---@param focus table? traits that are not left to chance; `name` is that of a kind
function history.new(seed, scripts, focus)
  math.randomseed(seed)
  local drawn = traits.draw(focus or {})
  local made = setmetatable({ drawn = drawn, scripts = scripts, emitted = {}, count = 0, marks = {}, ids = {}, lost = {},
    blind = math.mininteger }, history)
  made.server = traits.server(drawn)
  function made.pass(server) made:change(server) end
  made:hand_over(drawn.input)
  return made
end

-- ---- what is printed

-- Is its list read whole, and compared with what was sent before? Then no time hides a row.
function history:is_whole() return #self.drawn.kind.ordered_by == 0 end

--- A record was printed.
function history:printed(run, row)
  if row.run == run then violated("%s came twice in one run", row.text) end
  local due = self.drawn.small_memory or self.lost[row.time] or self.lost[row.received]
  if (row.settled or row.covered) and not due then violated("%s came again without need", row.text) end
  self.count = self.count + 1
  row.run, row.first, self.ids[row.id] = run, row.first or self.count, true
  self.emitted[#self.emitted + 1], run.records[#run.records + 1] = row, row
  run.since_state = (run.since_state or 0) + 1
end

-- W, as another reader takes it: it never falls, but from a time to come.
function history:follow_mark(mark)
  mark = mark and (clock.parse(mark) or violated("the state's time cannot be read: %s", mark))
  if self.mark and (mark or math.mininteger) < self.mark and self.mark <= self.began then
    violated("the state's time fell from %s to %s", clock.format(self.mark), mark and clock.format(mark) or "none")
  end
  if mark and mark ~= self.mark then self.marks[#self.marks + 1] = { us = mark, count = self.count } end
  self.mark = mark
end

--- A state was printed.
function history:said(run, state)
  local text = json.encode(state)
  if run.since_state and text == self.state and not self.drawn.small_memory then
    violated("the state %s says nothing of %d records", text, run.since_state)
  end
  run.since_state, self.state = nil, text
  for _, one in ipairs(state.lost or {}) do self.lost[clock.parse(one.time)] = true end
  for _, row in ipairs(self:is_whole() and self.drawn.kind.field and run.records or {}) do row.covered = true end
  if not self.drawn.full then self:follow_mark(state[self.drawn.kind.field]) end
end

-- ---- what must hold

-- Must this row have come, to a reader by arrival (perigee), or by time alone (another one)?
function history:due(row, by_time)
  local drawn = self.drawn
  if self:is_whole() and not by_time then return not row.hidden and not (drawn.start and row.time < drawn.start) end
  if row.hidden or row.time < self.blind or drawn.start and drawn.kind.field and row.time < drawn.start then return false end
  if self.lost[row.time] or self.lost[row.received] then return false end -- and the run that noted that has failed
  return not row.passed_over and (not row.stale or not by_time and drawn.kind.by_arrival or false)
end

function history:check_nothing_lost(rows, when)
  for _, row in ipairs(rows) do
    if row.alive and not row.first and self:due(row) then violated("%s was lost %s", row.text, when) end
  end
end

-- A full read brings each record that stays, though its time may change meanwhile.
function history:check_all_records()
  local listed = {}
  for _, row in ipairs(self.server.rows) do listed[row.id] = self:due(row) end
  for _, row in ipairs(self.whole) do
    if listed[row.id] and self:due(row) and not self.ids[row.id] then violated("record %d was lost as it moved", row.id) end
  end
end

-- Whoever goes on from any state's time alone, and takes what is later than it, has everything.
function history:check_marks()
  for _, mark in ipairs(self.marks) do
    for _, row in ipairs(self.server.rows) do
      local had = row.time > mark.us or (row.first or math.maxinteger) <= mark.count
      if not had and self.drawn.lookback > 0 and self:due(row, true) then
        violated("%s was lost to a reader from %s", row.text, clock.format(mark.us))
      end
    end
  end
end

-- No walk is longer than the list, its gaps and what changes meanwhile account for. Of several places one at least gets on as
-- a single one would, while the others may meet empty windows.
function history:check_requests(run)
  local pages = run.most // math.max(run.smallest - 1, 1) + 2
  local passes = self.drawn.anew and 12 or (self.drawn.full or #self.drawn.kind.ordered_by == 0) and 8 or 1
  local most = 8 + self.drawn.places * passes * (2 * pages + 2) * (run.gaps + 1) + run.changes * (pages + 2)
  if run.requests > most then violated("%d requests, where %d would do", run.requests, most) end
end

function history:check_completed(snapshot)
  self:check_nothing_lost(snapshot, "by a run that was completed")
  if self.drawn.full then self:check_all_records() end
  for _, row in ipairs(self.emitted) do row.settled = true end
  self.emitted = {}
end

-- ---- what happens

--- Time passes, and the list changes, between two requests.
function history:change(server)
  local drawn = self.drawn
  server.now = server.now + math.floor(math.random() * 2 * drawn.step)
  if self.quiet or server.changes - self.changes_before > MOST_CHANGES then return end
  local wanted = drawn.churn * math.random() * 2
  for _ = 1, math.floor(wanted) + (chance(wanted % 1) and 1 or 0) do server:change(drawn.weights) end
end

-- Another reader's state: it has everything up to its time, or says so of a time to come.
function history:hand_over(input)
  if not input then return end
  local server, field = self.server, self.drawn.kind.field
  local newest
  for _, row in ipairs(server.rows) do newest = math.max(newest or row.time, row.time) end
  if not newest then return end
  local mark = input == "future" and server.now + math.random(2, 1000) * SECOND or newest
  if input == "future" then self.blind = mark - self.drawn.lookback end -- for it says that nothing is new before
  if input == "peer" and chance(0.5) then mark = server.rows[math.random(#server.rows)].time end
  self.count = self.count + 1
  for _, row in ipairs(server.rows) do
    if row.time <= mark then row.first = row.first or self.count end
  end
  self.mark, self.state = mark, json.encode { [field] = clock.format(mark) }
end

-- A state of another reader: its time, and nothing else or what the state held besides.
function history:state_of_peer(mark)
  local state = chance(0.5) and self.state and json.decode(self.state) or {}
  state[self.drawn.kind.field] = clock.format(mark)
  return json.encode(state)
end

-- Another reader reads on, from the state's time alone, and leaves a state of its own. What lies below the lookback then
-- need not come again.
function history:peer()
  local server, mark = self.server, self.mark
  self:check_marks()
  self.count = self.count + 1
  local newest = mark
  for _, row in ipairs(server.rows) do
    if row.time > (mark or math.mininteger) then row.first = row.first or self.count end
    row.passed_over = not row.first -- by the other reader, which does not look back
    newest = math.max(newest or row.time, row.time)
  end
  local below = newest and newest ~= mark and math.min(newest, server.now) - self.drawn.lookback - 2 * SECOND
  for _, row in pairs(server.by_text) do
    row.settled = below and row.first and math.max(row.time, row.received) < below or false
    if self:is_whole() then row.settled, row.covered = false, false end
  end
  if newest and newest > server.now then self.blind = newest - self.drawn.lookback end -- its state lies in the future
  if newest then self.mark, self.state = newest, self:state_of_peer(newest) end
end

-- Between two runs: a while, in which little or much happens.
function history:pause()
  local server, drawn = self.server, self.drawn
  server.now = server.now + math.floor(math.random() * math.random() * drawn.span)
  for _ = 1, chance(0.3) and math.random(0, 40) or chance(0.5) and math.random(0, 4) or 0 do
    server.now = server.now + math.floor(math.random() * drawn.step)
    server:change(drawn.weights)
  end
  if drawn.toggles and chance(0.3) then drawn.window = WINDOWS[math.random(#WINDOWS)] end
  if chance(drawn.peer) and not drawn.full then self:peer() end
end

function history:disturbance()
  local drawn = self.drawn
  if self.quiet then return {} end
  return { cut = chance(drawn.cut) and math.random(0, math.min(drawn.soon, 2 * drawn.rows + 4)) or nil, fault = drawn.fault,
    refused = chance(drawn.stale_cursors) and math.random(1, 3) or nil, shrink = drawn.shrink }
end

function history:run()
  local snapshot = table.move(self.server.rows, 1, #self.server.rows, 1, {})
  self.whole, self.changes_before = self.whole or snapshot, self.server.changes
  self.began = self.server.now - self.server.now % SECOND
  local run = reading.run(self, self:disturbance())
  if run.ok then
    self:check_completed(snapshot)
  elseif not run.cut and not run.disturbed then
    local moving = #self.drawn.kind.ordered_by == 0 and run.changes > 0
    local cut = self.drawn.anew and not self.drawn.settles
    local among = run.changes > 0 and run.message:find("changes faster than it can be read", 1, true)
    if not moving and not cut and not among then violated("the walk failed for no reason: %s", run.message) end
  end
  self:check_requests(run)
  return run
end

-- With nothing new: two requests at most, where what the lookback reaches is within the first page.
function history:check_idle()
  local drawn, server = self.drawn, self.server
  local marks, count = json.decode(self.state).marks, self.count
  local run = reading.run(self, {})
  if drawn.small_memory then return end
  for _, row in ipairs(run.records) do
    if row.first <= count then violated("%s came though nothing is new", row.text) end
  end
  if #drawn.kind.ordered_by == 0 or not marks or drawn.hidden > 0 then return end
  local last = 0
  for at, row in ipairs(server.rows) do
    for field, mark in pairs(marks) do
      local time = field == drawn.kind.field and row.time or row.received
      if time >= clock.parse(mark) - drawn.lookback - 2 * SECOND then last = at end
    end
  end
  if last < drawn.size and not drawn.anew and run.requests > 2 then violated("%d requests for nothing new", run.requests) end
end

--- Plays the history to its end, and raises what does not hold.
function history:play()
  local drawn = self.drawn
  for _ = 1, drawn.runs do
    local run = self:run()
    if drawn.full and run.ok then break end
    self:pause()
  end
  local complete = json.encode { __ab_full_refresh_sync_complete = true }
  self.quiet = true
  if self.state ~= complete and not self:run().ok then
    if drawn.anew and not drawn.settles then return end
    violated("a run that nothing disturbs is not completed")
  end
  if drawn.full then return end
  self:check_marks()
  self:check_idle()
end

--- Plays a history; returns what does not hold in it, or nil.
---@param seed integer
---@param scripts table<string, table>
---@param focus table?
---@return string? violation
function history.violation(seed, scripts, focus)
  return violation.found(("PERIGEE_SEED=%d"):format(seed), function() history.new(seed, scripts, focus):play() end)
end

return history
