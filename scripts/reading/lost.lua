-- Times of which not all records could be read, as the server gives no way to: what of them is known, in states and in words.
local clock = require "clock"
local json = require "json"

local lost = {}
lost.__index = lost

local MOST = 20 -- in a state, the latest ones

---@class lost_time
---@field time integer
---@field seen integer so many records came
---@field said integer? so many there are, or are in the whole list, as the server says

---@class lost
---@field before lost_time[] of earlier runs
---@field now lost_time[] of this one

---@param before lost_time[]? of earlier runs
---@return lost
function lost.new(before) return setmetatable({ before = before or {}, now = {} }, lost) end

---Is that known of a time from an earlier run? Then it fails no run again.
---@param time integer
---@return boolean
function lost:has(time)
  for _, one in ipairs(self.before) do
    if one.time == time then return true end
  end
  return false
end

---@param time integer
---@param seen integer
---@param said integer?
function lost:add(time, seen, said)
  local one = { time = time, seen = seen, said = said }
  for i, other in ipairs(self.now) do
    if other.time == time then
      self.now[i] = one
      return
    end
  end
  self.now[#self.now + 1] = one
end

---What this run lost; nil: nothing.
---@return string?
function lost:message()
  local texts = {}
  for i = 1, math.min(#self.now, MOST) do
    local one = self.now[i]
    texts[i] = ("%s: %d came%s"):format(clock.format(one.time), one.seen,
      one.said and (", where the server counts %d"):format(one.said) or "")
  end
  if #texts == 0 then return nil end
  return "more records are of one time than the server gives at once, and not all of them could be had by pages of other sizes ("
    .. table.concat(texts, "; ") .. "); all else was read, and the next read goes on from there"
end

---As it stands in a state; nil: nothing is lost.
---@return table?
function lost:write()
  local all = table.move(self.now, 1, #self.now, #self.before + 1, { table.unpack(self.before) })
  if #all == 0 then return nil end
  local list = json.array()
  for i = math.max(1, #all - MOST + 1), #all do
    list[#list + 1] = { time = clock.format(all[i].time), seen = all[i].seen, said = all[i].said }
  end
  return list
end

---Understands what stands in a state.
---@param value any
---@return lost_time[]?
---@return string? message
function lost.read(value)
  if value == nil or value == json.null then return nil end
  if type(value) ~= "table" then return nil, "lost must be a list of times" end
  local list = {}
  for i, one in ipairs(value) do
    local time = type(one) == "table" and type(one.time) == "string" and clock.parse(one.time)
    if not time then return nil, ("lost[%d] must have a time such as 2026-01-31T18:21:07.123456Z"):format(i - 1) end
    list[i] = { time = time, seen = math.tointeger(one.seen) or 0, said = math.tointeger(one.said) }
  end
  return list
end

return lost
