-- How many requests a read has before it, and how long they take: in numbers, and as check, the plan and the log say it of a
-- pretended sentry.io, which is asked as a proxy, so that the address is sentry.io's.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local workload = require "reading.workload"

local function known(more)
  local made = { path = "projects/acme/web/events/", records = 6000, page_rows = 10, ms = 100,
    limits = { limit = 60, remaining = 60, seconds = 17.5 }, window = 60, share = 1 }
  for name, value in pairs(more or {}) do made[name] = value end
  return made
end

local function close(wanted, got) assert.is_true(math.abs(wanted - got) < 0.01 * wanted, ("%g, not %g"):format(got, wanted)) end

describe("a workload", function()
  it("takes as long as the limit leaves requests to it", function()
    local whole = workload.new(known())
    assert.equal(600, whole.requests)
    assert.equal(60, whole.a_minute)
    close(9 * 60, whole.seconds) -- the first window's are at hand
    local part = workload.new(known { share = 0.75 })
    assert.equal(45, part.a_minute)
    close(13 * 60, part.seconds)
  end)

  it("takes as long as its requests do where no limit is in the way, or a quick one", function()
    close(60, workload.new(known { limits = {} }).seconds)
    close(60, workload.new(known { limits = { limit = 40, remaining = 39, seconds = 0.4 }, window = 1 }).seconds)
  end)

  it("counts a window as long as it is said to be, or as long as it still goes on", function()
    close(540, workload.new(known { limits = { limit = 60, remaining = 60, seconds = 60 }, window = nil }).seconds)
    close(540, workload.new(known { limits = { limit = 60, remaining = 60, seconds = 2 } }).seconds)
  end)

  it("is said where it takes more than five minutes, and else not", function()
    assert.equal("about 6000 records by projects/acme/web/events/, 10 a page: 600 requests at 45 a minute, about 13 minutes",
      workload.new(known { share = 0.75 }):words())
    assert.equal("at least 6000 records by projects/acme/web/events/, 10 a page: 600 requests at 60 a minute, about 9 minutes",
      workload.new(known { at_least = true }):words())
    assert.is_nil(workload.new(known { records = 3000 }):words())
    assert.is_nil(workload.new(known { limits = {} }):words())
  end)

  it("is not known where nobody says how many records there are", function()
    local unknown = workload.new { path = "teams/", page_rows = 10, ms = 100, limits = { limit = 60, seconds = 10 } }
    assert.is_nil(unknown.requests)
    assert.is_nil(unknown.seconds)
    assert.is_nil(unknown:words())
  end)
end)

describe("a workload through the records of another list", function()
  local own = workload.new(known { records = 100000, share = 0.75 })

  local function through(more)
    local made = { name = "issues", parents = 3000, parent_rows = 100, ms = 100, window = 1, share = 0.75,
      limits = { limit = 40, remaining = 39, seconds = 0.5 }, at_once = 10 }
    for name, value in pairs(more or {}) do made[name] = value end
    return workload.through(own, made)
  end

  it("takes the requests of each part, its pages with a row of the one before, and two ways through the parents", function()
    close(3000 * (100000 / 3000 + 3) / 9 + 61, through().requests)
    close(3000 + 61, workload.through(workload.new(known()), { name = "issues", parents = 3000, parent_rows = 100, ms = 1,
      limits = {} }).requests) -- two events each
  end)

  it("takes as long as the limit of the parts leaves, or as their requests do, so many at once", function()
    assert.equal(1800, through().a_minute)
    close(through().requests / 30, through().seconds)
    close(through().requests * 0.5 / 2, through { ms = 500, at_once = 2 }.seconds)
  end)

  it("has no more parents than records", function()
    assert.equal(10, workload.through(workload.new(known { records = 10 }), { name = "issues", parents = 3000, parent_rows = 100,
      ms = 1, limits = {} }).parents.count)
  end)

  it("is said with its parents, of which there may be more than the server counts", function()
    assert.equal("about 100000 records through about 3000 issues, 10 a page: 12173 requests at 1800 a minute, about 7 minutes",
      through():text())
    assert.equal("about 100000 records through at least 1000 issues, 10 a page: at least 11466 requests at 1800 a minute, "
      .. "about 6 minutes", through { parents = 1000, at_least = true }:text())
  end)

  it("is known by its speed alone, where nobody says how many records there are", function()
    local unknown = workload.through(workload.new(known { records = false }), { name = "issues", parents = 20, parent_rows = 100,
      ms = 1, limits = { limit = 40, remaining = 39, seconds = 0.5 }, window = 1 })
    assert.is_nil(unknown.seconds)
    assert.equal("through about 20 issues, at 2400 requests a minute", unknown:text())
  end)
end)

describe("a backfill of sentry.io", function()
  local USER = "sntryu_token-of-owner"
  local EVENTS = 3000
  local OWN = "300 requests at 45 a minute, about 6 minutes"
  local words = "about 3000 records by projects/acme/web-frontend/events/, 10 a page: " .. OWN
  local THROUGH = "about 3000 records through about 20 issues, 10 a page: 343 requests at 1800 a minute, about "
  local scenario
  setup(function()
    scenario = sentry.scenario { dialect = "hosted", data = { events = EVENTS, issues = 20, releases = 3 },
      callers = { [USER] = { kind = "owner" } } }
  end)
  teardown(perigee.cleanup)

  local function given(more)
    local made = { config = { auth_token = USER, hostname = "http://sentry.io/" .. scenario.name },
      env = { http_proxy = scenario.url:match "^http://[^/]+" } }
    for name, value in pairs(more or {}) do made[name] = value end
    return made
  end

  it("is told by check, with the way that is taken, its requests and the time that they take", function()
    local status, message, result = connector.check(scenario, given())
    assert.equal("SUCCEEDED", status, message)
    local told = "how long a read of all takes: events: " .. THROUGH
    assert.is_truthy(message:find(told, 1, true), message)
    assert.is_truthy(message:find("(events_route); by projects/acme/web-frontend/events/: " .. OWN, 1, true), message)
    assert.is_truthy(connector.logs(result, "INFO"):find("events: " .. THROUGH, 1, true))
    assert.is_nil(message:find("issues:", 1, true), message)
    for route, wanted in pairs { project = "events: " .. words, issues = told } do
      local more = given()
      more.config.events_route = route
      local _, said = connector.check(scenario, more)
      assert.is_truthy(said:find(wanted, 1, true), said)
      assert.equal(route == "issues", said:find("events_route", 1, true) ~= nil, said)
    end
  end)

  it("is told with both ways where the issues' is no faster, and is not read so", function()
    local slow = sentry.scenario { dialect = "hosted", data = { events = EVENTS, issues = 20 },
      callers = { [USER] = { kind = "owner" } },
      limits = { issue_events = { limit = 2, window = 1 } } }
    local more = given { config = { auth_token = USER, hostname = "http://sentry.io/" .. slow.name } }
    local _, message = connector.check(slow, more)
    assert.is_truthy(message:find("events: " .. words .. "; no faster through the issues (events_route): 343 requests", 1, true),
      message)
  end)

  it("is told by the log before it begins, by the way that is taken, and not again where it goes on", function()
    for route, wanted in pairs { auto = THROUGH, issues = THROUGH, project = words } do
      local more = given { words = { "--checkpoint-records=10" } }
      more.config.events_route = route
      local going = connector.start(scenario, { "events" }, more)
      local told
      repeat
        local message = assert(going:message())
        if message.type == "LOG" and message.log.message:find(wanted, 1, true) then told = true end
        assert.is_true(told or message.type ~= "RECORD", route)
      until message.type == "STATE"
      going:kill "KILL"
      local states = connector.states(going:close(), "events")
      more.state, more.words = states, nil
      local again = connector.start(scenario, { "events" }, more)
      again:wait_for "RECORD"
      again:kill "KILL"
      assert.is_nil(connector.logs(again:close()):find("requests at", 1, true), route)
    end
  end)

  it("is told by --plan, which counts its own requests", function()
    local more = given()
    local run = perigee.run { "try", "events", "--plan", "--config",
      perigee.write(sentry.config(scenario, more.config)), env = more.env }
    local text = table.concat(run.lines, "\n")
    for _, wanted in ipairs { "list     about 3000 records, 10 a page: 300 requests", "0.75 of that is used (rate_share)",
      "time     about 6 minutes for all of it by this list",
      "through the issues, which is faster (events_route):\n         " .. THROUGH,
      "6 requests were made for this" } do
      assert.is_truthy(text:find(wanted, 1, true), text)
    end
  end)

  it("is not told of what is new since a short time, nor counted for it", function()
    local before = #scenario.log "stats"
    local from = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - 3600)
    local _, message = connector.check(scenario, given { config = { auth_token = USER, start_date = from,
      hostname = "http://sentry.io/" .. scenario.name } })
    assert.is_nil(message:find("requests at", 1, true), message)
    assert.equal(before, #scenario.log "stats")
  end)

  it("is read all the same where the count is refused", function()
    local refusing = sentry.scenario { dialect = "hosted", data = { events = 30 }, callers = { [USER] = { kind = "owner" } },
      faults = { { fault = "status", status = 403, path = "stats_v2", times = -1 } },
      limits = { events = { limit = 60, window = 1 } } }
    local result = connector.read(refusing, { "events" }, { config = { auth_token = USER } })
    assert.equal(0, result.status, connector.logs(result))
    assert.equal(30, #result.records "events")
    assert.equal(1, #refusing.log "stats")
  end)
end)
