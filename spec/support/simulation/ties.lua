--- Rows of one `sort` in the order that a database gives to them when its ORDER BY has no second key: anew for each answer,
--- by its limit and its offset alone. See spec/support/sentry/ties.py.
local ties = {}

-- A number that says nothing of the three, and is the same for the same request.
local function mixed(serial, limit, offset)
  local number = serial + limit * 1000003 + offset * 65537
  for _, factor in ipairs { 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9 } do
    number = number * factor
    number = number ~ (number >> 31)
  end
  return number
end

--- The rows from `first` (from 0) on, `limit` at most.
---@param rows row[]
---@param first integer
---@param limit integer
---@return row[]
function ties.resorted(rows, first, limit)
  local stop, from = math.min(first + limit, #rows), first
  if first >= stop then return {} end
  while from > 0 and rows[from].sort == rows[first + 1].sort do from = from - 1 end
  local to = stop
  while to < #rows and rows[to + 1].sort == rows[stop].sort do to = to + 1 end
  local taken, rank = table.move(rows, from + 1, to, 1, {}), {}
  for _, row in ipairs(taken) do rank[row] = mixed(row.serial, limit, first) end
  table.sort(taken, function(a, b)
    if a.sort ~= b.sort then return a.sort > b.sort end
    return rank[a] < rank[b]
  end)
  return table.move(taken, first - from + 1, stop - from, 1, {})
end

return ties
