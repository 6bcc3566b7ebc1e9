-- The fake Sentry as sentry.io is today: caps, limits for each caller, endpoints that are to go, issues of all kinds.
local clock = require "clock"
local http = require "http"
local json = require "json"
local json_text = require "spec.support.json_text"
local read_file = require("spec.support.files").read
local sentry = require "spec.support.sentry"

local NOW = "2026-11-20T12:00:00Z"
local DAY = 86400 * 1000000
local ENDLESS = 600 -- seconds of a window that ends long after the spec
local EVENTS, ISSUES = "projects/acme/web-frontend/events/", "organizations/acme/issues/"

local function hosted(more)
  local spec = { dialect = "hosted", now = NOW, clock = { fixed = NOW }, limits = false }
  for key, value in pairs(more or {}) do spec[key] = value end
  return sentry.scenario(spec)
end

local function ask(scenario, path, token)
  local headers = { Authorization = "Bearer " .. (token or sentry.token) }
  local response = assert(http.get(scenario.url .. "/api/0/" .. path, { headers = headers }))
  return response, assert(response:text())
end

local function rows_of(scenario, path, token)
  local response, text = ask(scenario, path, token)
  assert.equal(200, response.status, text)
  return json_text.elements(text), response
end

local function walk(scenario, path)
  local rows, place = {}, path
  repeat
    local page, response = rows_of(scenario, place)
    table.move(page, 1, #page, #rows + 1, rows)
    local more, cursor = response:header("Link"):match 'rel="next"; results="(%a+)"; cursor="([^"]*)"'
    place = more == "true" and path .. (path:find "?" and "&" or "?") .. "cursor=" .. cursor
  until not place
  return rows
end

-- What is left of the limit by an answer, and whether it was refused.
local function left(scenario, path, token)
  local response = ask(scenario, path, token)
  return math.tointeger(tonumber(response:header "X-Sentry-Rate-Limit-Remaining")), response.status
end

describe("the fake of hosted Sentry", function()
  it("gives ten rows of full bodies a page, whatever is asked for, and a hundred of others", function()
    local scenario = hosted { data = { issues = 3, events = 150, issue_events = { ["0"] = 110 } } }
    for _, path in ipairs { EVENTS, ISSUES .. "20/events/", "issues/20/events/" } do
      local full, response = rows_of(scenario, path .. "?full=true&per_page=100")
      assert.equal(10, #full, path)
      assert.matches('cursor="0:10:0"', response:header "Link")
      assert.equal(5, #rows_of(scenario, path .. "?full=true&per_page=5"))
      assert.equal(100, #rows_of(scenario, path .. "?per_page=100"))
    end
    local older = hosted { dialect = "sentry-23.7.1", data = { events = 150 } }
    assert.equal(100, #rows_of(older, EVENTS .. "?full=true"))
    assert.is_nil((select(2, rows_of(older, EVENTS)):header "X-Sentry-Rate-Limit-Limit"))
  end)

  it("caps hashes, unless they are asked for without their events", function()
    local scenario = hosted { data = { issues = 3 }, full_page = 1 } -- the second issue has as many as any: three
    assert.same({ 1, 3 }, { #rows_of(scenario, ISSUES .. "20/hashes/"), #rows_of(scenario, ISSUES .. "20/hashes/?full=false") })
  end)

  it("lists each event under one issue, with the bytes of the project's list, and no later than that was last seen", function()
    local scenario = hosted { data = { issues = 7, events = 60, categories = { performance = 1 } } }
    local of_project, found = {}, {}
    for _, text in ipairs(walk(scenario, EVENTS .. "?full=true")) do of_project[text] = json.decode(text) end
    for _, issue in ipairs(scenario.truth().issues) do
      for _, text in ipairs(walk(scenario, ISSUES .. issue.key .. "/events/?full=true")) do
        local event, kind = of_project[text], issue.category or "error"
        if kind == "error" then
          assert.equal(issue.key, event.groupID)
          assert.is_true(clock.parse(event.dateCreated) <= clock.parse(issue.cursor))
        else
          assert.is_nil(event) -- what happened otherwise, such as a slow transaction
        end
        assert.is_nil(found[text])
        found[text], found[kind] = true, (found[kind] or 0) + 1
      end
    end
    assert.same({ 60, 2 }, { found.error, found.performance })
    assert.equal(404, ask(scenario, ISSUES .. "999/events/").status)
  end)

  it("gives the recorded events of an issue, out of its project's, byte for byte as a real server does", function()
    local recorded = sentry.scenario { data = { fixtures = "sentry-23.7.1" } }
    local _, text = ask(recorded, "organizations/acme/issues/1/events/?full=true&per_page=2")
    assert.is_true(text == read_file "spec/fixtures/sentry-23.7.1/issue_events_full.json")
  end)

  it("moves an issue to the top with each new event, and events with issues that are merged or taken apart", function()
    local scenario = hosted { clock = { shift_seconds = 0 }, data = { issues = 6, events = 40, projects = 1 } }
    scenario.change { data = { issues = 6, events = 40, projects = 1, later = { { events = 1 } } } }
    local newest = json.decode(rows_of(scenario, EVENTS)[1])
    assert.equal(newest.groupID, json.decode(rows_of(scenario, ISSUES .. "?query=")[1]).id)
    scenario.change { change = { lists = { "issues" }, merges = 1, unmerges = 1 } }
    for _ = 1, 9 do ask(scenario, ISSUES .. "?query=") end
    local moved = 0
    for _, span in ipairs(scenario.history()) do
      moved = moved + (span.list == "events" and span["end"] == "update" and 1 or 0)
    end
    assert.is_true(moved > 0)
    local issues = {}
    for _, issue in ipairs(scenario.truth().issues) do issues[issue.key] = issue end
    for _, event in ipairs(scenario.truth().events) do assert.is_truthy(issues[event.group]) end
  end)

  it("has issues tell of a new event some seconds late where a scenario wants that", function()
    local data = { issues = 6, events = 40, projects = 1, seen_late_seconds = 60 }
    local scenario = hosted { clock = { fixed = NOW, step_ms = 15000 }, data = data }
    local function newest() return json.decode(rows_of(scenario, ISSUES .. "?query=")[1]) end
    local before = newest()
    data.later = { { events = 1 } }
    scenario.change { data = data }
    local event = json.decode(rows_of(scenario, EVENTS)[1])
    assert.is_true(clock.parse(event.dateCreated) > clock.parse(before.lastSeen))
    assert.same({ before.id, before.lastSeen }, { newest().id, newest().lastSeen })
    for _ = 1, 4 do newest() end
    assert.equal(event.groupID, newest().id)
    assert.is_true(clock.parse(newest().lastSeen) >= clock.parse(event.dateCreated))
  end)

  it("counts together what has no limit of its own, and what has one by itself", function()
    local scenario = hosted { limits = { default = { limit = 9, window = ENDLESS }, events = { limit = 5, window = ENDLESS } } }
    assert.equal(4, (left(scenario, EVENTS)))
    assert.equal(8, (left(scenario, "organizations/acme/teams/")))
    assert.equal(7, (left(scenario, ISSUES .. "20/events/")))
    assert.equal(6, (left(scenario, ISSUES .. "21/hashes/")))
    assert.equal(3, (left(scenario, "projects/acme/backend/events/"))) -- of all projects together
    assert.same({ "events/owner", "default/owner" }, { scenario.log()[1].bucket, scenario.log()[2].bucket })
  end)

  it("has limits of their own for events, both lists of issues, releases and counts, as sentry.io has them", function()
    local scenario = hosted { limits = {} }
    local function limit(path) return tonumber((ask(scenario, path):header "X-Sentry-Rate-Limit-Limit")) end
    local limits = { limit(EVENTS), limit(ISSUES), limit "projects/acme/web-frontend/issues/",
      limit "organizations/acme/releases/",
      limit "organizations/acme/stats_v2/?field=sum(quantity)&groupBy=category&interval=1d&statsPeriod=1d",
      limit "organizations/acme/teams/" }
    assert.same({ 60, 10, 5, 40, 20, 40 }, limits)
    local buckets = {}
    for _, request in ipairs(scenario.log()) do buckets[#buckets + 1] = request.bucket end
    assert.same({ "events/owner", "org_issues/owner", "issues/owner", "releases/owner", "stats/owner", "default/owner" }, buckets)
  end)

  it("counts a user's tokens together, integrations by their organization, and an organization's tokens by address", function()
    local callers = { second = {}, other = { user = "ann" }, app = { kind = "integration" } }
    local scenario = hosted { callers = callers, limits = { default = { limit = 9, window = ENDLESS,
      organization = { limit = 20 } } } }
    local function of(token) return (left(scenario, "organizations/acme/teams/", token)) end
    assert.same({ 8, 7, 8 }, { of(sentry.token), of "second", of "other" })
    assert.same({ 19, 18 }, { of(sentry.tokens.integration), of "app" })
    assert.same({ 8, 7 }, { of(sentry.tokens.organization), of "nobody" })
  end)

  it("lets a browser use up what is its user's", function()
    local scenario = hosted { clock = { shift_seconds = 0 }, limits = { default = { limit = 9000, window = ENDLESS } },
      browser = { person = "owner", requests = { default = 1000000 } } }
    assert.same({ 0, 429 }, { left(scenario, "organizations/acme/teams/") })
    assert.same({ 8999, 200 }, { left(scenario, "organizations/acme/teams/", sentry.tokens.integration) })
  end)

  it("refuses more requests at once than a view allows, one of events for a user and two for an integration", function()
    for token, status in pairs { [sentry.token] = 429, [sentry.tokens.integration] = 200 } do
      local scenario = hosted { limits = { default = { limit = 40 } }, faults = { { fault = "stall_body", request = 1 } } }
      local options = { headers = { Authorization = "Bearer " .. token }, early = true }
      local held = assert(http.get(scenario.url .. "/api/0/" .. EVENTS, options)) -- its body never comes
      assert.equal(status, ask(scenario, EVENTS, token).status)
      assert.equal(200, held.status)
    end
  end)

  it("has windows that go by the scenario's clock, which may be fast", function()
    local scenario = hosted { clock = { speed = 1000 }, limits = { events = { limit = 1, window = 60 } } }
    local served, began = 0, clock.now()
    while served < 3 and clock.now() < began + 60 * 1000000 do -- three windows of a minute each
      served = served + (select(2, left(scenario, EVENTS)) == 200 and 1 or 0)
    end
    assert.equal(3, served)
  end)

  it("says of what is to go when and where to, on good answers, too; and not of the rest", function()
    local scenario = hosted { deprecations = { issues = { date = "2027-01-01T00:00:00+00:00", replacement = "/api/0/here/" } } }
    local function told(path)
      local response = ask(scenario, path)
      return { response.status, response:header "X-Sentry-Deprecation-Date", response:header "X-Sentry-Replacement-Endpoint" }
    end
    local since, place = "2026-05-15T00:00:00+00:00", "/api/0/organizations/:organization_id_or_slug/"
    assert.same({ 200, since, place .. "projects/" }, told "projects/")
    assert.same({ 200, since, place .. "issues/:issue_id/" }, told "issues/20/events/")
    assert.same({ 200, "2027-01-01T00:00:00+00:00", "/api/0/here/" }, told "projects/acme/web-frontend/issues/")
    assert.same({ 200 }, told(ISSUES .. "20/events/"))
    assert.is_nil(ask(hosted { dialect = "sentry-23.7.1" }, "projects/"):header "X-Sentry-Deprecation-Date")
  end)

  it("browns out for some requests, for some time, or for ever", function()
    local function statuses(brownout, count)
      local found, scenario = {}, hosted { clock = { fixed = NOW, step_ms = 30000 },
        deprecations = { projects = { brownouts = { brownout } } } }
      for i = 1, count do found[i] = ask(scenario, "projects/").status end
      return found, (select(2, ask(scenario, "projects/")))
    end
    assert.same({ 200, 410, 410, 200 }, (statuses({ request = 2, requests = 2 }, 4)))
    assert.same({ 200, 410, 410, 200 }, (statuses({ at = "2026-11-20T12:01:00Z", seconds = 60 }, 4)))
    local found, text = statuses({ request = 3 }, 4)
    assert.same({ 200, 200, 410, 410 }, found)
    assert.equal("This API no longer exists.", json.decode(text).message)
    local gone = ask(hosted { deprecations = { projects = { brownouts = { { request = 1 } } } } }, "projects/")
    assert.equal(410, gone.status)
    assert.is_truthy(gone:header "X-Sentry-Deprecation-Date" and gone:header "X-Sentry-Replacement-Endpoint")
  end)

  local many = { issues = 5, events = 0, categories = { feedback = 1, performance = 2, cron = 1 }, old_issues = 3 }

  it("has issues of all categories in both lists, but feedback for a query that asks for it alone", function()
    local scenario = hosted { data = many, retention_days = 90 }
    for _, path in ipairs { ISSUES, "projects/acme/web-frontend/issues/" } do
      local seen = {}
      for _, text in ipairs(rows_of(scenario, path .. "?query=")) do
        local category = json.decode(text).issueCategory
        seen[category] = (seen[category] or 0) + 1
      end
      assert.same({ error = 5, performance = 2, cron = 1 }, seen, path)
      assert.equal(1, #rows_of(scenario, path .. "?query=issue.category:feedback"))
    end
  end)

  it("shows issues of ninety days, of wider dates what it keeps, and numbers of all time under lifetime", function()
    local scenario = hosted { data = many }
    local wide = ISSUES .. "?query=&start=2000-01-01T00:00:00&end=2026-11-21T00:00:00"
    assert.same({ 8, 11 }, { #rows_of(scenario, ISSUES .. "?query="), #rows_of(scenario, wide) })
    assert.equal(8, #rows_of(scenario, ISSUES .. "?query=&project=2"))
    scenario.change { retention_days = 90 }
    assert.equal(8, #rows_of(scenario, wide))
    local since = "2026-11-20T11:00:00"
    for _, text in ipairs(rows_of(scenario, ISSUES .. ("?query=&start=%s&end=2026-11-21T00:00:00"):format(since))) do
      local issue = json.decode(text)
      local first, ever = clock.parse(issue.firstSeen), clock.parse(issue.lifetime.firstSeen)
      assert.is_true(first >= math.min(clock.parse(since .. "Z"), clock.parse(issue.lastSeen)))
      assert.is_true(ever <= first and tonumber(issue.count) <= tonumber(issue.lifetime.count))
      assert.is_true(clock.parse(issue.lastSeen) > clock.parse(NOW) - DAY)
    end
  end)
end)
