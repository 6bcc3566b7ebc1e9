--- One history of a read that is split among shards: each reads its days of a list that changes meanwhile, is cut and goes on, or
--- fails for good; then their states are joined, and a single read goes on. Reproducible from its seed.
local clock = require "clock"
local join_stream = require "state.join_stream"
local json = require "json"
local project_states = require "state.project_states"
local reading = require "spec.support.simulation.reading"
local shards = require "reading.shards"
local traits = require "spec.support.simulation.traits"
local violation = require "spec.support.simulation.violation"

local SECOND = 1000000
local DAY = 86400 * SECOND
local MOST_RUNS = 12 -- of one shard, until it comes to its end

local world = {}
world.__index = world

local function chance(share) return math.random() < share end
local function pick(list) return list[math.random(#list)] end

local function new_world(scripts, focus)
  local drawn = traits.draw { name = focus.name or pick { "events", "events", "old_events", "glitchtip_events" },
    span = math.floor(DAY * 10 ^ (math.random() * 1.5 - 0.5)), hidden = 0, disorder = 0, anew = false, small_memory = false,
    silent = false, keyless = false, toggles = false, shrink = 0, stale_cursors = 0, start = false, peer = 0 }
  for name, value in pairs(focus) do drawn[name] = value end
  drawn.start = nil
  local made = setmetatable({ drawn = drawn, scripts = scripts, server = traits.server(drawn), printed_times = {} }, world)
  function made.pass(server)
    server.now = server.now + math.floor(math.random() * 2 * drawn.step)
    if drawn.churn > 0 and not made.quiet and chance(drawn.churn) then server:change(drawn.weights) end
  end
  return made
end

-- ---- what one process prints

local process = {}
process.__index = function(self, name) return process[name] or self.world[name] end

function process:printed(run, row)
  run.records[#run.records + 1] = row
  local times = self.world.printed_times
  times[row] = (times[row] or 0) + 1
  -- A full read's last state has no keys, by which the next one could know the records of its lookback.
  local unknown = self.drawn.full and math.max(row.time, row.received) >= self.world.before - self.drawn.lookback
  if row.settled and not unknown then self.world.again = row.text end
end

function process:said(_, state)
  if self.split then state._shard = self.split.marker end
  self.state = json.encode(state)
end

local function new_process(of, state)
  local made = setmetatable({ world = of, state = state }, process)
  made.pass = of.pass
  return made
end

-- One of n shards, which goes on from its own state.
local function new_shard(of, index, count, before, base)
  local made = new_process(of, base)
  local kind = of.drawn.kind
  local stream = { cursor = { ordered_by = kind.ordered_by } }
  local marker = { of = ("%d/%d"):format(index, count), ["until"] = clock.format(before), by = "days", list = "",
    field = kind.field, ordered_by = kind.ordered_by }
  made.split = { shard = { index = index, count = count, before = before }, marker = marker }
  function made.share(known)
    made.split.before = shards.marker(made.state and json.decode(made.state))
    return shards.days(made.split, stream, known, { lookback = of.drawn.lookback })
  end
  return made
end

-- Runs it once. What is raised in a task of the run would be no more than a text here.
function world:run(one, disturbance)
  local run = reading.run(one, disturbance)
  if self.again then violation.raise("%s came again, though its shard was complete", self.again) end
  return run
end

-- Runs it until it is complete; false: it has failed for good before.
function world:complete(one, quiet, fails)
  local drawn = self.drawn
  for _ = 1, MOST_RUNS do
    local cut = not quiet and (fails or chance(drawn.cut)) and math.random(0, 60) or nil
    local run = self:run(one, { cut = cut, fault = quiet and 0 or drawn.fault })
    self.disturbed = self.disturbed or not run.ok
    if run.ok then
      for _, row in ipairs(run.records) do row.settled = true end
      return true
    end
    if fails then return false end
    local moving = run.changes > 0 and tostring(run.message):find("changes faster than it can be read", 1, true)
    if not run.cut and not run.disturbed and not moving then violation.raise("a shard failed for no reason: %s", run.message) end
  end
  return self:run(one, {}).ok
end

-- ---- what must hold

function world:check_nothing_lost(rows, when)
  for _, row in ipairs(rows) do
    local lost = row.alive and not row.stale and not self.printed_times[row]
    if lost then violation.raise("%s of %s was lost %s", row.text, clock.format(row.arrival), when) end
  end
end

function world:check_nothing_doubled(when)
  for row, times in pairs(self.printed_times) do
    if times > 1 then violation.raise("%s came %d times %s", row.text, times, when) end
  end
end

local function snapshot(server) return table.move(server.rows, 1, #server.rows, 1, {}) end

-- The shards of one read, in any order; returns their states, and whether each has come to its end.
function world:read_in_shards(count, base)
  local server, drawn = self.server, self.drawn
  local before = math.floor(server.now - ((base or chance(0.5)) and 0 or math.random() * drawn.span / 4))
  local order, states, whole = {}, {}, true
  before = before - before % drawn.grain -- rows have rounded times
  before = before - before % SECOND -- as --until is read
  self.before = before
  for index = 0, count - 1 do table.insert(order, math.random(#order + 1), index) end
  for _, index in ipairs(order) do
    local one = new_shard(self, index, count, before, base)
    local fails = chance(drawn.fails)
    whole = self:complete(one, drawn.cut == 0 and drawn.fault == 0, fails) and whole
    local state = one.state ~= base and json.decode(one.state) or nil
    states[index], whole = state, whole and state ~= nil
  end
  return states, whole
end

--- Plays a history, and raises what does not hold.
function world:play()
  local server, drawn = self.server, self.drawn
  local base = new_process(self)
  if not drawn.full and chance(0.4) then self:complete(base, true) end
  local known, count = snapshot(server), pick { 1, 2, 3, 7 }
  local states, whole = self:read_in_shards(count, base.state)
  if not self.disturbed then self:check_nothing_doubled(("in %d shards"):format(count)) end
  if not next(states) then return end
  local joined = assert(join_stream("events", states, count, project_states.find_seed(states)))
  if drawn.full and whole then return self:check_full(joined, known) end
  local there = snapshot(server)
  local single = new_process(self, json.encode(joined))
  self.quiet = true
  if not self:run(single, {}).ok then violation.raise "the read that goes on from the joined state failed" end
  self:check_nothing_lost(there, ("in %d shards and the read after them"):format(count))
  if not self.disturbed then self:check_nothing_doubled(("in %d shards and the read after them"):format(count)) end
end

-- What a full read in shards had to bring: all from before the time that they share.
function world:check_full(joined, known)
  if not joined.__ab_full_refresh_sync_complete then violation.raise "shards that are complete make no complete read" end
  local due = {}
  for _, row in ipairs(known) do
    if row.time < self.before then due[#due + 1] = row end
  end
  self:check_nothing_lost(due, "in a full read")
end

local history = {}

--- Plays a history; returns what does not hold in it, or nil.
---@param seed integer
---@param scripts table<string, table>
---@param focus table? traits that are not left to chance
---@return string? violation
function history.violation(seed, scripts, focus)
  return violation.found(("PERIGEE_SEED=%d"):format(seed), function()
    math.randomseed(seed)
    local drawn = { fails = chance(0.2) and 0.3 or 0 }
    for name, value in pairs(focus or {}) do drawn[name] = value end
    new_world(scripts, drawn):play()
  end)
end

return history
