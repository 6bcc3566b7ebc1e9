-- The names of a table's fields, in order.

---@param fields table
---@return string[]
return function(fields)
  local names = {}
  for name in pairs(fields) do names[#names + 1] = tostring(name) end
  table.sort(names)
  return names
end
