-- How late records came. What comes late lies among older records, where the next read looks as far back as the lookback
-- reaches: by those that were seen it can be told whether that is far enough.
local counted = require "lib.counted"
local json = require "json"
local resources = require "resources"

local lateness = {}
lateness.__index = lateness

local MINUTE = 60 * 1000000
local MOST = 14 * 24 * 60 -- minutes, twice the largest lookback: later ones count as this late, for the counts are bounded
local SHARE = 99 -- percent that a lookback is to cover

---@class lateness
---@field field string the cursor field
---@field arrival string
---@field lookback integer minutes
---@field counts table<integer, integer> records by their minutes

---@param stream stream
---@param lookback integer microseconds
---@return lateness? nil: the stream's records do not say when they came
function lateness.of(stream, lookback)
  local arrival, cursor = stream.api.arrival, stream.cursor
  local noted = false
  for _, name in ipairs(arrival and cursor and cursor.ordered_by or {}) do noted = noted or name == arrival end
  if not noted or cursor.field == arrival then return nil end
  return setmetatable({ field = cursor.field, arrival = arrival, lookback = lookback // MINUTE, counts = {} }, lateness)
end

---@param page page
function lateness:note(page) page:delays(self.field, self.arrival, MINUTE, MOST, self.counts) end

-- How many were counted and how many of them came too late; the least number of minutes that covers the share; the most.
local function sum(self)
  local minutes, all, late = {}, 0, 0
  for n, count in pairs(self.counts) do
    minutes[#minutes + 1], all = n, all + count
    if n > self.lookback then late = late + count end
  end
  table.sort(minutes)
  local covered = 0
  for _, n in ipairs(minutes) do
    covered = covered + self.counts[n]
    if covered * 100 >= all * SHARE then return all, late, n, minutes[#minutes] end
  end
  return all, late, 0, 0
end

-- The largest lookback that the configuration may ask for.
local function largest_lookback()
  local spec = json.decode(assert(resources.read "spec.json"))
  return spec.connectionSpecification.properties.lookback_minutes.maximum
end

local function advise(self, needed)
  if needed <= self.lookback then return ("%d %% of these are covered as it is"):format(SHARE) end
  local largest = largest_lookback()
  if needed <= largest then return ("lookback_minutes = %d would have covered %d %% of these"):format(needed, SHARE) end
  return ("even lookback_minutes = %d, the most there is, would not have covered %d %% of these"):format(largest, SHARE)
end

---What is to be said of records that came later than the lookback covers; nil: none did.
---@return string?
function lateness:describe()
  local all, late, needed, latest = sum(self)
  if late == 0 then return nil end
  return ("%d of %s came later after their %s (by %s) than lookback_minutes = %d covers, the latest after %s%s. What comes so "
    .. "late is missed where a read was made meanwhile; %s"):format(late, counted(all, "new record"), self.field, self.arrival,
    self.lookback, latest == MOST and "more than " or "", counted(latest, "minute"), advise(self, needed))
end

return lateness
