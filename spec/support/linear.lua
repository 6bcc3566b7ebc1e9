--- Raises where the time of some work grows faster than its size: four times as much may take eight times as long of this
--- process's processor, which is half of what a quadratic way takes. So it holds on a slow machine, and under sanitizers.
local LEAST = 0.05 -- seconds, below which a clock says little

local function seconds(work, size)
  local began = os.clock()
  work(size)
  return os.clock() - began
end

---@param work fun(size: integer)
---@param size integer of the larger work
---@param what string? told where it fails
return function(work, size, what)
  local few = math.min(seconds(work, size // 4), seconds(work, size // 4))
  local many = seconds(work, size)
  assert(many < 8 * few + LEAST, ("%s: %.3f s for a quarter, %.3f s for the whole"):format(what or "the work", few, many))
end
