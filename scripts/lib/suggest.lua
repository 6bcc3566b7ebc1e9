-- The name that was probably meant, for messages about one that does not exist.
local suggest = {}

-- Levenshtein's distance, with one row of memory.
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local above = row[j]
      local change = a:byte(i) == b:byte(j) and 0 or 1
      row[j] = math.min(above + 1, row[j - 1] + 1, diagonal + change)
      diagonal = above
    end
  end
  return row[#b]
end

---@param name string
---@param names string[]
---@return string? nearest the most alike, when it is alike at all
function suggest.nearest(name, names)
  local best, least
  for _, candidate in ipairs(names) do
    local d = distance(name:lower(), candidate:lower())
    if not least or d < least then best, least = candidate, d end
  end
  if best and least < #name and least <= math.max(1, #name // 2) then return best end
end

---What follows a message: " (did you mean 'issues'?)", or nothing.
---@param name string
---@param names string[]
---@return string
function suggest.hint(name, names)
  local meant = suggest.nearest(name, names)
  return meant and (" (did you mean '%s'?)"):format(meant) or ""
end

-- Scripts require it as `nearest`, and call it.
return setmetatable(suggest, { __call = function(_, name, names) return suggest.nearest(name, names) end })
