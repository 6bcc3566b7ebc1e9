--- What the streams of counts over time must bring of the fake Sentry's grids, cell by cell as texts.
local json = require "json"

local grids = {}

--- Of each stream: the endpoint that the fake counts it by, the record's fields by the names of the grid, and its count.
grids.of = {
  stats_v2 = { "stats", { projectId = "project", category = "category", outcome = "outcome", reason = "reason" }, "quantity" },
  sessions = { "sessions", { projectId = "project", release = "release", environment = "environment",
    status = "session.status" }, "sessions" },
}

--- The text of a day so many days before the one that is under way; it is over for an hour when the one before an hour ago is
--- another.
---@param back integer
---@return string
function grids.day(back) return os.date("!%Y-%m-%d", os.time() - 3600 - back * 86400) end

local function text_of(date, values, count)
  table.sort(values)
  return ("%s %s = %d"):format(date, table.concat(values, " "), count)
end

--- The cells that are to be read: those of days that are over, from one on where that is said.
---@param scenario FakeScenario
---@param stream string
---@param since string?
---@return string[]
function grids.cells(scenario, stream, since)
  local list, grid = {}, grids.of[stream]
  for _, cell in ipairs(scenario.cells()[grid[1]]) do
    local values = {}
    for field, name in pairs(grid[2]) do
      local value = cell[name]
      values[#values + 1] = field .. "=" .. tostring(value == nil and "" or value)
    end
    if cell.day < grids.day(0) and cell.day >= (since or "") then list[#list + 1] = text_of(cell.day, values, cell.count) end
  end
  table.sort(list)
  return list
end

--- Records of a stream, as cells.
---@param stream string
---@param texts string[]
---@return string[] in the order of the records
function grids.came(stream, texts)
  local list, grid = {}, grids.of[stream]
  for i, text in ipairs(texts) do
    local record, values = json.decode(text), {}
    for field in pairs(grid[2]) do values[#values + 1] = field .. "=" .. tostring(record[field]) end
    list[i] = text_of(record.date:sub(1, 10), values, record[grid[3]])
  end
  return list
end

return grids
