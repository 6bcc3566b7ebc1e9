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

describe("a backfill of sentry.io", function()
  local USER = "sntryu_token-of-owner"
  local EVENTS = 3000
  local words = "about 3000 records by projects/acme/web-frontend/events/, 10 a page: 300 requests at 45 a minute, "
    .. "about 6 minutes"
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

  it("is told by check, with its requests and the time that they take", function()
    local status, message, result = connector.check(scenario, given())
    assert.equal("SUCCEEDED", status, message)
    assert.is_truthy(message:find("events: " .. words, 1, true), message)
    assert.is_truthy(connector.logs(result, "INFO"):find("events: " .. words, 1, true))
    assert.is_truthy(message:find("it is read through the issues where that is faster (events_route)", 1, true), message)
    assert.is_nil(message:find("issues:", 1, true), message)
    for route, wanted in pairs { project = false, issues = "it is read through the issues (events_route)" } do
      local more = given()
      more.config.events_route = route
      local _, said = connector.check(scenario, more)
      assert.is_truthy(said:find(words, 1, true), said)
      if wanted then assert.is_truthy(said:find(wanted, 1, true), said)
      else assert.is_nil(said:find("events_route", 1, true), said) end
    end
  end)

  it("is told by the log before it begins, and not again where it goes on", function()
    local going = connector.start(scenario, { "events" }, given { words = { "--checkpoint-records=10" } })
    local told
    repeat
      local message = assert(going:message())
      if message.type == "LOG" and message.log.message:find(words, 1, true) then told = true end
      assert.is_true(told or message.type ~= "RECORD")
    until message.type == "STATE"
    going:kill "KILL"
    local states = connector.states(going:close(), "events")
    local again = connector.start(scenario, { "events" }, given { state = states })
    again:wait_for "RECORD"
    again:kill "KILL"
    assert.is_nil(connector.logs(again:close()):find("requests at", 1, true))
  end)

  it("is told by --plan, which counts its own requests", function()
    local more = given()
    local run = perigee.run { "try", "events", "--plan", "--config",
      perigee.write(sentry.config(scenario, more.config)), env = more.env }
    local text = table.concat(run.lines, "\n")
    for _, wanted in ipairs { "list     about 3000 records, 10 a page: 300 requests", "0.75 of that is used (rate_share)",
      "time     about 6 minutes for all of it",
      "through the issues where that is faster (events_route)", "3 requests were made for this" } do
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
