-- Which members of a stream's records change by themselves, so that a record in which only they have changed says the same.
local merged = require "lib.merged"

local changing = {}

---Where records change, they are known by their bytes, but for these members; else (nil) by key and cursor value.
---@param stream stream
---@return string[]?
function changing.of(stream)
  if not stream.cursor or not stream.cursor.changes then return nil end
  return stream.api.changing and stream.api.changing(stream.path) or {}
end

---The same for a read of the whole list: what follows other records is no change that it is for, either.
---@param stream stream
---@return string[]?
function changing.settled(stream)
  local names = changing.of(stream)
  local more = stream.refresh and stream.refresh.without or {}
  return names and merged(names, table.move(more, 1, #more, #names + 1, {}))
end

return changing
