-- Streams of counts over time, which the server gives as a grid: each cell of each day that is over becomes a record.
local connector = require "spec.support.connector"
local counted = require "spec.support.counted"
local grids = require "spec.support.grids"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local REQUESTS = { stats_v2 = 5, sessions = 9 } -- of five days, at each of which a read is killed
local cells, day = grids.cells, grids.day

local function records(result, name)
  local list = grids.came(name, result.records())
  table.sort(list)
  return list
end

-- The lines up to the last state.
local function covered(result)
  local last = 0
  for i, line in ipairs(result.lines) do last = line:find('{"type":"STATE"', 1, true) == 1 and i or last end
  return table.move(result.lines, 1, last, 1, {})
end

local function records_of(lines)
  local list = {}
  for _, line in ipairs(lines) do list[#list + 1] = line:match '^{"type":"RECORD".-"data":(.*),"emitted_at":%d+}}$' end
  return list
end

local function read(scenario, name, mode, given)
  local result = connector.read(scenario, { { name, mode } }, given)
  assert.equal(0, result.status, connector.logs(result))
  return result
end

for _, name in ipairs { "stats_v2", "sessions" } do
  local endpoint = grids.of[name][1]
  describe(name .. ", which is a grid,", function()
    teardown(perigee.cleanup)

    it("comes whole, each cell once, of the days that are over", function()
      local scenario = sentry.scenario { page_size = { sessions = 4 } }
      local expected = cells(scenario, name)
      assert.is_true(#expected >= 3 * 3 * 9)
      assert.same(expected, records(read(scenario, name, "full_refresh"), name))
    end)

    it("begins with the oldest day that the server keeps, by its own clock, where this machine's is ahead", function()
      local scenario = sentry.scenario { clock = { shift_seconds = -3 * 86400 } }
      read(scenario, name, "incremental")
      local earliest
      for _, request in ipairs(scenario.log(endpoint)) do
        local from = request.query.start
        earliest = earliest and earliest < from and earliest or from
      end
      assert.equal(os.date("!%Y-%m-%d", os.time() - 93 * 86400), earliest:sub(1, 10))
    end)

    it("comes again by day where counts came late, and else not", function()
      local scenario = sentry.scenario {}
      local first = read(scenario, name, "incremental")
      local state = connector.states(first)
      local asked = #scenario.log(endpoint)
      local again = read(scenario, name, "incremental", { state = state })
      assert.same({}, again.records())
      assert.is_true(#scenario.log(endpoint) - asked <= 3)

      scenario.change { late_counts = { [day(1)] = 5 } }
      local third = read(scenario, name, "incremental", { state = connector.states(again) })
      assert.same(cells(scenario, name, day(1)), records(third, name))
    end)

    -- Of the records only those count that a state covers. What comes late is of the last day that is over: all of it comes anew.
    it("is killed at each of its requests in turn while counts come late, and goes on with each cell once", function()
      local list, scenarios, first, config = {}, {}, {}, { start_date = day(5) .. "T00:00:00Z" }
      for request = 1, REQUESTS[name] do
        scenarios[request] = sentry.scenario { page_size = { sessions = 14 },
          faults = { { fault = "stall_headers", request = request } } }
        list[request] = connector.words("read", scenarios[request], { config = config })
        table.insert(list[request], "--catalog=" .. perigee.write_catalog { { name, "incremental" } })
        list[request].ended = { "KILL", 1 }
      end
      for request, result in ipairs(perigee.run_all(list, 6)) do
        assert.equal(9, result.signal)
        first[request] = covered(result)
      end
      counted(#list, "reads and syncs that were ended")
      for request, scenario in ipairs(scenarios) do
        scenario.change { faults = {}, late_counts = { [day(1)] = request } }
        local states = connector.states { lines = first[request] }
        local rest = read(scenario, name, "incremental", { state = #states > 0 and states or nil, config = config })
        local came, anew = grids.came(name, records_of(first[request])), grids.came(name, rest.records())
        local had = {}
        for _, text in ipairs(came) do had[#had + 1] = text:sub(1, 10) ~= day(1) and text or nil end
        assert.is_nil(connector.difference(cells(scenario, name), table.move(anew, 1, #anew, #had + 1, had)), request)
      end
    end)

    it("begins at start_date, and afresh where the state is of another organization", function()
      local scenario = sentry.scenario {}
      local result = read(scenario, name, "incremental", { config = { start_date = day(2) .. "T10:00:00Z" } })
      assert.same(cells(scenario, name, day(2)), records(result, name))
      local states = connector.states(result)
      for _, state in ipairs(states) do state.stream.stream_state.of.organization = "another" end
      local afresh = read(scenario, name, "incremental", { state = states })
      assert.same(cells(scenario, name), records(afresh, name))
      assert.is_truthy(connector.logs(afresh, "WARN"):find("of another organization (another); the stream", 1, true))
    end)
  end)
end

describe("a grid", function()
  teardown(perigee.cleanup)

  it("is of all projects, or a warning says that it is not", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 9 } }
    local all = cells(scenario, "stats_v2")
    assert.same(all, records(read(scenario, "stats_v2", "full_refresh"), "stats_v2"))
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
