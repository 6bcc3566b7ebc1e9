-- Reads the windows of a list at several places at once. A place that is free takes a window that nobody reads, or else
-- the lower part of the one of which most is left; so all end at about the same time, however the records lie in time. The
-- state names each window that is open, and a run that is cut goes on in all of them.
local strand = require "reading.slice_reader"
local tasks = require "tasks"
local window = require "reading.window"

local spread = {}

local PAGES = 5 -- in the first part that is cut off a gap without an end; each further part is twice as long
local LEAST = 3 -- pages: of less, no part is cut off
local SECOND = 1000000

---@class team
---@field walk walk
---@field gaps gap[] all that are open, the newest first; those without a window are left alone
---@field strands table<gap, strand> those that are being read
---@field count integer of them
---@field tasks table[]
---@field pages integer in the next part of a gap without an end
---@field eager boolean a window may be divided before its first page has come: nothing has come back empty yet
---@field failure {message: string, kind: string}?
local team = {}
team.__index = team

function team:unread()
  for _, gap in ipairs(self.gaps) do
    if gap.hi and not self.strands[gap] then return gap end
  end
end

-- How many pages are left of a gap that is being read, about, and where it would be divided.
function team:left(gap, reader)
  if reader.pages_read == 0 and not self.eager then return 0 end
  local walk = self.walk
  local position, span = reader.oldest or gap.hi, reader.span or walk.main.span
  if not walk:bounded(gap) then return math.huge, window.second(position - span * self.pages) end
  local lo = gap.lo[walk.settings.field]
  return (position - lo) / span, window.second((position + lo) // 2)
end

-- Cuts the lower part off the gap of which most is left; nil: there is none of which enough is.
function team:divide()
  local most, best, at = LEAST, nil, nil
  for i, gap in ipairs(self.gaps) do
    local reader = self.strands[gap]
    local pages, where = 0, nil
    if reader and not reader.stopped then pages, where = self:left(gap, reader) end
    if where and pages > most and where + SECOND < (reader.oldest or gap.hi) and where > self.walk:earliest() then
      most, best, at = pages, i, where
    end
  end
  if not best then return nil end
  local upper = self.gaps[best]
  local lower = { lo = upper.lo, hi = at }
  if most == math.huge then self.pages = 2 * self.pages end
  upper.lo = { [self.walk.settings.field] = at }
  table.insert(self.gaps, best + 1, lower)
  return lower
end

function team:forget(gap)
  for i, other in ipairs(self.gaps) do
    if other == gap then return table.remove(self.gaps, i) end
  end
end

-- One that fails stops the others at their next page: what is open then, the state says.
function team:fail(message, kind)
  self.failure = self.failure or { message = message, kind = kind }
  for _, other in pairs(self.strands) do other.stopped = true end
end

function team:read(gap, reader)
  local ok, message, kind = reader:fill_at_any_size(gap)
  self.strands[gap], self.count = nil, self.count - 1
  if not reader.oldest then self.eager = false end
  if ok then self:forget(gap) elseif kind ~= "stopped" then self:fail(message, kind) end
  self:recruit()
end

-- After each page: the order of the list may turn out to be another, which ends windows; and a place may be free.
function team:after_page(reader)
  reader.pages_read = reader.pages_read + 1
  if not window.in_order(self.walk) then self:fail("the list is not in the order of its windows", "windows") end
  self:recruit()
end

function team:send(gap)
  local reader = strand.new(self.walk, self.walk.list:view())
  reader.pages_read = 0
  function reader.on_page() self:after_page(reader) end
  self.strands[gap], self.count = reader, self.count + 1
  self.tasks[#self.tasks + 1] = tasks.spawn(self.read, self, gap, reader)
end

function team:recruit()
  while not self.failure and self.count < self.walk:at_once() do
    local gap = self:unread() or self:divide()
    if not gap then return end
    self:send(gap)
  end
end

---Reads all gaps of the list that have windows, and removes them from it as they are done.
---@param walk walk
---@param gaps gap[]
---@return true? done
---@return string? message
---@return string? failure_type "windows": they do not hold
function spread.close(walk, gaps)
  local made = setmetatable({ walk = walk, gaps = gaps, strands = {}, count = 0, tasks = {}, pages = PAGES, eager = true }, team)
  made:recruit()
  local at, raised = 1, nil
  while made.tasks[at] do
    local ok, wrong = pcall(made.tasks[at].join, made.tasks[at])
    if not ok then
      raised = raised or { wrong }
      made:fail(wrong, "system_error")
    end
    made.tasks[at], at = false, at + 1
  end
  if raised then error(raised[1], 0) end
  if made.failure then return nil, made.failure.message, made.failure.kind end
  return true
end

return spread
