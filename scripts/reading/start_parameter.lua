-- The parameter by which a server gives only what is new: `start` of a stream's cursor. What the state knows complete is not
-- asked for again, but for a second, as some servers leave out what has that very time.
local bound_form = require "reading.bound_form"
local clock = require "clock"
local lower_bound = require "reading.lower_bound"
local stream_state = require "reading.stream_state"

local SECOND = 1000000

-- From where on records are wanted; slices that an earlier run left open may reach further down. nil: from the beginning.
local function first_wanted(stream, known, settings)
  local field, now = stream.cursor.field, stream.cursor.type == "id" and stream_state.LATEST_ID or clock.now()
  local from = lower_bound.of(known, { field }, settings, now)[field]
  local open = #stream.cursor.ordered_by > 0 and known.walk and known.walk.slices or {}
  for _, slice in ipairs(open) do from = math.min(from, slice.lower[field] or stream_state.NO_BOUND) end
  return from ~= stream_state.NO_BOUND and from or nil
end

---Has a list be asked for from where on its records are wanted.
---@param source list_source
---@param stream stream with a cursor
---@param known stream_state
---@param settings bound_settings
return function(source, stream, known, settings)
  local start = stream.cursor.start
  local from = start and first_wanted(stream, known, settings)
  source.since = from and { [start.name] = bound_form.text(start.format, start.format == "id" and from or from - SECOND) } or nil
end
