-- How a state tells of a list that is read through the records of another one (through_parents.lua), while that is under way.
local clock = require "clock"
local json = require "json"
local keys = require "keys"

local parts_state = {}

local DONE = 5000 -- keys in a state; what falls out is read again, never lost

---@class parts_state
---@field lower integer? from here on records are taken; nil: all are
---@field upper integer up to here; it stays while the read goes on in later runs, or those would have no end
---@field done string[] what is known of parents whose part was read to its end
---@field open table<string, table> the states of parts under way, by what is known of their parents
---@field full boolean? of a full read
---@field since string? the mark beside which it was written

local function time(value)
  if value == nil or value == json.null then return nil end
  return type(value) == "string" and clock.parse(value) or false
end

---@param value any
---@return parts_state?
---@return string? message
function parts_state.read(value)
  if value == nil or value == json.null then return nil end
  if type(value) ~= "table" then return nil, "parts must be an object" end
  local lower, upper, done, open = time(value.lo), time(value.hi), value.done, value.open
  if lower == false or not upper then return nil, "parts.lo and parts.hi must be times" end
  if type(done) ~= "table" or not keys.set(DONE):load(done) then return nil, "parts.done must be a list of keys" end
  if open == json.null then open = nil end
  if open ~= nil and type(open) ~= "table" then return nil, "parts.open must be an object" end
  return { lower = lower, upper = upper, done = done, open = open or {}, full = value.full == true,
    since = type(value.since) == "string" and value.since or nil }
end

-- The newest of them.
local function latest(done)
  local list, kept = done:list(), json.array()
  for i = math.max(1, #list - DONE + 1), #list do kept[#kept + 1] = list[i] end
  return kept
end

---@param parts {lower: integer?, upper: integer, done: keys_set, open: table<string, table>, full: boolean?}
---@param since string the mark beside which it is written
---@return table
function parts_state.write(parts, since)
  return {
    lo = parts.lower and clock.format(parts.lower) or nil, hi = clock.format(parts.upper), done = latest(parts.done),
    open = next(parts.open) and parts.open or nil, full = parts.full or nil, since = since,
  }
end

return parts_state
