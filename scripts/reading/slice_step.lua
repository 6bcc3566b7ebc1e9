-- How a range of times, or of ids, is cut into slices: `slice` of a stream's cursor. All slices of one step lie on one grid, by
-- UTC, so that months have their own lengths, and days and hours do not shift.
local clock = require "clock"

local slice_step = {}

local units = { Y = 12, M = 1, W = 7 * 86400, D = 86400 }
local time_units = { H = 3600, M = 60, S = 1 }
local SECOND, MONTHS_TO_1970 = 1000000, 1970 * 12

slice_step.WORDS = 'a duration such as "P1D", "P1W", "P1M" or "PT6H"; with `type = "id"`, a number of ids'

-- Adds up the parts of a duration's text; false: there is another.
local function add(text, known, months_too, sum)
  local rest = text:gsub("(%d+)(%a)", function(digits, name)
    local unit, count = known[name], tonumber(digits)
    if not unit or #digits > 6 then return nil end
    if months_too and (name == "Y" or name == "M") then sum.months = sum.months + count * unit
    else sum.us = sum.us + count * unit * SECOND end
    return ""
  end)
  return rest == ""
end

---Reads a step; nil: it is none.
---@param given any
---@return {us: integer, months: integer}?
function slice_step.read(given)
  if math.type(given) == "integer" then return given > 0 and given <= 1 << 40 and { us = given, months = 0 } or nil end
  local days, times = (type(given) == "string" and given or ""):match "^P([^T]*)T?(.*)$"
  if not days then return nil end
  local sum = { us = 0, months = 0 }
  if not add(days, units, true, sum) or not add(times, time_units, false, sum) then return nil end
  return (sum.us > 0) ~= (sum.months > 0) and sum or nil
end

local function month_at(number)
  return clock.parse(("%04d-%02d-01T00:00:00Z"):format(number // 12, number % 12 + 1))
end

local function month_of(us)
  local text = clock.format(us)
  return tonumber(text:sub(1, 4)) * 12 + tonumber(text:sub(6, 7)) - 1 - MONTHS_TO_1970
end

---How many slices a range touches.
---@param step {us: integer, months: integer}
---@param from integer
---@param to integer
---@return integer
function slice_step.count(step, from, to)
  if step.months == 0 then return (to - 1) // step.us - from // step.us + 1 end
  return month_of(to - 1) // step.months - month_of(from) // step.months + 1
end

---Where the slice ends that holds a time or an id, and the `count - 1` ones behind it; nil: beyond all times.
---@param step {us: integer, months: integer}
---@param at integer
---@param count integer
---@return integer?
function slice_step.after(step, at, count)
  if step.months == 0 then
    local cells = at // step.us + count
    if cells > math.maxinteger // step.us then return nil end
    return cells * step.us
  end
  return month_at(MONTHS_TO_1970 + (month_of(at) // step.months + count) * step.months)
end

return slice_step
