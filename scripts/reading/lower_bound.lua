-- From where on a read takes records, by each field that its list may be ordered by: a little before what its state knows,
-- for records arrive late, and never before start_date. A list without an order has no such fields: what of it is new is
-- told by what was sent before, for a row may come late with any time.
local clock = require "clock"
local later = require "lib.later"
local stream_state = require "reading.stream_state"

local lower_bound = {}

local MINUTE = 60 * 1000000

---@class bound_settings
---@field start integer? start_date, where the stream has a cursor field that it can bound
---@field lookback integer microseconds

---@param stream stream
---@param config table
---@return bound_settings
function lower_bound.settings(stream, config)
  if stream.cursor and stream.cursor.type == "id" then return { lookback = 0 } end -- ids are no times, and come in order
  local bounded = stream.cursor and config.start_date
  local minutes = math.max(config.lookback_minutes, stream.cursor and stream.cursor.lookback or 0)
  return { start = bounded and clock.parse(config.start_date) or nil, lookback = minutes * MINUTE }
end

---start_date, where what it leaves out is not looked at again by a read of what is new. A list without an order is read whole.
---@param stream stream
---@param config table
---@return integer? us
function lower_bound.lasting(stream, config)
  local cursor = stream.cursor
  local bounded = cursor and cursor.type ~= "id" and (#cursor.ordered_by > 0 or cursor.slice or cursor.start)
  return config.start_date and (bounded or type(stream.parent) == "string") and clock.parse(config.start_date) or nil
end

---@param known stream_state what the state says, as far as it counts in this read
---@param fields string[]
---@param settings bound_settings
---@param now integer by the server's clock
---@return times bounds NO_BOUND: all records are taken
function lower_bound.of(known, fields, settings, now)
  local marks, bounds = known.walk and known.walk.top or known.marks, {}
  for _, field in ipairs(fields) do
    local mark = marks and marks[field] or not marks and known.mark or nil
    bounds[field] = later(mark and math.min(mark, now) - settings.lookback, settings.start) or stream_state.NO_BOUND
  end
  return bounds
end

return lower_bound
