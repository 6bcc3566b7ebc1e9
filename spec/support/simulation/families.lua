--- One history of the property test of child streams: a list of parents and those that hang on its rows, or on rows of these,
--- which change between any two requests; runs of the real reading, which are cut, capped and refused; and what must hold
--- whatever happens. Reproducible from its seed.
---
--- A parent says that a child has come or changed by a row of its own that changes: at once or some requests later, never before.
--- Left out, for no client can be exact there: children that change without that, where the parent is followed.
local clock = require "clock"
local contexts_of = require "reading.context"
local json = require "json"
local page = require "page"
local page_size = require "reading.page_size"
local server = require "spec.support.simulation.server"
local tasks = require "tasks"
local violation = require "spec.support.simulation.violation"

local families = {}
families.__index = families

local violated = violation.raise
local SECOND, MINUTE = 1000000, 60 * 1000000
local ENDLESS = 4000
local MOST_CHANGES = 25 -- while one run goes on: a list must not grow faster than it is read
local NAMES = { "reading.page_sink", "reading.whole_state", "reading.reader", "reading.followed", "reading.parent_count",
  "reading.parents", "reading.children" } -- those that others need come first

local function chance(share) return math.random() < share end
local function pick(list) return list[math.random(#list)] end

local function draw(focus)
  local drawn = { size = math.random(2, 6), deep = chance(0.4), follow = chance(0.7), top = pick { "issues", "releases" },
    ordered = chance(0.5), workers = math.random(3), parents = math.random(0, 9), children = math.random(0, 7),
    churn = chance(0.2) and 0 or math.random() * 0.6, cut = chance(0.3) and 0 or 0.6, fault = chance(0.5) and 0 or 0.04,
    most = chance(0.2) and math.random(1, 6) or nil, runs = math.random(4), checkpoint = pick { 1, 3, 1000 },
    lookback = pick { MINUTE, 10 * MINUTE }, step = math.random(1, 20) * SECOND, lag = pick { 0, 0, 3 } }
  for name, value in pairs(focus or {}) do drawn[name] = value end
  return drawn
end

-- ---- the server: a list of parents, and one for each row that another hangs on

local function new_list(self, kind, first_id)
  local traits = { now = self.now, grain = 1, lookback = self.drawn.lookback, disorder = 0, hidden = 0, names = 1000,
    most = 1000, window = false }
  local made = server.new(server.kinds[kind], traits)
  made.ids, made.settled = first_id, true
  return made
end

-- The list of what hangs on a row; its ids are in no other list.
local function open(self, name, key, count)
  self.opened = self.opened + 1
  local kind = name == "middle" and "saved" or self.drawn.ordered and "old_events" or "releases"
  local list = new_list(self, kind, self.opened * 1000)
  self.lists[name][key] = list
  for _ = 1, count do
    local row = list:add(self.now - math.random(0, 3600) * SECOND)
    if name == "middle" then open(self, "child", tostring(row.id), math.random(0, self.drawn.children)) end
  end
  return list
end

local function add_parent(self, time)
  local row = self.top:add(time)
  local key = tostring(row.id)
  if self.drawn.deep then open(self, "middle", key, math.random(0, 3)) else open(self, "child", key, self.drawn.children) end
end

local function place_of(list, id)
  for i, row in ipairs(list.rows) do
    if row.id == id then return i end
  end
end

-- A parent's row says that something has changed below it.
local function mark(self, id)
  local at = place_of(self.top, id)
  if at and self.drawn.top == "issues" then self.top:move(at) elseif at then self.top:touch(at) end
end

local function settle(self)
  for i = #self.due, 1, -1 do
    if self.quiet or self.due[i].at <= self.requests then mark(self, table.remove(self.due, i).id) end
  end
end

local function any_parent(self)
  return #self.top.rows > 0 and self.top.rows[math.random(#self.top.rows)] or nil
end

-- One of the lists of children below a parent.
local function list_below(self, parent)
  local key = tostring(parent.id)
  if not self.drawn.deep then return self.lists.child[key] end
  local middle = self.lists.middle[key]
  local row = #middle.rows > 0 and middle.rows[math.random(#middle.rows)]
  return row and self.lists.child[tostring(row.id)]
end

local function change_below(self, how)
  local parent = any_parent(self)
  local list = parent and list_below(self, parent)
  if not list then return end
  list.now = self.now
  how(list)
  self.due[#self.due + 1] = { at = self.requests + math.random(0, self.drawn.lag), id = parent.id }
end

local changes = {
  function(self) change_below(self, function(list) list:add(self.now) end) end,
  function(self) change_below(self, function(list) list:add(self.now) end) end,
  function(self) -- a row of a list in an order stays as it is
    if not self.drawn.ordered then change_below(self, function(list) list:touch(math.random(math.max(1, #list.rows))) end) end
  end,
  function(self) change_below(self, function(list) list:remove(math.random(math.max(1, #list.rows))) end) end,
  function(self) add_parent(self, self.now) end,
  function(self)
    local parent = any_parent(self)
    if parent then mark(self, parent.id) end
  end,
  function(self)
    if #self.top.rows > 0 and chance(0.5) then self.top:remove(math.random(#self.top.rows)) end
  end,
  function(self) -- one more row between a parent and its children
    local parent = self.drawn.deep and any_parent(self)
    if not parent then return end
    local row = self.lists.middle[tostring(parent.id)]:add(self.now)
    open(self, "child", tostring(row.id), 2)
    self.due[#self.due + 1] = { at = self.requests + math.random(0, self.drawn.lag), id = parent.id }
  end,
}

local function change(self)
  self.changed = self.changed + 1
  self.top.now = self.now
  pick(changes)(self)
end

-- ---- one run

local list = {}
list.__index = list

list.view = require "spec.support.simulation.view"

function list.at_once() return 1 end
function list.done() end
function list.confirm() return true end
function list.take_hits() end
function list:lower_page_size(records) self.page_size.current = records end

-- One more thing is done; at some one of them the process ends.
local function tick(self)
  local run = self.running
  run.done = run.done + 1
  run.ended = run.ended or run.most ~= nil and run.done > run.most
  if run.ended then error("cut", 0) end
end

-- Between two requests.
local function pass(self)
  for _ = 1, self.drawn.workers > 1 and math.random(0, 2) or 0 do tasks.sleep(0) end -- others are answered meanwhile
  tick(self)
  local run = self.running
  self.requests, run.requests = self.requests + 1, run.requests + 1
  if run.requests > ENDLESS then error("the read does not end", 0) end
  self.now = self.now + math.random(1, self.drawn.step)
  if not self.quiet and self.changed - run.changed < MOST_CHANGES and chance(self.drawn.churn) then change(self) end
  self.top.now = self.now
  settle(self)
end

-- Has the row that a list hangs on gone, or one above that?
local function is_gone(self, name, key)
  if name == "top" then return false end
  local above = name == "child" and self.drawn.deep and self.lists.middle or nil
  if not above then return not place_of(self.top, tonumber(key)) end
  for of, middle in pairs(above) do
    if place_of(middle, tonumber(key)) then return is_gone(self, "middle", of) end
  end
  return true
end

function list:refuse(status, kind)
  self.client.noted.status, self.client.noted.message = status, tostring(status)
  self.of.running.disturbed = self.of.running.disturbed or status ~= 404
  return nil, tostring(status), kind
end

function list:fetch(ask)
  local of = self.of
  if self.options.stopped and self.options.stopped() then return nil, nil, nil, "stopped" end
  pass(of)
  self.client.noted.status = nil
  if not of.quiet and chance(of.drawn.fault) then return self:refuse(503, "transient_error") end
  if is_gone(of, self.stream.name, self.key) then return self:refuse(404, "config_error") end
  local rows, token = self.server:page(ask, ask.size or self.page_size.current)
  local texts = {}
  for i, row in ipairs(rows) do texts[i] = row.text end
  self.next, self.date = token, of.now - of.now % SECOND
  return page.of("[" .. table.concat(texts, ",") .. "]", self.settings)
end

-- What reading.list is to the scripts.
local function lists_of(self)
  return { new = function(stream, client, context, options)
    local key = context.parent and tostring(context.parent.id)
    local made = { of = self, stream = stream, client = client, context = context, options = options, key = key, hits = {},
      server = stream.name == "top" and self.top or self.lists[stream.name][key], page_tokens = self.scripts.cursors,
      page_size = page_size.new { default = self.drawn.size, parameters = {} },
      source = { path = stream.path, params = {}, stands_in = function() end }, warnings = { once = function() end } }
    local fields = { "id" }
    local field = made.server and made.server.kind.field
    fields[2], fields[3] = field, field ~= "dateReceived" and "dateReceived" or nil
    local changing = stream.cursor and stream.cursor.changes
    made.settings = { fields = fields, key = { "id", field }, changing = changing and {} or nil }
    return setmetatable(made, list)
  end }
end

local API = { page_size = {} }

local function streams_of(drawn)
  local ordered = drawn.top == "issues"
  return {
    top = { name = "top", path = "top/", primary_key = { "id" }, identity = { "id" }, api = API, cursor = {
      field = ordered and "lastSeen" or "dateCreated", ordered_by = ordered and { "lastSeen" } or {}, changes = true } },
    middle = { name = "middle", path = "middle/", parent = "top", follow_parent = drawn.follow, primary_key = { "id" },
      identity = { "id" }, api = API },
    child = { name = "child", path = "child/", parent = drawn.deep and "middle" or "top", follow_parent = drawn.follow,
      primary_key = { "id" }, identity = { "id" }, api = API, cursor = { field = "dateCreated",
        ordered_by = drawn.ordered and { "dateCreated", "dateReceived" } or {}, changes = not drawn.ordered } },
  }
end

-- The scripts, with what they are given of the world in its place.
local function loaded(self, load_scripts)
  local streams = streams_of(self.drawn)
  local contexts = {
    new = function(config, parent, state) return { config = config, parent = parent, state = state } end,
    client = function() return self.running.client end,
    watched = function(of, noted) return setmetatable({ noted = noted }, { __index = of }) end,
    note = contexts_of.note, refusal = contexts_of.refusal,
  }
  return load_scripts({
    clock = setmetatable({ now = function() return self.now end }, { __index = clock }),
    airbyte = { written = function() return self.printed end, estimate = function() end },
    ["reading.context"] = contexts, ["reading.list"] = lists_of(self),
    ["reading.emitter"] = { hooks = function() end, ended_before = function() end },
    ["reading.shared_pages"] = function(client) return client end,
    ["reading.workload"] = { of = function() return {} end },
    ["stream.loader"] = { load = function(name) return streams[name] end },
  }, NAMES), streams.child
end

local function sink_of(self)
  return {
    emit = function(_, from)
      for i = 1, from:count() do
        local text, kept = from:record(i)
        if kept then
          tick(self)
          self.printed = self.printed + 1
          self.waiting[#self.waiting + 1], self.running.sent[text] = text, true
        end
      end
    end,
    state = function(_, state)
      tick(self)
      self.state = json.encode(state)
      for _, text in ipairs(self.waiting) do self.delivered[text] = true end
      self.waiting = {}
    end,
  }
end

-- The children that are there, of parents that are: those that a read which begins now must bring.
local function children_of(self)
  local found, marked = {}, {}
  for _, due in ipairs(self.due) do marked[due.id] = true end
  for _, parent in ipairs(self.top.rows) do
    local keys = { tostring(parent.id) }
    if self.drawn.deep then
      for i, row in ipairs(self.lists.middle[keys[1]].rows) do keys[i + 1] = tostring(row.id) end
      table.remove(keys, 1)
    end
    for _, key in ipairs(keys) do
      for _, row in ipairs(self.lists.child[key].rows) do
        if not marked[parent.id] or not self.drawn.follow then found[#found + 1] = { row = row, key = key, parent = parent } end
      end
    end
  end
  return found
end

-- A parent that has changed meanwhile comes with the next read, or came with this one.
local function check(self, before, when)
  for _, one in ipairs(before) do
    local there = one.row.alive and not is_gone(self, "child", one.key)
    local due = there and (one.parent.alive or not self.drawn.follow)
    if due and not self.delivered[one.row.text] then violated("%s was lost %s", one.row.text, when) end
  end
end

local function run_once(self, disturbed)
  local drawn = self.drawn
  local before = children_of(self)
  local client = { stats = { nulls = 0 }, log = function() end, hurry = function() end, stream = "child", noted = {},
    config = { base_url = "https://sim/", lookback_minutes = drawn.lookback // MINUTE, num_workers = drawn.workers,
      max_parents = disturbed and drawn.most or nil } }
  local run = { done = 0, requests = 0, changed = self.changed, sent = {}, client = client,
    most = disturbed and chance(drawn.cut) and math.random(0, 80) or nil }
  self.running, self.waiting = run, {}
  local job = { config = client.config, options = {}, state = self.state and json.decode(self.state) or nil,
    incremental = true, checkpoint = drawn.checkpoint, emitter = sink_of(self) }
  local alive, ok, message, _, outcome = pcall(self.scripts.children.read, self.child, client, job)
  if not alive and not run.ended then error(ok, 0) end
  local done = alive and not run.ended and ok
  if done then check(self, before, "by a run that was completed") end
  local may_fail = run.ended or run.disturbed or outcome == "capped" or self.changed > run.changed
  if not done and not may_fail then violated("the read failed for no reason: %s", message) end
  return done, run
end

---@param seed integer
---@param load_scripts fun(given: table, names: string[]): table
---@param focus table?
function families.new(seed, load_scripts, focus)
  math.randomseed(seed)
  local self = setmetatable({ drawn = draw(focus), lists = { middle = {}, child = {} }, opened = 0, due = {}, requests = 0,
    changed = 0, printed = 0, delivered = {}, now = assert(clock.parse "2026-03-01T00:00:00Z") }, families)
  self.top = new_list(self, self.drawn.top, 0)
  for _ = 1, self.drawn.parents do add_parent(self, self.now - math.random(0, 86400) * SECOND) end
  self.scripts, self.child = loaded(self, load_scripts)
  return self
end

--- Plays the history to its end, and raises what does not hold.
function families:play()
  for _ = 1, self.drawn.runs do
    run_once(self, true)
    self.now = self.now + math.random(0, 3600) * SECOND
    for _ = 1, math.random(0, 4) do change(self) end
  end
  self.quiet = true
  settle(self)
  if not run_once(self, false) then violated "a run that nothing disturbs is not completed" end
  local _, idle = run_once(self, false)
  local text = next(idle.sent)
  if text then violated("%s came though nothing is new", text) end
end

--- Plays a history; returns what does not hold in it, or nil.
---@param seed integer
---@param load_scripts fun(given: table, names: string[]): table
---@param focus table?
---@return string? violation
function families.violation(seed, load_scripts, focus)
  return violation.found(("PERIGEE_SEED=%d"):format(seed), function() families.new(seed, load_scripts, focus):play() end)
end

return families
