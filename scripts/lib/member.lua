-- Members of records by their paths: names joined by dots; a name that holds one stands in brackets: `["@odata.nextLink"]`.
local json = require "json"

local member = {}

member.WANTED = [[a name, or names joined by dots, such as "node.id"; one that holds a dot stands in brackets: '["a.b"]']]

---Is it a path to one member? With `many`, a * in it may stand for each element, or each value.
---@param value any
---@param many boolean?
---@return boolean
function member.is_path(value, many)
  local names = type(value) == "string" and json.path(value)
  return names and (many or not names.any) or false
end

---@param path string
---@return string[] names
function member.names(path)
  local names = json.path(path)
  return names and json.array(table.move(names, 1, #names, 1, {})) or json.array { path }
end

---@param value any
---@param path string
---@return any member nil: it is not there
function member.of(value, path)
  for _, name in ipairs(member.names(path)) do
    if type(value) ~= "table" then return nil end
    value = value[name]
  end
  return value
end

return member
