--- A pretended server's list for the property test of the walk: its rows, their order, how they change between
--- requests, and the page that a request gets.
local clock = require "clock"
local paging = require "spec.support.simulation.paging"
local ties = require "spec.support.simulation.ties"

local SECOND = 1000000
local HOUR = 3600 * SECOND

local server = {}
server.__index = server

---@class row one version of a record: an issue that is seen again is another row
---@field id integer
---@field time integer the cursor field's
---@field received integer
---@field sort integer what it is listed by, the greatest first
---@field tie number its place among rows of the same
---@field serial integer
---@field text string
---@field alive boolean? still listed
---@field hidden boolean? counted by the server, but never given: pages may be short, or empty
---@field arrival integer when it became visible
---@field stale boolean? it became visible too late for any client that goes by its time

---@class kind what differs between lists
---@field pages string the function of paging.lua
---@field field string? the cursor field
---@field ordered_by string[]
---@field grain integer to what the server rounds times
---@field moves boolean? a row's time may become the present, as an issue's lastSeen does
---@field by_arrival boolean? listed by when the server received it
---@field window boolean? may honour `start` and `end`
---@field stays boolean? no row leaves: its pages have numbers, so what moves up behind one cannot be noticed
---@field anew boolean? may sort rows of equal times anew for each answer
server.kinds = {
  events = { pages = "offset", field = "dateCreated", ordered_by = { "dateCreated", "dateReceived" }, grain = SECOND,
    window = true },
  issues = { pages = "score", field = "lastSeen", ordered_by = { "lastSeen" }, grain = 1, moves = true },
  old_events = { pages = "time", field = "dateCreated", ordered_by = { "dateCreated", "dateReceived" }, grain = 1000,
    anew = true },
  old_issues = { pages = "time", field = "lastSeen", ordered_by = { "lastSeen" }, grain = 1, moves = true, anew = true },
  glitchtip_events = { pages = "beyond", field = "dateCreated", ordered_by = { "dateCreated", "dateReceived" },
    grain = 1000, by_arrival = true, anew = true },
  glitchtip_issues = { pages = "beyond", field = "lastSeen", ordered_by = { "lastSeen" }, grain = 1, moves = true, anew = true },
  releases = { pages = "number", field = "dateCreated", ordered_by = {}, grain = 1, anew = true },
  names = { pages = "beyond", field = "dateCreated", ordered_by = {}, grain = 1, anew = true },
  saved = { pages = "offset", field = "dateCreated", ordered_by = {}, grain = 1, anew = true },
  checkins = { pages = "number", field = "dateCreated", ordered_by = { "dateCreated" }, grain = 1, anew = true, stays = true },
  plain = { pages = "number", ordered_by = {}, grain = 1 },
}

---@param kind kind
---@param traits table as traits.lua draws them
function server.new(kind, traits)
  return setmetatable({ kind = kind, traits = traits, now = traits.now, rows = {}, by_text = {}, ids = 0, near = 1,
    changes = 0, serial = 0 }, server)
end

local function chance(share) return math.random() < share end

local function stands_before(a, b)
  if a.sort ~= b.sort then return a.sort > b.sort end
  return a.tie > b.tie
end

function server:insert(row)
  row.alive, self.by_text[row.text] = true, row
  local low, high = 1, #self.rows + 1
  while low < high do
    local middle = (low + high) // 2
    if stands_before(self.rows[middle], row) then low = middle + 1 else high = middle end
  end
  table.insert(self.rows, low, row)
  return row
end

-- What a row is listed by. Lists without an order are listed by names, which say nothing of times.
function server:sort_of(row)
  if #self.kind.ordered_by == 0 then return math.random(1, self.traits.names) end
  local time = self.kind.by_arrival and row.received or row.time
  return time + (self.traits.disorder > 0 and math.random(0, self.traits.disorder - 1) or 0)
end

-- Did a row come so late that a client that goes by its time, and looks back, cannot be asked to find it?
function server:too_late(row)
  local lookback = self.traits.lookback
  return self.settled and self.now - row.time >= (lookback > 0 and lookback or self.traits.grain)
end

local function floor(us, grain) return us - us % grain end

--- A row of this time becomes visible.
---@param time integer
---@param more {id: integer?, lag: integer?}? the record's id, where it is not a new one; how long it was under way
---@return row
function server:add(time, more)
  more = more or {}
  local grain = self.traits.grain
  if not more.id then self.ids = self.ids + 1 end
  local row = { id = more.id or self.ids, arrival = self.now, time = floor(time, grain), tie = math.random(),
    hidden = chance(self.traits.hidden) }
  row.received = floor(self.settled and self.now or math.min(row.time + (more.lag or 0), self.now), grain)
  row.stale = self:too_late(row)
  row.sort = self:sort_of(row)
  self.serial = self.serial + 1
  row.serial = self.serial
  row.text = ('{"id":"%d","%s":"%s","%s":"%s"}'):format(row.id, self.kind.field or "seen", clock.format(row.time),
    self.traits.silent and "arrived" or "dateReceived", clock.format(row.received))
  return self:insert(row)
end

function server:remove(at)
  if self.rows[at] then table.remove(self.rows, at).alive = false end
end

--- The record is seen again; `lag` microseconds ago.
function server:move(at, lag)
  local row, time = self.rows[at], self.now - (lag or 0)
  if not row or row.time + self.traits.grain > time then return end
  self:remove(at)
  self:add(time, { id = row.id })
end

--- The record changes, and is not seen again: it stays where it is. Below the lookback of a list that has an order nobody can
--- be asked to find that.
function server:touch(at)
  local row = self.rows[at]
  if not row then return end
  local new = {}
  for name, value in pairs(row) do new[name] = value end
  self:remove(at)
  self.touches = (self.touches or 0) + 1
  new.run, new.first, new.settled, new.covered, new.passed_over = nil, nil, nil, nil, nil
  new.arrival, new.stale = self.now, self:too_late(row)
  new.text = row.text:gsub(',"touched":%d+', ""):sub(1, -2) .. (',"touched":%d}'):format(self.touches)
  self:insert(new)
end

-- Where a change hits hardest: about the end of the page that was given last; or anywhere.
function server:place()
  if #self.rows == 0 then return 1 end
  local at = chance(0.6) and self.near + math.random(-4, 3) or math.random(#self.rows)
  return math.min(math.max(at, 1), #self.rows)
end

-- A new row; none where the list has grown enough, for time's sake.
function server:arrive(time)
  if #self.rows < self.traits.most then self:add(math.floor(time)) end
end

local changes = {
  add = function(self) self:arrive(self.now) end,
  burst = function(self) for _ = 1, math.random(2, 8) do self:arrive(self.now) end end,
  late = function(self) self:arrive(self.now - math.random() * (self.traits.lookback - 1)) end,
  offline = function(self) self:arrive(self.now - self.traits.lookback - math.random() * self.traits.span) end,
  ahead = function(self) self:arrive(self.now + math.random(1, 100) * SECOND) end,
  remove = function(self) self:remove(self:place()) end,
  purge = function(self) for _ = 1, math.random(2, 12) do self:remove(math.random(math.max(self.near, 1))) end end,
  move = function(self) self:move(self:place()) end,
  trail = function(self) self:move(self:place(), math.random(0, math.max(0, self.traits.lookback - 1))) end,
  touch = function(self) self:touch(self:place()) end,
}

--- The list changes once, in one of the ways that `weights` names.
---@param weights table<string, number>
function server:change(weights)
  local sum, names = 0, {}
  for name, weight in pairs(weights) do
    names[#names + 1], sum = name, sum + weight
  end
  table.sort(names)
  local point = math.random() * sum
  for _, name in ipairs(names) do
    point = point - weights[name]
    if point < 0 then
      self.changes = self.changes + 1
      return changes[name](self)
    end
  end
end

-- A server may honour windows, ignore them, or take their times for those of another zone.
function server:in_window(ask)
  local window, rows = ask.to and self.traits.window, {}
  if not window then return self.rows end
  local shift = window == "shifted" and HOUR or 0
  local from, to = (ask.from or 0) - shift, ask.to - shift
  for _, row in ipairs(self.rows) do
    if row.time >= from and row.time < to then rows[#rows + 1] = row end
  end
  return rows
end

--- The rows that a request gets, and the cursor after them.
---@param ask {token: string?, from: integer?, to: integer?}
---@param limit integer
---@return row[] page
---@return string? next
function server:page(ask, limit)
  local rows = self:in_window(ask)
  local first, next_token = paging[self.kind.pages](rows, ask.token, limit)
  local page, last = {}, math.min(first + limit, #rows)
  local given = self.traits.anew and ties.resorted(rows, first, limit) or table.move(rows, first + 1, last, 1, {})
  for _, row in ipairs(given) do
    if not row.hidden then page[#page + 1] = row end
  end
  self.near = math.min(first + limit, #rows)
  return page, next_token
end

return server
