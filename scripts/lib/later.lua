-- The later of two times, of which each may be unknown.

---@param a integer?
---@param b integer?
---@return integer?
return function(a, b)
  if not a or b and b > a then return b end
  return a
end
