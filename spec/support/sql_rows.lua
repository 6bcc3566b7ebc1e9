--- What a database's own program prints of a query, with separators that no value holds.
local sql_rows = { COLUMN = "\31", ROW = "\30" }

--- The rows, each a list of texts.
---@param printed string each row ends with ROW
---@return string[][]
function sql_rows.parse(printed)
  local rows, COLUMN, ROW = {}, sql_rows.COLUMN, sql_rows.ROW
  for line in printed:gmatch("([^" .. ROW .. "]*)" .. ROW) do
    local row = {}
    for value in (line .. COLUMN):gmatch("([^" .. COLUMN .. "]*)" .. COLUMN) do row[#row + 1] = value end
    rows[#rows + 1] = row
  end
  return rows
end

--- The one value of a query's rows; a number where it is one.
---@param rows string[][]
---@param sql string
---@return string|number
function sql_rows.value(rows, sql)
  assert(#rows == 1, #rows .. " rows: " .. sql)
  return math.tointeger(tonumber(rows[1][1])) or rows[1][1]
end

return sql_rows
