--- A pretended server of issues and their events, for the property test of reading the one list through the other: events
--- come, also late; issues are merged, taken apart and deleted between any two requests; an issue's time lags behind.
local clock = require "clock"
local paging = require "spec.support.simulation.paging"

local SECOND = 1000000

local groups = {}
groups.__index = groups

---@class group_event
---@field id integer
---@field time integer
---@field issue integer
---@field alive boolean
---@field missed boolean? no client can be sure to find it: its issue's row does not say, or did not for a while, that it is there
---@field arrival integer when it could first be read

---@class group_traits
---@field lag integer within which an issue tells of its event
---@field late integer within which an event can be read
---@field span integer of the events at first
---@field issues integer at first
---@field events integer at first
---@field step integer microseconds a request

---@param traits group_traits
function groups.new(traits)
  local self = setmetatable({ traits = traits, now = assert(clock.parse "2026-09-01T12:00:00Z"), events = {}, issues = {},
    ids = 0, due = {}, leaving = {}, shown = {} }, groups)
  for _ = 1, traits.issues do self:open() end
  for _ = 1, traits.events do self:see(self:any(), self.now - math.random(0, traits.span) - traits.late - traits.lag, 0) end
  self:settle(true)
  for _, event in ipairs(self.events) do event.arrival = event.time end -- long before anybody reads
  return self
end

local function second(us) return us // SECOND * SECOND end

function groups:open()
  self.ids = self.ids + 1
  local made = { id = self.ids, seen = 0, count = 0 }
  self.issues[#self.issues + 1] = made
  return made
end

function groups:any() return self.issues[math.random(math.max(#self.issues, 1))] end

-- An event of an issue can be read from now on; the issue tells of it a little later.
function groups:see(issue, time, lag)
  if not issue then return end
  self.ids = self.ids + 1
  local event = { id = self.ids, time = second(time), issue = issue.id, alive = true, arrival = self.now }
  self.events[#self.events + 1] = event
  self.due[#self.due + 1] = { at = self.now + lag, event = event }
end

function groups:issue(id)
  for _, issue in ipairs(self.issues) do
    if issue.id == id then return issue end
  end
end

local function issue_text(issue)
  return ('{"id":"%d","lastSeen":"%s","count":"%d"}'):format(issue.id, clock.format(issue.seen), issue.count)
end

-- An issue has more events now. Where its row is one that it has shown before, when these were not there, nothing tells so.
function groups:gained(issue, events)
  if not self.shown[issue_text(issue)] then return end
  for _, event in ipairs(events) do event.missed = true end
end

-- What issues owe to events is told when it is due; `all`: at once.
function groups:settle(all)
  local left = {}
  for _, one in ipairs(self.due) do
    local issue = self:issue(one.event.issue)
    if all or one.at <= self.now then
      if issue then
        issue.seen, issue.count = math.max(issue.seen, one.event.time), issue.count + 1
        self:gained(issue, { one.event })
      end
    else
      left[#left + 1] = one
    end
  end
  self.due = left
  self:leave(all)
end

-- Events that an issue has told of leave it when they are due.
function groups:leave(all)
  local left = {}
  for _, one in ipairs(self.leaving) do
    if not all and one.at > self.now then
      left[#left + 1] = one
    elseif one.event.issue == one.from and self:issue(one.to) then
      one.event.issue = one.to
    end
  end
  self.leaving = left
end

function groups:of(issue)
  local found = {}
  for _, event in ipairs(self.events) do
    if event.alive and event.issue == issue then found[#found + 1] = event end
  end
  table.sort(found, function(a, b) return a.time ~= b.time and a.time > b.time or a.time == b.time and a.id > b.id end)
  return found
end

function groups:forget(issue)
  for i, one in ipairs(self.issues) do
    if one == issue then table.remove(self.issues, i) end
  end
end

-- The events of an issue that stay with it.
function groups:staying(issue)
  local leaving, stay = {}, {}
  for _, one in ipairs(self.leaving) do
    if one.from == issue.id then leaving[one.event] = true end
  end
  for _, event in ipairs(self:of(issue.id)) do
    if not leaving[event] then stay[#stay + 1] = event end
  end
  return stay
end

-- Every second event of an issue is another's, a new one, after a while. What leaves already is not taken again: Sentry locks
-- the hashes that an unmerge takes.
function groups:take_apart(delay)
  local issue = self:any()
  local events = issue and self:staying(issue) or {}
  if #events < 2 then return end
  local made = self:open()
  for i = 1, #events, 2 do
    events[i].missed = events[i].missed or delay > 0
    made.seen, made.count = math.max(made.seen, events[i].time), made.count + 1
    self.leaving[#self.leaving + 1] = { at = self.now + delay, event = events[i], from = issue.id, to = made.id }
  end
  issue.count, issue.seen = issue.count - made.count, 0
  for i = 2, #events, 2 do issue.seen = math.max(issue.seen, events[i].time) end
  if delay == 0 then self:leave() end
end

local changes = {
  event = function(self) self:see(self:any(), self.now, math.random(0, self.traits.lag)) end,
  burst = function(self)
    local issue = self:any()
    for _ = 1, math.random(2, 6) do self:see(issue, self.now, math.random(0, self.traits.lag)) end
  end,
  late = function(self) self:see(self:any(), self.now - math.random(0, self.traits.late), math.random(0, self.traits.lag)) end,
  issue = function(self) self:see(self:open(), self.now, 0) end,
  merge = function(self)
    local gone, stays = self:any(), self:any()
    if gone == stays or not gone then return end
    local events = self:of(gone.id)
    for _, event in ipairs(events) do event.issue = stays.id end
    stays.seen, stays.count = math.max(stays.seen, gone.seen), stays.count + gone.count
    self:gained(stays, events)
    self:forget(gone)
  end,
  unmerge = function(self) self:take_apart(0) end,
  -- As Sentry does it: the issues' rows say so first, and the event store follows.
  unmerge_slowly = function(self) self:take_apart(math.random(1, 8) * self.traits.step) end,
  delete = function(self)
    local issue = self:any()
    if not issue then return end
    for _, event in ipairs(self:of(issue.id)) do event.alive = false end
    self:forget(issue)
  end,
}

--- The server changes once, in one of the ways that `weights` names.
---@param weights table<string, number>
function groups:change(weights)
  local names, sum = {}, 0
  for name, weight in pairs(weights) do names[#names + 1], sum = name, sum + weight end
  table.sort(names)
  local point = math.random() * sum
  for _, name in ipairs(names) do
    point = point - weights[name]
    if point < 0 then return changes[name](self) end
  end
end

--- Time passes, as it does with each request.
function groups:pass()
  self.now = self.now + math.random(0, self.traits.step)
  self:settle()
end

-- Gives the rows of a page their texts.
local function told(rows, first, limit, text_of)
  for i = first + 1, math.min(first + limit, #rows) do rows[i].text = text_of(rows[i].of) end
  return rows
end

local function event_text(event)
  return ('{"id":"%d","dateCreated":"%s"}'):format(event.id, clock.format(event.time))
end

--- The page of the issues' list, the last seen first.
function groups:issues_page(token, limit)
  local rows = {}
  for _, issue in ipairs(self.issues) do
    if issue.seen > 0 then rows[#rows + 1] = { sort = issue.seen, tie = issue.id, of = issue } end
  end
  table.sort(rows, function(a, b) return a.sort ~= b.sort and a.sort > b.sort or a.sort == b.sort and a.tie > b.tie end)
  local first, following = paging.score(rows, token, limit)
  told(rows, first, limit, issue_text)
  for i = first + 1, math.min(first + limit, #rows) do self.shown[rows[i].text] = true end
  return rows, first, following
end

--- The page of one issue's events; nil: there is no such issue.
function groups:events_page(issue, token, limit)
  if not self:issue(issue) then return nil end
  local rows = {}
  for i, event in ipairs(self:of(issue)) do rows[i] = { of = event } end
  local first, following = paging.offset(rows, token, limit)
  return told(rows, first, limit, event_text), first, following
end

return groups
