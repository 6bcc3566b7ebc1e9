--- A view of a list that a simulation plays: the same list, of which what was fetched last is the view's own.
local merged = require "lib.merged"

---@param list table
---@return table view
return function(list)
  local view = merged(list)
  view.next = nil
  return setmetatable(view, getmetatable(list))
end
