--- What a history raises where something does not hold: told apart from a script that fails by itself, which is no finding.
local violation = {}
violation.__index = violation
function violation:__tostring() return self.words end

--- Raises what does not hold.
---@param words string
---@param ... any for string.format
function violation.raise(words, ...)
  error(setmetatable({ words = words:format(...) }, violation), 0)
end

local function kept(raised)
  return getmetatable(raised) == violation and raised or debug.traceback(tostring(raised), 2)
end

--- Calls `play`; returns what it found not to hold, or nil. Any other error is raised on, with `where`.
---@param where string
---@param play fun()
---@return string?
function violation.found(where, play)
  local ok, raised = xpcall(play, kept)
  if ok then return nil end
  if getmetatable(raised) == violation then return raised.words end
  error(("%s: %s"):format(where, raised), 0)
end

return violation
