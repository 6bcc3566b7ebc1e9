-- A list, such as one of names, as a set.

---@generic T
---@param list T[]
---@return table<T, true>
return function(list)
  local set = {}
  for _, one in ipairs(list) do set[one] = true end
  return set
end
