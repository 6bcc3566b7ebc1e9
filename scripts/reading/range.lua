-- One range of a cursor's values, as a server is asked for it: `start` and `stop` of a stream's cursor. Servers differ in whether
-- they include the ends, and in how finely they take times, so a little more is asked for than is wanted.
local bound_form = require "reading.bound_form"
local clock = require "clock"
local slice_step = require "reading.slice_step"
local stream_state = require "reading.stream_state"

local range = {}

local DAY = 86400 * 1000000
local MONTH = 31 * DAY
local OUTSIDE = "the server gave a record of %s for %s: it does not keep to these parameters; check the stream's `cursor.start` "
  .. "and `cursor.stop`"

---@class range
---@field parameters table<string, string>
---@field lower integer? no record before has any business there
---@field upper integer? nor any from here on
---@field field string
---@field ids boolean

---From where on a slice is asked for that has no lower end: many servers take no beginning for one of their own choice.
range.BEGINNING = 0

-- Where no zone is said, a server's day may begin up to 14 hours earlier or later.
local function tolerance(unit) return unit >= 3600 * 1000000 and DAY or unit end

---@param cursor table a stream's, with `start` and `stop`
---@param lower integer NO_BOUND: there is none
---@param upper integer? nil: there is none
---@return range
function range.new(cursor, lower, upper)
  local start, stop = cursor.start, cursor.stop
  local unit = bound_form.unit(start.format)
  local from = lower == stream_state.NO_BOUND and range.BEGINNING or math.max(range.BEGINNING, lower // unit * unit - unit)
  local made = { parameters = { [start.name] = bound_form.text(start.format, from) }, field = cursor.field,
    ids = cursor.type == "id", lower = from > range.BEGINNING and from - tolerance(unit) or nil }
  if not upper then return made end
  unit = bound_form.unit(stop.format)
  local to = (upper + unit - 1) // unit * unit
  made.parameters[stop.name], made.upper = bound_form.text(stop.format, to), to + unit + tolerance(unit)
  return made
end

---The range by which one request shows whether the server takes such ones: the newest.
---@param cursor table
---@return range
function range.newest(cursor)
  local step, now = slice_step.read(cursor.slice), clock.now()
  if cursor.type == "id" then return range.new(cursor, stream_state.NO_BOUND) end
  return range.new(cursor, now - math.max(step.us, step.months * MONTH), slice_step.after(step, now, 1))
end

local function words_of(parameters)
  local words = {}
  for name, text in pairs(parameters) do words[#words + 1] = name .. "=" .. text end
  table.sort(words)
  return table.concat(words, ", ")
end

---What is wrong with a page that was asked for within a range.
---@param asked range
---@param page page
---@return string? wrong
function range.wrong(asked, page)
  local newest, oldest = page:newest(asked.field), page:oldest(asked.field)
  if asked.ids and page:missing(asked.field) > 0 then
    return ("a record has no '%s', so that nothing tells in which slice it is"):format(asked.field)
  end
  local outside = asked.upper and newest and newest >= asked.upper and newest
    or asked.lower and oldest and oldest < asked.lower and oldest
  if not outside then return nil end
  return OUTSIDE:format(asked.ids and tostring(outside) or clock.format(outside), words_of(asked.parameters))
end

return range
