-- How fast a limited server is asked: paced before a limit is met, by what its headers say.
local clock = require "clock"
local connector = require "spec.support.connector"
local http = require "http"
local parallel = require "lib.parallel"
local perigee = require "spec.support.perigee"
local requests = require "spec.support.requests"
local sentry = require "spec.support.sentry"

-- Seconds of a window that ends long after the spec: what is to be seen is seen before, however slow the machine is.
local ENDLESS = 600

local function limited(limits, more)
  local spec = { data = { events = 60, issues = 30, releases = 10, projects = 3 }, page_size = 5, limits = limits }
  for key, value in pairs(more or {}) do spec[key] = value end
  return sentry.scenario(spec)
end

-- Starts a read of issues, of which only so many pages may be asked for in a window that does not end.
local function start_held(limit, streams)
  local scenario = limited({ issues = { limit = limit, window = ENDLESS, concurrent = 1 } },
    { data = { issues = 100, releases = 10, projects = 3 } })
  return scenario, connector.start(scenario, streams)
end

-- Reads on until the issues are told to wait; returns until when.
local function wait_for_limit(going)
  while true do
    local status = assert(going:wait_for "TRACE", "it did not wait").stream_status
    local reason = status and status.stream_descriptor.name == "issues" and status.reasons and status.reasons[1]
    if reason then
      assert.equal("RATE_LIMITED", reason.type)
      return reason.rate_limited.quota_reset
    end
  end
end

describe("the governor", function()
  teardown(perigee.cleanup)

  it("uses what a window allows to the last request, and provokes no refusal", function()
    local scenario, going = start_held(4, { "issues" })
    wait_for_limit(going)
    going:kill "TERM"
    going:finish()
    local asked, count = scenario.log "issues", 0
    local function window_of(request) return request.time // ENDLESS end
    for _, request in ipairs(asked) do
      if window_of(request) == window_of(asked[#asked]) then count = count + 1 end
    end
    assert.equal(4, count)
    assert.equal(0, requests.refused(scenario.log()))
  end)

  it("goes on in the next window, and provokes no refusal", function()
    local scenario = limited { issues = { limit = 4, window = 1, concurrent = 1 } }
    local result, archive = connector.record(scenario, { "issues" })
    assert.equal(0, result.status, connector.logs(result))
    assert.is_nil(connector.difference(connector.truth(scenario, "issues"), result.records "issues"))
    assert.is_true(requests.refused(scenario.log()) <= requests.slipped(scenario, { archive }))
  end)

  it("tells the platform that it waits, and until when", function()
    local before = clock.now() / 1000
    local _, going = start_held(3, { "issues" })
    local reset = wait_for_limit(going)
    going:kill "TERM"
    going:finish()
    assert.is_true(reset > before and reset <= clock.now() / 1000 + ENDLESS * 1000 + 2000, reset)
  end)

  it("lets other streams go on while one waits", function()
    local scenario, going = start_held(4, { "issues", "releases", "projects" })
    connector.wait_for_complete(going, { "releases", "projects" })
    going:kill "TERM"
    local result = going:finish()
    assert.is_nil(table.concat(connector.statuses(result, "issues")):find "COMPLETE")
    assert.equal(0, requests.refused(scenario.log()))
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
      local function free() return (http.slots(%q, "events")) end
      for _ = 1, 8 do assert(not ask(0)) end
      assert(free() == 8)
      assert(ask(1) == "timeout")
      assert(free() == 4)
      parallel({ 2, 2, 2, 2, 2, 2, 2, 2 }, 8, ask)
    ]]):format(scenario.url .. "/api/0/projects/acme/web-frontend/events/", "Bearer " .. sentry.token, scenario.url),
      { PERIGEE_FIRST_BYTE_TIMEOUT = "4" })
    assert.equal("", result.err)
    local after = {}
    for _, request in ipairs(requests.ended(scenario)) do
      if request.query.late == "2" then after[#after + 1] = request end
    end
    assert.equal(8, #after)
    local most = requests.most_at_once(after)
    assert.is_true(most > 1 and most <= 4, most .. " at once")
  end)

  it("gives every endpoint its turn while one has much to ask", function()
    local scenario = sentry.scenario { data = { events = 3, releases = 3 }, delay_ms = 150 }
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
      for i = 1, 40 do all[i] = busy end
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
    local both, archives = {}, {}
    for i = 1, 2 do
      archives[i] = ("%s/client%d.har"):format(perigee.folder(), i)
      both[i] = connector.words("read", scenario, { words = { "--record", archives[i] } })
      table.insert(both[i], "--catalog=" .. perigee.write_catalog { "issues" })
    end
    local results = perigee.run_all(both, 2)
    for _, result in ipairs(results) do
      assert.equal(0, result.status, connector.logs(result))
      assert.equal(30, #result.records "issues")
    end
    -- Both may take a window's last request for theirs; more than that would be a fight.
    local asked = #scenario.log "issues"
    local refused = requests.refused(scenario.log())
    assert.is_true(refused <= asked // 6 + requests.slipped(scenario, archives), refused .. " refusals of " .. asked)
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
      local scenario = sentry.scenario { data = data, page_size = 5, delay_ms = 50 }
      local streams = { "events", "issues", "releases", "projects" }
      assert.equal(0, connector.read(scenario, streams, { config = { num_workers = workers } }).status)
      return requests.most_at_once(requests.ended(scenario))
    end
    assert.equal(2, most_with(2))
    assert.is_true(most_with(10) > 2)
  end)
end)
