-- How fast a limited server is asked: paced before a limit is met, by what its headers say.
local clock = require "clock"
local connector = require "spec.support.connector"
local http = require "http"
local parallel = require "lib.parallel"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

-- A request can be held up on its way, by a loaded machine, into a window that was counted without it.
local SLIPS = 1

local function limited(limits, more)
  local spec = { data = { events = 60, issues = 30, releases = 10, projects = 3 }, page_size = 5, limits = limits }
  for key, value in pairs(more or {}) do spec[key] = value end
  return sentry.scenario(spec)
end

local function refused(scenario)
  local count = 0
  for _, request in ipairs(scenario.log()) do
    if request.status == 429 then count = count + 1 end
  end
  return count
end

local function times(scenario, endpoint)
  local list = {}
  for i, request in ipairs(scenario.log(endpoint)) do list[i] = request.time end
  return list
end

-- The largest number of requests under way at once, by the order in which they began and were answered.
local function most_at_once(requests)
  local moments, now, most = {}, 0, 0
  for _, request in ipairs(requests) do
    moments[#moments + 1] = { request.time, 1 }
    moments[#moments + 1] = { request.ended or math.huge, -1 } -- the last ones may not be written down yet
  end
  table.sort(moments, function(a, b) return a[1] < b[1] or a[1] == b[1] and a[2] < b[2] end)
  for _, moment in ipairs(moments) do
    now = now + moment[2]
    most = math.max(most, now)
  end
  return most
end

describe("the governor", function()
  teardown(perigee.cleanup)

  it("uses what a window allows to the last request, and provokes no refusal", function()
    local scenario = limited { issues = { limit = 4, window = 1, concurrent = 1 } }
    local result = connector.read(scenario, { "issues" })
    assert.equal(0, result.status, connector.logs(result))
    assert.is_nil(connector.difference(connector.truth(scenario, "issues"), result.records "issues"))
    assert.is_true(refused(scenario) <= SLIPS)
    local asked, pauses = times(scenario, "issues"), 0
    for i = 2, #asked do
      if asked[i] - asked[i - 1] > 0.2 then pauses = pauses + 1 end
    end
    -- Four a window: the first may have begun anywhere in its second, so there are few pauses more than windows.
    assert.is_true(pauses >= 1 and pauses <= #asked // 4 + 2, #asked .. " requests, " .. pauses .. " pauses")
  end)

  it("tells the platform that it waits, and until when", function()
    local scenario = limited { issues = { limit = 3, window = 3, concurrent = 1 } }
    local before = clock.now() / 1000
    local result = connector.read(scenario, { "issues" })
    local told
    for _, trace in ipairs(result.of "TRACE") do
      local reasons = trace.stream_status and trace.stream_status.reasons
      if reasons then told = reasons[1] end
    end
    assert.equal("RATE_LIMITED", told.type)
    assert.is_true(told.rate_limited.quota_reset > before)
  end)

  it("lets other streams go on while one waits", function()
    local scenario = limited { issues = { limit = 4, window = 1, concurrent = 1 } }
    local result = connector.read(scenario, { "issues", "releases", "projects" })
    assert.equal(0, result.status)
    assert.is_true(refused(scenario) <= SLIPS)
    local issues, releases = times(scenario, "issues"), times(scenario, "releases")
    assert.is_true(releases[#releases] < issues[#issues])
  end)

  it("asks half as much at once after an answer that did not come in time", function()
    local scenario = sentry.scenario {
      data = { events = 3 }, delay_ms = 50, faults = { { fault = "stall_headers", query = "late=1" } },
    }
    local result = perigee.interpret(([[
      local http, parallel = require "http", require "lib.parallel"
      local function ask(late)
        return select(3, http.get(%q, { query = { late = late }, headers = { Authorization = %q }, endpoint = "events" }))
      end
      http.workers(8)
      for _ = 1, 8 do assert(not ask(0)) end
      assert(ask(1) == "timeout")
      parallel({ 2, 2, 2, 2, 2, 2, 2, 2 }, 8, ask)
    ]]):format(scenario.url .. "/api/0/projects/acme/web-frontend/events/", "Bearer " .. sentry.token),
      { PERIGEE_FIRST_BYTE_TIMEOUT = "0.5" })
    assert.equal("", result.err)
    local after = {}
    for _, request in ipairs(scenario.log()) do
      if request.query.late == "2" then after[#after + 1] = request end
    end
    assert.equal(8, #after)
    assert.equal(4, most_at_once(after))
  end)

  it("gives every endpoint its turn while one has much to ask", function()
    local scenario = sentry.scenario { data = { events = 3, releases = 3 }, delay_ms = 20 }
    local headers = { Authorization = "Bearer " .. sentry.token }
    local function ask(path)
      local response = assert(http.get(scenario.url .. path, { headers = headers, endpoint = path }))
      assert.equal(200, response.status)
    end
    local busy, quiet = "/api/0/projects/acme/web-frontend/events/", "/api/0/organizations/acme/releases/"
    http.workers(3)
    for _ = 1, 5 do ask(busy) end -- three at once from now on
    parallel({ true, false }, 2, function(much)
      if not much then for _ = 1, 5 do ask(quiet) end return end
      local all = {}
      for i = 1, 60 do all[i] = busy end
      parallel(all, 20, ask)
    end)
    http.workers(5)
    local since, most, turns = 0, 0, 0
    for _, request in ipairs(scenario.log()) do
      since = request.endpoint == "releases" and 0 or since + 1
      if request.endpoint == "releases" then turns = turns + 1 end
      if turns > 0 and turns < 5 then most = math.max(most, since) end
    end
    assert.equal(5, turns)
    assert.is_true(most <= 8, most .. " requests between two of another endpoint")
  end)

  it("yields to another client that shares the quota", function()
    local scenario = limited { issues = { limit = 6, window = 1, concurrent = 2 } }
    local words = connector.words("read", scenario)
    words[#words + 1] = "--catalog=" .. perigee.write_catalog { "issues" }
    local results = perigee.run_all({ words, words }, 2)
    for _, result in ipairs(results) do
      assert.equal(0, result.status, connector.logs(result))
      assert.equal(30, #result.records "issues")
    end
    -- Both may take a window's last request for theirs; more than that would be a fight.
    local asked = #scenario.log "issues"
    assert.is_true(refused(scenario) <= asked // 6 + 1, refused(scenario) .. " refusals of " .. asked)
  end)

  it("goes on where a header names a number that no limit can be", function()
    for _, number in ipairs { "4294967296", "9223372036854775807", "1e99", "-1" } do
      local headers = {}
      for _, name in ipairs { "Limit", "Remaining", "Reset", "ConcurrentLimit", "ConcurrentRemaining" } do
        headers["X-Sentry-Rate-Limit-" .. name] = number
      end
      local scenario = sentry.scenario { data = { issues = 30 }, page_size = 5, headers = headers }
      local result = connector.read(scenario, { "issues" })
      assert.equal(0, result.status, connector.logs(result))
      assert.equal(30, #result.records "issues")
    end
  end)

  it("has its free slots under an older name too", function()
    assert.equal(http.slots, http.room)
  end)

  it("opens as many as num_workers at once where the server names no limit, and no more", function()
    local function most_with(workers)
      local data = { events = 30, issues = 30, releases = 30, projects = 3 }
      local scenario = sentry.scenario { data = data, page_size = 5, delay_ms = 20 }
      local streams = { "events", "issues", "releases", "projects" }
      assert.equal(0, connector.read(scenario, streams, { config = { num_workers = workers } }).status)
      return most_at_once(scenario.log())
    end
    assert.equal(2, most_with(2))
    assert.is_true(most_with(10) > 2)
  end)
end)
