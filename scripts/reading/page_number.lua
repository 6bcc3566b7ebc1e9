-- Is a page token that a server gives a number after all: of the page, or of the rows before it? GitHub's Link header has such
-- ones, `page=2`. It names other rows once a record before them has gone, so that nothing can go on there later.
local page_number = {}

-- The parameters that a list's first page is asked for with too, such as a page size.
local function is_own(list, name)
  local params = list.stream.params
  for _, size in ipairs(list.page_size.parameters) do
    if size == name then return true end
  end
  return type(params) == "table" and params[name] ~= nil
end

---@param place place of the page after the one that the walk has read
---@param walk page_walk which began at its slice's top
---@return boolean
function page_number.is(place, walk)
  local list, token, numbers = walk.list, place.text, {}
  if not list.stream.api.declared_paging or place.of_record then return false end
  for _, number in ipairs { walk.pages, walk.pages + 1, walk.passed } do numbers[tostring(number)] = true end
  if numbers[token] then return true end
  local query = token:match "%?(.*)$" or token:sub(1, 1) ~= "/" and token or ""
  for name, value in query:gmatch '([%w_.%%%[%]-]+)"?[=:]"?(%d+)%f[%D]' do
    if numbers[value] and not is_own(list, name) then return true end
  end
  return false
end

return page_number
