-- Tables made of others, which stay as they are.

---@generic T: table
---@param first T
---@param second table? whose members go before those of the first
---@return T
return function(first, second)
  local made = {}
  for _, from in ipairs { first, second } do
    for name, value in pairs(from) do made[name] = value end
  end
  return made
end
