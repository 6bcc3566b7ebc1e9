-- Streams of counts over time, which the server gives as a grid: each cell of each day that is over becomes a record.
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

-- Of each stream: the endpoint that the fake counts it by, the record's fields by the names of the grid, and its count.
local GRIDS = {
  stats_v2 = { "stats", { projectId = "project", category = "category", outcome = "outcome", reason = "reason" }, "quantity" },
  sessions = { "sessions", { projectId = "project", release = "release", environment = "environment",
    status = "session.status" }, "sessions" },
}

local function text_of(date, values, count)
  table.sort(values)
  return ("%s %s = %d"):format(date, table.concat(values, " "), count)
end

-- A day is over for an hour when the one before an hour ago is another.
local function day(back) return os.date("!%Y-%m-%d", os.time() - 3600 - back * 86400) end

-- The cells that are to be read: those of days that are over, from one on where that is said.
local function cells(scenario, grid, since)
  local list = {}
  for _, cell in ipairs(scenario.cells()[grid[1]]) do
    local values = {}
    for field, name in pairs(grid[2]) do
      local value = cell[name]
      values[#values + 1] = field .. "=" .. tostring(value == nil and "" or value)
    end
    if cell.day < day(0) and cell.day >= (since or "") then list[#list + 1] = text_of(cell.day, values, cell.count) end
  end
  table.sort(list)
  return list
end

local function records(result, grid)
  local list = {}
  for i, text in ipairs(result.records()) do
    local record, values = json.decode(text), {}
    for field in pairs(grid[2]) do values[#values + 1] = field .. "=" .. tostring(record[field]) end
    list[i] = text_of(record.date:sub(1, 10), values, record[grid[3]])
  end
  table.sort(list)
  return list
end

local function read(scenario, name, mode, given)
  local result = connector.read(scenario, { { name, mode } }, given)
  assert.equal(0, result.status, connector.logs(result))
  return result
end

for _, name in ipairs { "stats_v2", "sessions" } do
  local grid = GRIDS[name]
  describe(name .. ", which is a grid,", function()
    teardown(perigee.cleanup)

    it("comes whole, each cell once, of the days that are over", function()
      local scenario = sentry.scenario { page_size = { sessions = 4 } }
      local expected = cells(scenario, grid)
      assert.is_true(#expected >= 3 * 3 * 9)
      assert.same(expected, records(read(scenario, name, "full_refresh"), grid))
    end)

    it("comes again by day where counts came late, and else not", function()
      local scenario = sentry.scenario {}
      local first = read(scenario, name, "incremental")
      local state = connector.states(first)
      local asked = #scenario.log(grid[1])
      local again = read(scenario, name, "incremental", { state = state })
      assert.same({}, again.records())
      assert.is_true(#scenario.log(grid[1]) - asked <= 3)

      scenario.change { late_counts = { [day(1)] = 5 } }
      local third = read(scenario, name, "incremental", { state = connector.states(again) })
      assert.same(cells(scenario, grid, day(1)), records(third, grid))
    end)

    it("begins at start_date, and afresh where the state is of another organization", function()
      local scenario = sentry.scenario {}
      local result = read(scenario, name, "incremental", { config = { start_date = day(2) .. "T10:00:00Z" } })
      assert.same(cells(scenario, grid, day(2)), records(result, grid))
      local states = connector.states(result)
      for _, state in ipairs(states) do state.stream.stream_state.of.organization = "another" end
      local afresh = read(scenario, name, "incremental", { state = states })
      assert.same(cells(scenario, grid), records(afresh, grid))
      assert.is_truthy(connector.logs(afresh, "WARN"):find("another host, organization", 1, true))
    end)
  end)
end

describe("a grid", function()
  teardown(perigee.cleanup)

  it("is of all projects, or a warning says that it is not", function()
    local scenario, grid = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 9 } }, GRIDS.stats_v2
    local all = cells(scenario, grid)
    assert.same(all, records(read(scenario, "stats_v2", "full_refresh"), grid))
    scenario.change { faults = { { fault = "status", status = 403, query = "project=-1", times = -1 } } }
    local own = read(scenario, "stats_v2", "full_refresh")
    assert.is_true(#own.records() < #all and #own.records() > 0)
    assert.is_truthy(connector.logs(own, "WARN"):find("does not take project=-1", 1, true))
  end)

  it("is not taken where the server answers for other days than it was asked for", function()
    local scenario = sentry.scenario { faults = { { fault = "status", status = 200, path = "stats_v2", times = -1,
      body = '{"start":"2020-01-01T00:00:00Z","end":"2020-01-08T00:00:00Z","groups":[]}', content_type = "application/json" } } }
    local result = connector.read(scenario, { "stats_v2" })
    assert.equal(1, result.status)
    local told = connector.errors(result, "stats_v2")[1]
    assert.matches("^organizations/{organization}/stats_v2/: the server was asked for .* for 2020%-01%-01T00:00:00Z to 2020",
      told.message)
    assert.equal("system_error", told.failure_type)
  end)
end)
