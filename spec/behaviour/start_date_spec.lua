-- An earlier start_date, or none, brings the records before: a state that was begun with one says so.
local cjson = require "cjson"
local clock = require "clock"
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local DAY = 86400 * 1000000
local STREAMS = { "events", "issues", "user_feedback", "issue_hashes", "issue_events", "replays", "stats_v2", "releases" }
-- Over days: a day of stats_v2 that is not over has no state at any hour.
local DATA = { span_hours = 96, events = 60, issues = 25, releases = 9, lists = { user_feedback = 12, replays = 20 } }
local SAYS = "the state has records from "

local function entries(streams)
  local list = {}
  for i, stream in ipairs(streams) do list[i] = { stream, "incremental" } end
  return list
end

local function days_ago(count) return clock.format(clock.now() - count * DAY) end

local function read(scenario, streams, from, state, config)
  local given = { start_date = from }
  for name, value in pairs(config or {}) do given[name] = value end
  local result = connector.read(scenario, entries(streams), { config = given, state = state })
  assert.equal(0, result.status, table.concat(result.lines, "\n"))
  return result
end

local function key_of(text) return text:match '"id": ?"?([%w-]+)' or text end

-- All records of both, each once.
local function together(stream, ...)
  local seen, all = {}, {}
  for _, result in ipairs { ... } do
    for _, text in ipairs(result.records(stream)) do
      local key = stream == "stats_v2" and text or key_of(text)
      if not seen[key] then all[#all + 1] = key end
      seen[key] = true
    end
  end
  table.sort(all)
  return all
end

-- Of the records of the project that is read, issues by their last time.
local function quantile(scenario, stream, part)
  local times = {}
  for _, record in ipairs(connector.held(scenario, stream)) do times[#times + 1] = record.cursor end
  table.sort(times)
  return times[math.max(1, math.floor(#times * part))]
end

local function warned(result) return connector.logs(result, "WARN"):find(SAYS, 1, true) ~= nil end

describe("a start_date before that of the state", function()
  teardown(perigee.cleanup)

  it("brings what a read of everything brings, with a warning of each stream, and then nothing", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = DATA }
    local from = quantile(scenario, "issues", 0.5)
    for _, earlier in ipairs { days_ago(300), false } do
      local late = read(scenario, STREAMS, from)
      local after = read(scenario, STREAMS, earlier or nil, connector.states(late))
      local whole = read(scenario, STREAMS, earlier or nil)
      for _, stream in ipairs(STREAMS) do
        assert.same(together(stream, whole), together(stream, late, after), stream)
        local says = ("%s: %s%s"):format(stream, SAYS, from:sub(1, 10))
        assert.equal(stream ~= "releases", connector.logs(after, "WARN"):find(says, 1, true) ~= nil, stream)
      end
      local again = read(scenario, STREAMS, earlier or nil, connector.states(after))
      assert.is_false(warned(again))
      assert.same({}, again.records "events")
    end
  end)

  it("brings them of each project, also of one that came later, and where one is read and then several", function()
    local data = { projects = 3, events = 30, issues = 12, project_events = { backend = 25 }, project_issues = { backend = 9 } }
    local scenario, streams = sentry.scenario { data = data, page_size = 10 }, { "events", "issues" }
    local from = quantile(scenario, "events", 0.7)
    local function step(result, project, start)
      return read(scenario, streams, start, connector.states(result), { project = project })
    end
    local whole = read(scenario, streams, nil, nil, { project = "web-frontend,backend" })
    local one = read(scenario, streams, nil, nil, { project = "web-frontend" })
    local two = step(one, "web-frontend,backend", from)
    local alone = step(two, "web-frontend", nil)
    local three = step(alone, "web-frontend,backend", nil)
    for _, stream in ipairs(streams) do
      assert.same(together(stream, whole), together(stream, one, two, three), stream)
      assert.same({}, alone.records(stream))
    end
    assert.same({ false, false, true }, { warned(two), warned(alone), warned(three) })
    assert.is_nil(connector.logs(three, "WARN"):find("events of web-frontend", 1, true))
    assert.is_false(warned(step(three, "web-frontend,backend", nil)))
  end)

  it("is told of by a plan", function()
    local scenario = sentry.scenario { data = DATA }
    local late = read(scenario, { "issues" }, quantile(scenario, "issues", 0.5))
    local plan = perigee.run(connector.words("try", scenario, { state = connector.states(late), words = { "--plan", "issues" } }))
    local text = table.concat(plan.lines, "\n")
    assert.is_truthy((text .. plan.err):find(SAYS, 1, true), text .. plan.err)
    assert.is_truthy(text:find("reads    the whole list", 1, true), text)
  end)

  it("brings them to tables, too", function()
    local scenario, file = sentry.scenario { data = DATA }, perigee.new_path ".db"
    for _, from in ipairs { quantile(scenario, "events", 0.7), false } do
      local result = perigee.run(connector.words("sync", scenario, { config = { start_date = from or nil },
        words = { "--to", file, "--streams=events,issues" } }))
      assert.equal(0, result.status, result.err)
    end
    assert.same({ 60, 25 }, { database.value(file, "SELECT count(*) FROM events"),
      database.value(file, "SELECT count(*) FROM issues") })
  end)
end)

describe("a start_date in the future", function()
  teardown(perigee.cleanup)

  it("is told of by check and by a read", function()
    local scenario, config = sentry.scenario { data = DATA }, { start_date = "2099-01-01T00:00:00Z" }
    local says = "start_date 2099-01-01T00:00:00Z lies in the future, so no record of a stream with times is read"
    local status, _, checked = connector.check(scenario, { config = config })
    assert.equal("SUCCEEDED", status)
    for _, result in ipairs { checked, connector.read(scenario, { "issues" }, { config = config }) } do
      assert.is_truthy(connector.logs(result, "WARN"):find(says, 1, true))
    end
  end)
end)

describe("a state", function()
  teardown(perigee.cleanup)

  it("says no more than it holds where start_date was later for a while, and goes on from what it holds", function()
    local scenario = sentry.scenario { data = DATA, page_size = 10 }
    local early, middle, newest = quantile(scenario, "events", 0.2), quantile(scenario, "events", 0.5), days_ago(-0.5)
    local first = read(scenario, { "events" }, early)
    local within = read(scenario, { "events" }, middle, connector.states(first)) -- all since then was read
    local back = read(scenario, { "events" }, early, connector.states(within))
    assert.same({ {}, {}, false }, { within.records(), back.records(), warned(back) })
    local beyond = read(scenario, { "events" }, newest, connector.states(first)) -- what comes before that is left out
    local again = read(scenario, { "events" }, early, connector.states(beyond))
    assert.is_true(warned(again))
    assert.same(together("events", first), together("events", again))
  end)

  it("of a read that was cut, and that went on with a later start_date, does not hide what lies between", function()
    local fault = { fault = "status", status = 500, path = "/events/$", page = 3, times = 6 }
    local scenario = sentry.scenario { data = DATA, page_size = 10, faults = { fault } }
    local config = { events_route = "project", num_workers = 1 }
    local early, middle = quantile(scenario, "events", 0.1), quantile(scenario, "events", 0.4)
    local function go(from, state)
      return connector.read(scenario, entries { "events" }, { config = { start_date = from, events_route = config.events_route,
        num_workers = 1 }, state = state, words = { "--checkpoint-records=1" } })
    end
    local cut = go(early)
    assert.equal(1, cut.status)
    local later = go(middle, connector.states(cut))
    local back = go(early, connector.states(later))
    assert.same({ 0, 0 }, { later.status, back.status })
    assert.same(together("events", go(early)), together("events", cut, later, back))
  end)

  it("has no note where start_date is not set, and is believed without one", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = DATA }
    local whole = read(scenario, STREAMS)
    for _, state in ipairs(connector.states(whole)) do
      assert.is_nil(cjson.encode(state):find("start_date", 1, true))
    end
    local noted = read(scenario, STREAMS, days_ago(40))
    local states = connector.states(noted)
    for _, state in ipairs(states) do
      local of = state.stream.stream_state.of
      if of then of.start_date = nil end
      local parent = state.stream.stream_state.parent
      if parent then parent.of.start_date = nil end
    end
    local after = read(scenario, STREAMS, nil, states)
    assert.same({ {}, false }, { after.records "events", warned(after) })
    local peers = { { type = "STREAM", stream = { stream_descriptor = { name = "events" },
      stream_state = { dateCreated = quantile(scenario, "events", 1) } } } }
    local taken = connector.states(read(scenario, { "events" }, days_ago(300), peers))
    assert.is_nil(cjson.encode(taken):find("start_date", 1, true))
  end)
end)
