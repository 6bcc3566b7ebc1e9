--- How many moments a spec ends programs at, and which: PERIGEE_LONG=1 makes them more, PERIGEE_SEED repeats a run,
--- PERIGEE_MOMENT one moment of it.
local function chosen(name) return math.tointeger(tonumber(os.getenv(name))) end

---@param usual integer
---@param long integer
---@return integer count
---@return integer seed
---@return integer? only the one moment to be repeated
return function(usual, long)
  return os.getenv "PERIGEE_LONG" == "1" and long or usual, chosen "PERIGEE_SEED" or os.time(), chosen "PERIGEE_MOMENT"
end
