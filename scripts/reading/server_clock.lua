-- The server's clock before a list is read: this machine's, unless a state knows of rows beyond that. Then one of them is wrong,
-- and one request tells which. A read from this machine's present on would bring rows again that went out.
local clock = require "clock"
local lower_bound = require "reading.lower_bound"

local server_clock = {}

local UNBOUND = { lookback = 0 }

---Microseconds since 1970. A request that fails tells nothing: the read will say so.
---@param list list of ranges
---@param known stream_state
---@return integer
function server_clock.now(list, known)
  local cursor, now = list.stream.cursor, clock.now()
  local newest = lower_bound.of(known, { cursor.field }, UNBOUND, math.maxinteger)[cursor.field]
  if cursor.type == "id" or newest <= now then return now end
  local asked = list:newest()
  local page = asked:fetch {}
  asked:done()
  if page then page:close() end
  return asked.date or now
end

return server_clock
