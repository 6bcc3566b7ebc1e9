-- A state that is made of many parts, and written whole: as often as its size is worth. Each part says no more than what was
-- written before it, so that it can be told at any time.
local airbyte = require "airbyte"
local clock = require "clock"

---@class whole_state
local whole_state = {}
whole_state.__index = whole_state

local SECONDS = 30 -- and some records: then a state is due
local LARGE, SHARE = 100, 50 -- parts, from which on states may take no more than a 50th of the time

---@param emitter emitter
---@param every integer? records between two states
---@param compose fun(): table, integer the state, and of how many parts it is
---@return whole_state
function whole_state.new(emitter, every, compose)
  return setmetatable({ emitter = emitter, every = every or 1000, compose = compose, told = 0, told_at = clock.now(), rest = 0 },
    whole_state)
end

---Writes it.
function whole_state:write()
  local began = clock.now()
  local state, parts = self.compose()
  self.emitter:state(state)
  self.told, self.told_at = airbyte.written(), clock.now()
  self.rest = parts > LARGE and SHARE * (self.told_at - began) or 0
end

---Writes it where it is due.
function whole_state:write_when_due()
  local now, records = clock.now(), airbyte.written() - self.told
  if records <= 0 or now - self.told_at < self.rest then return end
  if records >= self.every or now - self.told_at >= SECONDS * 1000000 then self:write() end
end

return whole_state
