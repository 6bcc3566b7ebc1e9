-- A state that is made of many parts, and written whole: as often as its size is worth. Each part says no more than what was
-- written before it, so that it can be told at any time.
local airbyte = require "airbyte"
local clock = require "clock"

---@class whole_state
local whole_state = {}
whole_state.__index = whole_state

local RECORDS, SECONDS = 1000, 30 -- between two states of few parts, unless somebody wants to lose as little as that
local MOST_SECONDS = 300
local LARGE, SHARE = 100, 50 -- parts, from which on states may take no more than a 50th of the time

---@param emitter emitter
---@param every integer? records between two states
---@param compose fun(): table, integer the state, and of how many parts it is
---@return whole_state
function whole_state.new(emitter, every, compose)
  return setmetatable({ emitter = emitter, every = every, compose = compose, told = 0, told_at = clock.now(), rest = 0,
    parts = 0 }, whole_state)
end

---Writes it.
function whole_state:write()
  local began = clock.now()
  local state, parts = self.compose()
  self.emitter:state(state)
  self.told, self.told_at = airbyte.written(), clock.now()
  self.rest, self.parts = parts > LARGE and SHARE * (self.told_at - began) or 0, parts
end

-- After as many records as there are parts, and in time with them: ten times the parts make ten times the states' bytes, and
-- not a hundred times.
local function is_due(self, records, seconds)
  if self.every then return records >= self.every or seconds >= SECONDS end
  return records >= math.max(RECORDS, self.parts)
    or seconds >= math.min(MOST_SECONDS, SECONDS * math.max(1, self.parts / RECORDS))
end

---Writes it where it is due.
function whole_state:write_when_due()
  local records, waited = airbyte.written() - self.told, clock.now() - self.told_at
  if records > 0 and waited >= self.rest and is_due(self, records, waited / 1000000) then self:write() end
end

return whole_state
