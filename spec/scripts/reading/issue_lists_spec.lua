-- Issues come from the project's list, or from the organization's where that one is to go: the same records, and one state.
local connector = require "spec.support.connector"
local json = require "json"
local json_text = require "spec.support.json_text"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local DATA = { issues = 30, projects = 3, project_issues = { backend = 8 }, events = 90,
  categories = { feedback = 2, performance = 3, cron = 1 }, old_issues = 3 }
local ANNOUNCED, GONE = { issues = {} }, { issues = { brownouts = { { request = 1 } } } }

local function hosted(more)
  local spec = { dialect = "hosted", limits = false, now = "2026-11-20T12:00:00Z", clock = { fixed = "2026-11-20T12:00:00Z" },
    data = DATA }
  for name, value in pairs(more or {}) do spec[name] = value end
  return sentry.scenario(spec)
end

-- The configuration of sentry.io itself, which the fake pretends to be behind a proxy.
local function of_sentry_io(scenario)
  local port = scenario.url:match ":(%d+)"
  return { hostname = "http://sentry.io/" .. scenario.name, proxy = "http://127.0.0.1:" .. port }
end

local function read(scenario, mode, given)
  local result = connector.read(scenario, { { "issues", mode or "full_refresh" } }, given)
  assert.equal(0, result.status, connector.logs(result))
  return result
end

local function texts(result)
  local list = {}
  for i, text in ipairs(result.records "issues") do list[i] = connector.of_both_lists(text) end
  return list
end

-- The issues that the server holds, as the project's list has them: without feedback, which no list has unasked.
local function wanted(scenario, category)
  local list = {}
  for _, record in ipairs(connector.held(scenario, "issues")) do
    local fits = category == nil or category == (record.category or "error")
    if fits and record.category ~= "feedback" then list[#list + 1] = connector.of_both_lists(record.text) end
  end
  return list
end

local function asked(scenario, endpoint)
  local list = {}
  for i, request in ipairs(scenario.log(endpoint)) do list[i] = request.query end
  return list
end

local function assert_whole(result, scenario) assert.is_nil(connector.difference(wanted(scenario), texts(result))) end

teardown(perigee.cleanup)

describe("the issues of a project", function()
  it("come from its own list where nothing speaks against that", function()
    for _, dialect in ipairs { "sentry", "sentry9", "sentry-23.7.1", "glitchtip", "hosted" } do
      local scenario = hosted { dialect = dialect, retention_days = 0 }
      local result = read(scenario)
      assert_whole(result, scenario)
      assert.equal(0, #scenario.log "org_issues")
    end
  end)

  it("come from the organization's list at sentry.io, asked for the project by its number", function()
    local scenario = hosted { page_size = 7 }
    local result = read(scenario, "incremental", { config = of_sentry_io(scenario) })
    assert_whole(result, scenario)
    assert.equal(0, #scenario.log "issues")
    for _, query in ipairs(asked(scenario, "org_issues")) do
      assert.same({ "", "date", "100", "2" }, { query.query, query.sort, query.limit, query.project })
    end
  end)

  it("come from the organization's list, and events through them, though this machine's clock is days behind", function()
    local scenario = sentry.scenario { dialect = "hosted", limits = false, clock = { shift_seconds = 3 * 86400 },
      data = { events = 60, issues = 20, span_hours = 100 }, deprecations = ANNOUNCED }
    assert_whole(read(scenario), scenario)
    local events = connector.read(scenario, { { "events", "incremental" } }, { config = { events_route = "issues" } })
    assert.equal(0, events.status, connector.logs(events))
    assert.is_nil(connector.difference(connector.truth(scenario, "events"), events.records "events"))
  end)

  it("come from the organization's list where they move on for days while they are read", function()
    local scenario = sentry.scenario { dialect = "hosted", limits = false, clock = { speed = 4 * 86400 }, delay_ms = 100,
      page_size = 10, data = { events = 60, issues = 60, span_hours = 60 }, deprecations = ANNOUNCED,
      change = { updates = 0.7, lists = { "issues" }, requests = 30, seed = 2 } }
    local result, found = read(scenario), {}
    for _, text in ipairs(result.records "issues") do found[json.decode(text).id] = true end
    for _, record in ipairs(connector.held(scenario, "issues")) do assert.is_true(found[record.key], record.key) end
  end)

  for name, given in pairs { ["at sentry.io"] = {}, ["though its own is to go"] = { deprecations = ANNOUNCED } } do
    it(("come from the project's list all the same where the organization's is not there, %s"):format(name), function()
      given.faults = { { fault = "status", path = "organizations/acme/issues/", times = -1, status = 404 } }
      local scenario = hosted(given)
      local result = read(scenario, nil, { config = not given.deprecations and of_sentry_io(scenario) or nil })
      assert_whole(result, scenario)
      assert.equal(1, #scenario.log "org_issues")
    end)
  end

  for name, deprecations in pairs { ["announces its end"] = ANNOUNCED, ["is gone"] = GONE } do
    it("come from the organization's list where their own " .. name, function()
      local scenario = hosted { deprecations = deprecations, page_size = 7 }
      local result = read(scenario)
      assert_whole(result, scenario)
      assert.equal(1, #scenario.log "issues")
      assert.is_truthy(connector.logs(result):find("organizations/acme/issues/", 1, true))
      assert.is_nil(connector.logs(result):find("again in", 1, true))
    end)
  end

  it("come from the organization's list where their own is not found", function()
    local scenario = hosted { faults = { { fault = "status", path = "web-frontend/issues/", times = -1, status = 404 } } }
    assert_whole(read(scenario), scenario)
  end)

  it("are all there where their own list goes while it is read, on any page, and none comes twice", function()
    for request = 2, 5 do
      -- Only the 410 tells of it.
      local scenario = hosted { data = { issues = 30 }, page_size = 7, faults = { { fault = "gone",
        path = "web-frontend/issues/", request = request, times = -1 } } }
      assert_whole(read(scenario), scenario)
      assert.equal(request, #scenario.log "issues")
    end
  end)

  it("are of the same categories by both lists", function()
    local scenario = hosted { retention_days = 0 }
    assert.same({ 3, 1 }, { #wanted(scenario, "performance"), #wanted(scenario, "cron") })
    assert_whole(read(scenario), scenario)
    scenario.change { deprecations = GONE }
    assert_whole(read(scenario), scenario)
    assert.is_true(#scenario.log "org_issues" > 0)
  end)

  it("are of this project alone, whatever a server gives", function()
    local data = { issues = 30, projects = 3, project_issues = { backend = 8 } }
    local scenario = hosted { deprecations = GONE, data = data, faults = { { fault = "ignore_filter",
      path = "organizations/acme/issues/", times = -1 } } }
    local result = read(scenario)
    assert_whole(result, scenario)
    assert.matches("the list holds issues of other projects, though it was asked for one; they are left out",
      connector.logs(result, "WARN"))
  end)

  it("have the first time and the counts of all time at their top, and nothing else of other bytes", function()
    local scenario = hosted { deprecations = GONE, data = { issues = 30, first_hours = 24 * 360 },
      faults = { { fault = "status", path = "organizations/acme/issues/", query = "start=", times = -1, status = 400 } } }
    local result = read(scenario) -- of the last ninety days, in which not all of their events lie
    local by_id, all = {}, 0
    for _, text in ipairs(wanted(scenario)) do by_id[json.decode(text).id] = text end
    for _, text in ipairs(result.records "issues") do
      local members = json_text.members(text)
      local lifetime = json_text.members(members.lifetime)
      for _, name in ipairs { "firstSeen", "count", "userCount" } do assert.equal(lifetime[name], members[name]) end
      assert.equal(by_id[json.decode(text).id], connector.of_both_lists(text))
      all = all + 1
    end
    assert.equal(30, all)
    assert.matches("the list is read without dates, so issues that were last seen more than 90 days ago may be missing",
      connector.logs(result, "WARN"))
  end)

  it("come from before the last ninety days, too; and where the server keeps no more, that is said", function()
    local scenario = hosted { deprecations = GONE }
    assert.is_nil(connector.logs(read(scenario)):find("the oldest issue was last seen", 1, true))
    local short = hosted { deprecations = GONE, retention_days = 90 }
    local result = read(short)
    assert.equal(#wanted(short) - DATA.old_issues, #texts(result))
    assert.matches("the oldest issue was last seen on 2026%-11%-20; older ones than the 90 days", connector.logs(result))
  end)

  it("come by the project's slug where the token may not read the project", function()
    local scenario = hosted { dialect = "sentry-23.7.1", data = { issues = 20, project_issues = { backend = 8 } },
      callers = { narrow = { scopes = { "event:read" } } }, deprecations = GONE }
    local result = read(scenario, nil, { config = { auth_token = "narrow" } })
    assert.equal(20, #result.records "issues")
    assert.equal("web-frontend", asked(scenario, "org_issues")[1].projectSlug)
  end)

  it("are not looked for where the project is not there, and that is said", function()
    local scenario = hosted()
    local given = { config = { project = "web-fronted", hostname = of_sentry_io(scenario).hostname,
      proxy = of_sentry_io(scenario).proxy } }
    local message, kind = own_streams.error_of(connector.read(scenario, { "issues" }, given), "issues")
    assert.matches("knows no such organization or project", message)
    assert.equal("config_error", kind)
    assert.equal(0, #scenario.log "org_issues")
  end)

  it("have one state: a read by either list goes on from the other's, and repeats nothing", function()
    local scenario = hosted { clock = { shift_seconds = 0 }, data = { issues = 30, span_hours = 0.1 } }
    local result = read(scenario, "incremental")
    assert.equal(30, #texts(result))
    scenario.change { deprecations = GONE }
    result = read(scenario, "incremental", { state = connector.states(result) })
    assert.is_true(#scenario.log "org_issues" > 0)
    assert.same({}, texts(result))
    local later = { { updates = { issues = 2 } } }
    scenario.change { deprecations = {}, data = { issues = 30, span_hours = 0.1, later = later } }
    local before = #scenario.log "org_issues"
    result = read(scenario, "incremental", { state = connector.states(result) })
    assert.equal(before, #scenario.log "org_issues")
    assert.is_true(#texts(result) >= 1 and #texts(result) <= 2)
  end)

  -- Reads by one list until the server fails, and then on by the other. A place that is a whole second lies below the issue
  -- that it is the place of, where that has microseconds.
  local function read_by_both(first, second)
    local path = first and "acme/issues/" or "web-frontend/issues/"
    local fault = { fault = "status", path = path, page = 3, times = -1, status = 500 }
    local scenario = hosted { page_size = 7, data = { issues = 30 }, deprecations = first, faults = { fault } }
    local cut = connector.read(scenario, { { "issues", "full_refresh" } }, { words = { "--checkpoint-records=7" } })
    assert.equal(1, cut.status)
    local before = texts(cut)
    assert.is_true(#before >= 7 and #before < 30)
    scenario.change { deprecations = second or {}, faults = {} }
    local after = texts(read(scenario, nil, { state = connector.states(cut) }))
    local there = {}
    for _, text in ipairs(table.move(after, 1, #after, #before + 1, before)) do there[text] = true end
    for _, text in ipairs(wanted(scenario)) do assert.is_truthy(there[text], text) end
    return #after
  end

  it("go on by the organization's list where a read by the project's was cut, and the other way round", function()
    assert.is_true(read_by_both(nil, GONE) < 30)
    read_by_both(GONE, nil)
  end)
end)
