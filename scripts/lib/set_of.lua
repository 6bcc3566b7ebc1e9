-- Names as a set.

---@param names string[]
---@return table<string, true>
return function(names)
  local set = {}
  for _, name in ipairs(names) do set[name] = true end
  return set
end
