-- Several at once: the only way in which scripts ask for concurrency.
local tasks = require "tasks"

---Calls f(item, position) for each item of a list, at most `limit` of them at a time.
---@generic T, R
---@param list T[]
---@param limit integer
---@param f fun(item: T, position: integer): R
---@return R[] results in the order of the list
---Raises what the first failing call raised, when those under way have ended; no new ones are begun.
local function parallel(list, limit, f)
  assert(limit >= 1, "at least one at a time")
  local results, position, failure = {}, 0, nil

  local function work()
    while position < #list and not failure do
      position = position + 1
      local mine = position
      local ok, result = pcall(f, list[mine], mine)
      if ok then results[mine] = result else failure = failure or { result } end
    end
  end

  local workers = {}
  for n = 1, math.min(limit, #list) do workers[n] = tasks.spawn(work) end
  for _, worker in ipairs(workers) do worker:join() end
  if failure then error(failure[1], 0) end
  return results
end

return parallel
