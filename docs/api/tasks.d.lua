---@meta tasks

---@class tasks
local tasks = {}

---@async
---@param seconds number
function tasks.sleep(seconds) end

---Begins a task; it runs when the caller waits. `require "lib.parallel"` is the handier way.
---@param f function
---@param ... any its arguments
---@return task
function tasks.spawn(f, ...) end

---@class task
local task = {}

---Waits for its end: returns what its function returned, raises what it raised; nil, message, "timeout" when it takes
---longer than `seconds`.
---@async
---@param seconds? number
---@return any ...
function task:join(seconds) end

return tasks
