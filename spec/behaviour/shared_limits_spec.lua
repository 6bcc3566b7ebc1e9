-- How fast hosted Sentry is asked: endpoints without limits of their own count together, a user's limits are also the
-- browser's, and rate_share says how much of each is ours.
local connector = require "spec.support.connector"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local requests = require "spec.support.requests"
local sentry = require "spec.support.sentry"

-- Seconds of a window that ends long after the spec: what is to be seen is seen before, however slow the machine is.
local ENDLESS = 600
local ISSUES = 60
local APART = { events = true, issues = true, org_issues = true, releases = true, stats = true }

-- Each is asked for without a limit of its own; one of them by a path for each issue.
local STREAMS = { "hashes", "teams", "environments" }
local scripts = {
  hashes = [[return { name = "hashes", parent = "issues", path = "issues/{parent.id}/hashes/", primary_key = "id" }]],
  teams = [[return { name = "teams", path = "organizations/{organization}/teams/", primary_key = "id" }]],
  environments = [[return { name = "environments", path = "organizations/{organization}/environments/", primary_key = "id",
    paging = "none" }]],
}

local tokens = { user = "sntryu_token-of-owner", integration = "sntryi_token-of-integration" }

local function hosted(limit, more)
  local spec = {
    dialect = "hosted", data = { events = 20, issues = ISSUES, releases = 5 }, limits = { default = limit },
    callers = { [tokens.user] = { kind = "owner" }, [tokens.integration] = { kind = "integration" } },
  }
  for key, value in pairs(more or {}) do spec[key] = value end
  return sentry.scenario(spec)
end

local function given_of(kind, config, words)
  local given = { config = { auth_token = tokens[kind] }, words = { "--scripts", own_streams.folder(scripts) } }
  for key, value in pairs(config or {}) do given.config[key] = value end
  for _, word in ipairs(words or {}) do given.words[#given.words + 1] = word end
  return given
end

-- The requests that count in the limit that endpoints share.
local function together(scenario)
  local list = {}
  for _, request in ipairs(scenario.log()) do
    if not APART[request.endpoint] then list[#list + 1] = request end
  end
  return list
end

-- Reads until the hashes wait for the end of a window that does not come, and so many requests went out in it: then no
-- more may follow.
local function assert_held(wanted, kind, config)
  local scenario = hosted { limit = 20, window = ENDLESS, concurrent = 25 }
  local function in_window()
    local list, count = together(scenario), 0
    for _, request in ipairs(list) do
      if request.time // ENDLESS == list[#list].time // ENDLESS then count = count + 1 end
    end
    return count
  end
  local going = connector.start(scenario, STREAMS, given_of(kind, config))
  repeat
    local status = assert(going:wait_for "TRACE", "it did not wait").stream_status
  until status and status.stream_descriptor.name == "hashes" and status.reasons
  perigee.wait_until(function() return in_window() >= wanted end) -- the last ones were still under way
  going:kill "TERM"
  going:finish()
  assert.same({ wanted, 0 }, { in_window(), requests.refused(together(scenario)) })
end

-- Reads all in windows of a second. Returns how many were refused, the seconds that it took, and how many slipped.
local function read_in_seconds(scenario, kind)
  local archive = perigee.folder() .. "/" .. scenario.name .. ".har"
  local result = connector.read(scenario, STREAMS, given_of(kind, nil, { "--record", archive }))
  assert.equal(0, result.status, connector.logs(result))
  assert.equal(2 * ISSUES, #result.records "hashes")
  local list = together(scenario)
  local seconds = math.ceil(list[#list].time) - math.floor(list[1].time)
  return requests.refused(list), seconds, requests.slipped(scenario, { archive }), list
end

describe("limits of hosted Sentry", function()
  teardown(perigee.cleanup)

  it("that endpoints share are used to the last request, and no further", function()
    assert_held(20, "integration")
  end)

  it("of a user's token are used to three quarters by default, and as far as rate_share says", function()
    assert_held(15, "user")
    assert_held(10, "user", { rate_share = 0.5 })
    assert_held(20, "user", { rate_share = 1 })
    assert_held(12, "integration", { rate_share = 0.6 })
  end)

  it("that endpoints share bring no refusal from window to window", function()
    local scenario = hosted { limit = 10, window = 1, concurrent = 25 }
    local over, seconds, late, list = read_in_seconds(scenario, "integration")
    assert.is_true(over <= late, ("%d refused, %d slipped"):format(over, late))
    assert.is_true(seconds >= #list // 10, seconds .. " s")
  end)

  it("leave a browser its part, and neither is refused", function()
    local scenario = hosted({ limit = 12, window = 1, concurrent = 25 }, { browser = { requests = { default = 2 } } })
    local over, _, late = read_in_seconds(scenario, "user")
    assert.is_true(over <= late, ("%d refused, %d slipped"):format(over, late))
  end)

  it("that a browser uses beyond its part bring one refusal a window at the most", function()
    local scenario = hosted({ limit = 12, window = 1, concurrent = 25 }, { browser = { requests = { default = 7 } } })
    local over, seconds, late = read_in_seconds(scenario, "user")
    assert.is_true(over <= seconds + late, ("%d refused in %d s, %d slipped"):format(over, seconds, late))
  end)

  it("of which the first answer is a refusal are waited for", function()
    local scenario = hosted({ limit = 6, window = 1, concurrent = 25 },
      { faults = { { fault = "rate_limited", path = "teams", form = "reset", seconds = 1, limit = 6, window = 1 } } })
    local result = connector.read(scenario, { "teams" }, given_of("user", nil, { "--retry-attempts=1" }))
    assert.equal(0, result.status, connector.logs(result))
    assert.same({ 429, 200 }, { scenario.log("teams")[1].status, scenario.log("teams")[2].status })
  end)
end)
