-- What a state says of reads of the whole list, for what has changed in it and kept its cursor's value (refresh.lua).
local state_time = require "reading.state_time"

local refresh_state = {}

---@class refresh_state
---@field done integer? when the last one began that came to its end
---@field began integer? while a first read of everything is under way: when it began
---@field mark integer? up to which a ledger's notes of what was sent are covered
---@field cut refresh_cut? one that has not come to its end

---@class refresh_cut
---@field round integer when it began
---@field known stream_state how far it has come
---@field written table how a state tells of it

-- What is told of one that is under way, beside what is known of what is new.
local PARTS = { "walk", "recent", "lost" }

local function parts_of(from, into)
  for _, name in ipairs(PARTS) do into[name] = from[name] end
  return into
end

local function read_cut(value, field, read)
  if state_time.absent(value) then return nil end
  if type(value) ~= "table" then return nil, "refresh.cut must be an object, and is " .. state_time.kind(value) end
  local round, wrong = state_time.read(value.round, "refresh.cut.round")
  if wrong then return nil, wrong end
  local known, unclear = read(parts_of(value, {}), field)
  if not known then return nil, "refresh.cut: " .. unclear end
  return round and known.walk and { round = round, known = known, written = value } or nil
end

---@param value any
---@param field string? the stream's cursor field
---@param read fun(state: table, field: string?): stream_state?, string? of a state
---@return refresh_state?
---@return string? message
function refresh_state.read(value, field, read)
  if state_time.absent(value) then return nil end
  if type(value) ~= "table" then return nil, "refresh must be an object of times, and is " .. state_time.kind(value) end
  local known, wrong = state_time.read_all({ done = value.done, began = value.began }, "refresh")
  if not known then return nil, wrong end
  known.mark = math.tointeger(value.mark)
  known.cut, wrong = read_cut(value.cut, field, read)
  if wrong then return nil, wrong end
  return known
end

---How a state tells of a read of the whole list that is under way.
---@param round integer when it began
---@param state table of that read alone
---@return table? nil: it has come to its end
function refresh_state.write_cut(round, state)
  return state.walk and parts_of(state, { round = state_time.write(round) }) or nil
end

---@param times {done: integer?, began: integer?, due: integer?} `due` is for people: who reads goes by `done`
---@param mark integer?
---@param cut table? of write_cut
---@return table?
function refresh_state.write(times, mark, cut)
  local written = state_time.write_all(times) or (mark or cut) and {}
  if written then written.mark, written.cut = mark, cut end
  return written or nil
end

return refresh_state
