-- Sentry's windows in time: the parameters `start` and `end` of a list.
local clock = require "clock"

---@class api_windows
---@field name string for messages
---@field earliest integer a window needs a start, too; servers cut it to what they keep
---@field put fun(query: table, from: integer?, to: integer) asks for the records with from <= time < to, in whole seconds
local windows = { name = "start and end", earliest = assert(clock.parse "2000-01-01T00:00:00Z") }

local function on_seconds(us) return clock.format(us):sub(1, 19) end

function windows.put(query, from, to)
  query.start, query["end"] = on_seconds(from or windows.earliest), on_seconds(to)
end

return windows
