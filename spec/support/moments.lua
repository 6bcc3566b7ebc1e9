--- How many moments a spec ends programs at, and which: PERIGEE_LONG=1 makes them more, PERIGEE_SEED repeats a run,
--- PERIGEE_MOMENT one moment of it. A sanitized build, which is slower, has half of them.
local sanitized = require "spec.support.sanitized"

local function chosen(name) return math.tointeger(tonumber(os.getenv(name))) end

---@param usual integer
---@param long integer
---@return integer count
---@return integer seed
---@return integer? only the one moment to be repeated
return function(usual, long)
  if os.getenv "PERIGEE_LONG" == "1" then usual = long elseif sanitized then usual = usual // 2 end
  return usual, chosen "PERIGEE_SEED" or os.time(), chosen "PERIGEE_MOMENT"
end
