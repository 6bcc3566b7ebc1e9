-- Patterns of names, as shells have them: * stands for any characters, ? for one. The time is at most that of both lengths
-- multiplied: of Lua's patterns, `*-*-*-*-*` takes a time without bounds.

---Does the whole name match?
---@param pattern string
---@param name string
---@return boolean
return function(pattern, name)
  local p, n = 1, 1
  local star, tried -- the last *, and where the name went on behind what it stands for
  while n <= #name do
    local wanted = pattern:sub(p, p)
    if wanted == "*" then
      star, tried = p, n
      p = p + 1
    elseif wanted == "?" or wanted == name:sub(n, n) then p, n = p + 1, n + 1
    elseif star then
      tried = tried + 1
      p, n = star + 1, tried
    else return false end
  end
  return pattern:find("^%**$", p) ~= nil
end
