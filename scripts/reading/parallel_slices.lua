-- Reads the windows of a list at several places at once. A slice reader that is free takes a window that nobody reads, or
-- else the lower part of the one of which most is left; so all end at about the same time, however the records lie in time.
-- The state names each window that is open, and a run that is cut goes on in all of them.
local slice_reader = require "reading.slice_reader"
local tasks = require "tasks"

local parallel_slices = {}

local PAGES = 5 -- in the first part that is cut off a slice without an end; each further part is twice as long
local LEAST = 3 -- pages: of less, no part is cut off
local SECOND = 1000000

---@class team
---@field parts backfill_parts
---@field open open_slices those without a window are left alone
---@field span integer? microseconds that a page reaches over, where a reader has none as yet
---@field readers table<slice, slice_reader> of those that are being read
---@field begun table<slice_reader, boolean> its first page has come
---@field count integer of readers
---@field tasks table[]
---@field pages integer in the next part of a slice without an end
---@field eager boolean a window may be divided before its first page has come: nothing has come back empty yet
---@field failure {outcome: outcome?, message: string?, kind: string?}?
local team = {}
team.__index = team

function team:unread()
  for _, slice in ipairs(self.open) do
    if slice.upper and not self.readers[slice] then return slice end
  end
end

-- How many pages are left of a slice that is being read, about, and where it would be divided. How far an earlier run came
-- shows with the first page: what it has read is no part for another reader.
function team:left(slice, reader)
  local span = reader.span or self.span
  if not span or not self.begun[reader] and (slice.token or not self.eager) then return 0 end
  local windows = self.parts.windows
  local position = reader.oldest or slice.upper
  if not self.parts.order:bounded(slice) then return math.huge, windows.second(position - span * self.pages) end
  local lower = slice.lower[self.parts.field]
  return (position - lower) / span, windows.second((position + lower) // 2)
end

-- Which slice has most left, and where to divide it; nil: none has enough.
function team:longest()
  local most, best, at = LEAST, nil, nil
  local earliest = self.parts.windows:earliest()
  for i, slice in ipairs(self.open) do
    local reader = self.readers[slice]
    local pages, where = 0, nil
    if reader and not self.failure then pages, where = self:left(slice, reader) end
    if where and pages > most and where + SECOND < (reader.oldest or slice.upper) and where > earliest then
      most, best, at = pages, i, where
    end
  end
  return best, at, most
end

-- Cuts the lower part off the slice of which most is left.
function team:divide()
  local best, at, pages = self:longest()
  if not best then return nil end
  if pages == math.huge then self.pages = 2 * self.pages end
  return self.open:cut(best, self.parts.field, at)
end

-- A failure ends the other readers at their next page; the state names the slices that are open then.
function team:fail(outcome, message, kind)
  self.failure = self.failure or { outcome = outcome, message = message, kind = kind }
end

-- After each page: the order of the list may turn out to be another, which ends windows; and a reader may be free.
function team:after_page(reader)
  self.begun[reader] = true
  if not self.parts.windows:in_order() then self:fail "unwindowed" end
  self:recruit()
  return self.failure and "stopped" or nil
end

function team:read(slice, reader)
  local outcome, message, kind = reader:read(slice, function() return self:after_page(reader) end)
  self.readers[slice], self.count = nil, self.count - 1
  if not reader.oldest then self.eager = false end
  if outcome == "done" then self.open:remove(slice) elseif outcome ~= "stopped" then self:fail(outcome, message, kind) end
  self:recruit()
end

function team:send(slice)
  local reader = slice_reader.new(self.parts, self.parts.list:view(), false)
  self.readers[slice], self.count = reader, self.count + 1
  self.tasks[#self.tasks + 1] = tasks.spawn(self.read, self, slice, reader)
end

function team:recruit()
  while not self.failure and self.count < self.parts.windows:at_once() do
    local slice = self:unread() or self:divide()
    if not slice then return end
    self:send(slice)
  end
end

-- Waits for all readers; raises the first error raised.
function team:join()
  local at, raised = 1, nil
  while self.tasks[at] do
    local ok, wrong = pcall(self.tasks[at].join, self.tasks[at])
    if not ok then
      raised = raised or { wrong }
      self:fail(nil, wrong, "system_error")
    end
    self.tasks[at], at = false, at + 1
  end
  if raised then error(raised[1], 0) end
end

---Reads all open slices that have windows, and removes them as they are done.
---@param parts backfill_parts
---@param open open_slices
---@param span integer? microseconds that a page of the list reaches over
---@return outcome? outcome
---@return string? message
---@return string? failure_type
function parallel_slices.read(parts, open, span)
  local made = setmetatable({
    parts = parts, open = open, span = span, readers = {}, begun = {}, count = 0, tasks = {}, pages = PAGES, eager = true,
  }, team)
  made:recruit()
  made:join()
  local failure = made.failure
  if failure then return failure.outcome, failure.message, failure.kind end
  return "done"
end

return parallel_slices
