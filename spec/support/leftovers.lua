-- What a test leaves open in this process: a test that does fails, and names it.
local leftovers = require "leftovers"
local tasks = require "tasks"

local support = {}
local known = leftovers.count() -- what was left by one test is not held against the next

-- Tasks that are ready have not run yet; and what is not reachable any more is open until it is collected.
local function settled_count()
  local count = leftovers.count()
  for name, n in pairs(count) do
    if n > known[name] then
      tasks.sleep(0)
      collectgarbage()
      return leftovers.count()
    end
  end
  return count
end

---@return string? message what is open now and was not at the last call
function support.found()
  local count, more = settled_count(), {}
  for name, n in pairs(count) do
    if n > known[name] then more[#more + 1] = ("%d %s"):format(n - known[name], name) end
  end
  known = count
  table.sort(more)
  return more[1] and "it leaves open: " .. table.concat(more, ", ")
end

return support
