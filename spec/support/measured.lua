--- Runs the binary, and says what the largest process of the run took of memory.
local perigee = require "spec.support.perigee"

-- Prints to standard error by how much the largest process of the run grew, in KiB.
local MEASURE = [[
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)]]

---@param words string[]
---@return result
---@return integer kib
return function(words)
  local result = perigee.run { binary = "/usr/bin/env", "python3", "-c", MEASURE, perigee.binary, table.unpack(words) }
  return result, tonumber(result.err:match "peak (%d+)")
end
