--- The first of these programs that is not there, in words for a spec that is left out without it; nil where all are.
---@param ... string
---@return string?
return function(...)
  for _, program in ipairs { ... } do
    if not os.execute(("command -v %s >/dev/null"):format(program)) then return program .. " is not installed" end
  end
end
