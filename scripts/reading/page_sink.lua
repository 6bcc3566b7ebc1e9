-- A sink for a list whose pages are handed on, and whose states nobody keeps.
local clock = require "clock"

---@param log {log: fun(self: table, level: string, message: string)} who is told what there is to say
---@param emit fun(page: page)
---@return table
return function(log, emit)
  return {
    emit = function(_, page) emit(page) end,
    state = function() end,
    log = function(_, level, message) log:log(level, message) end,
    ticks = function() return clock.now() / 1e6 end,
  }
end
