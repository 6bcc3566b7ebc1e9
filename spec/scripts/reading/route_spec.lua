-- Events by the project's list and through its issues: the same records, the same state, and the choice between the two.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local route = require "reading.route"
local sentry = require "spec.support.sentry"

local CATALOG = { streams = { { stream = { name = "events" }, sync_mode = "incremental", destination_sync_mode = "append" } } }
local FULL = { streams = { { stream = { name = "events" }, sync_mode = "full_refresh", destination_sync_mode = "append" } } }

local function hosted(more)
  local spec = { dialect = "hosted", limits = false, data = { events = 160, issues = 20, seed = 7 } }
  for name, value in pairs(more or {}) do spec[name] = value end
  return sentry.scenario(spec)
end

local function read(scenario, more)
  local config = sentry.config(scenario, more.config)
  local words = { "read", "--config", perigee.write(config), "--catalog", perigee.write(more.catalog or CATALOG) }
  if more.state then
    words[#words + 1], words[#words + 2] = "--state", perigee.write(more.state)
  end
  for _, word in ipairs(more.words or {}) do words[#words + 1] = word end
  return perigee.run(words)
end

local function ids(result)
  local found = {}
  for _, record in ipairs(result.of "RECORD") do found[#found + 1] = record.data.id end
  table.sort(found)
  return found
end

local function truth(scenario)
  local found = {}
  for i, record in ipairs(connector.held(scenario, "events")) do found[i] = record.key end
  table.sort(found)
  return found
end

local function last_state(result)
  local states = result.of "STATE"
  return { states[#states] }
end

local function asked(scenario, endpoint) return #scenario.log(endpoint) end

local function said(result, words)
  for _, line in ipairs(result.of "LOG") do
    if line.message:find(words, 1, true) then return true end
  end
  return false
end

describe("events", function()
  teardown(perigee.cleanup)

  it("are the same records by both routes, byte for byte, whatever else issues of other categories list", function()
    local scenario = hosted { data = { events = 160, issues = 20, seed = 7, categories = { performance = 2, cron = 1 } } }
    local by_project = read(scenario, { config = { events_route = "project" } })
    local through = read(scenario, { config = { events_route = "issues" } })
    assert.same({ 0, 0 }, { by_project.status, through.status }, through.err)
    assert.same(truth(scenario), ids(through))
    local function lines(result)
      local found = {}
      for _, line in ipairs(result.lines) do
        local data = line:match '"data":(.*),"emitted_at"'
        if data then found[#found + 1] = data end
      end
      table.sort(found)
      return found
    end
    assert.same(lines(by_project), lines(through))
    assert.is_true(asked(scenario, "issue_events") > 0)
  end)

  for _, ways in ipairs { { "issues", "project" }, { "project", "issues" }, { "issues", "issues" } } do
    it(("by the route '%s' go on where the route '%s' ended, with what is new alone"):format(ways[2], ways[1]), function()
      local scenario = hosted { data = { events = 60, issues = 8, seed = 3 } }
      local first = read(scenario, { config = { events_route = ways[1] } })
      local nothing = read(scenario, { config = { events_route = ways[2] }, state = last_state(first) })
      assert.same({}, ids(nothing))
      scenario.change { data = { events = 60, issues = 8, seed = 3, later = { { events = 5 } } } }
      local second = read(scenario, { config = { events_route = ways[2] }, state = last_state(nothing) })
      assert.equal(5, #ids(second), second.err)
      assert.equal(0, second.status)
    end)
  end

  it("are read in full through the issues, too", function()
    local scenario = hosted()
    local result = read(scenario, { config = { events_route = "issues" }, catalog = FULL })
    assert.same(truth(scenario), ids(result))
    assert.is_true(last_state(result)[1].stream.stream_state.__ab_full_refresh_sync_complete)
  end)

  it("lose nothing where the server fails in the middle, and go on through the issues whatever would pay", function()
    local scenario = hosted { faults = { { fault = "status", status = 500, path = "/events/", request = 12, times = -1 } } }
    local first = read(scenario, { config = { events_route = "issues", num_workers = 1 }, words = { "--retry-attempts", "1" } })
    assert.equal(1, first.status)
    local state = last_state(first)
    assert.is_table(state[1].stream.stream_state.parts)
    scenario.change { faults = {} }
    local before = asked(scenario, "events")
    local second = read(scenario, { state = state })
    assert.equal(0, second.status, second.err)
    assert.equal(before, asked(scenario, "events")) -- the project's own list was asked for its first page at most once, before
    local all = {}
    for _, result in ipairs { first, second } do
      for _, id in ipairs(ids(result)) do all[id] = true end
    end
    for _, id in ipairs(truth(scenario)) do assert.is_true(all[id], id) end
  end)

  local PAYS = { events = { limit = 2, window = 60 }, default = { limit = 40, window = 1 } }

  it("go on by the project's list where that was cut, though the issues would pay", function()
    local scenario = hosted { faults = { { fault = "status", status = 500, path = "/events/", page = "last", times = -1 } } }
    local words = { "--retry-attempts", "1" }
    local first = read(scenario, { config = { events_route = "project" }, words = words })
    assert.equal(1, first.status)
    assert.is_table(last_state(first)[1].stream.stream_state.walk)
    scenario.change { faults = {}, limits = { events = { limit = 5, window = 60 }, default = PAYS.default } }
    local second = read(scenario, { state = last_state(first) })
    assert.equal(0, second.status, second.err)
    assert.equal(0, asked(scenario, "issue_events"))
    assert.is_true(#ids(second) > 0)
    -- So much is left that the issues would pay only where a read must wait for windows: the choice is looked at by itself.
    local stream = { through = { setting = "events_route", parent = "issues" } }
    assert.equal("own", route.of(stream, { events_route = "auto" }, { walk = {} }))
    assert.equal("ask", route.of(stream, { events_route = "auto" }, {}))
  end)

  for _, ways in ipairs { { "project", "issues" }, { "issues", "project" } } do
    for _, catalog in ipairs { CATALOG, FULL } do
      it(("come whole where a read by the route '%s' was cut, and the next one goes by '%s' (%s)"):format(ways[1], ways[2],
        catalog.streams[1].sync_mode), function()
        local scenario = hosted { faults = { { fault = "status", status = 500, path = "/events/", request = 12, times = -1 } } }
        local words = { "--retry-attempts", "1", "--checkpoint-records", "10" }
        local first = read(scenario, { config = { events_route = ways[1] }, words = words, catalog = catalog })
        assert.equal(1, first.status)
        assert.is_true(#ids(first) > 0)
        scenario.change { faults = {} }
        local second = read(scenario, { config = { events_route = ways[2] }, state = last_state(first), catalog = catalog })
        assert.equal(0, second.status, second.err)
        local all = {}
        for _, result in ipairs { first, second } do
          for _, id in ipairs(ids(result)) do all[id] = true end
        end
        for _, id in ipairs(truth(scenario)) do assert.is_true(all[id], id) end
      end)
    end
  end

  it("are read through the issues where limits and caps show that it pays", function()
    local scenario = hosted { limits = PAYS, clock = { speed = 60 } }
    local result = read(scenario, {})
    assert.equal(0, result.status, result.err)
    assert.same(truth(scenario), ids(result))
    assert.is_true(said(result, "read through the issues"))
    assert.is_true(asked(scenario, "events") <= 3)
  end)

  it("are read by the project's list where little is left, or nothing is limited", function()
    for _, more in ipairs {
      { limits = { events = { limit = 60, window = 60 }, default = { limit = 40, window = 1 } }, clock = { speed = 60 } },
      { dialect = "sentry-23.7.1" }, { dialect = "sentry" },
    } do
      local scenario = hosted(more)
      local result = read(scenario, {})
      assert.equal(0, result.status, result.err)
      assert.equal(160, #ids(result))
      assert.equal(0, asked(scenario, "issue_events"))
    end
  end)

  it("are read by the project's list where the token may not read the issues' own, and it is told", function()
    local scenario = hosted()
    scenario.change { faults = { { fault = "status", status = 403, path = "/issues/[0-9]+/events/", times = -1 } } }
    local result = read(scenario, { config = { events_route = "issues" } })
    assert.equal(0, result.status, result.err)
    assert.same(truth(scenario), ids(result))
    assert.is_true(said(result, "the stream is read by its own list"))
  end)

  it("of an issue that gets more while they are read come in full once, and are looked at again in brief", function()
    local scenario = hosted { data = { events = 300, issues = 2, seed = 7 }, now = "2026-11-01T12:00:00Z",
      clock = { fixed = "2026-11-01T12:00:00Z", step_ms = 1000 }, change = { adds = 1, lists = { "events" }, requests = 35 } }
    local before = truth(scenario)
    local result = read(scenario, { config = { events_route = "issues" } })
    assert.equal(0, result.status, result.err)
    assert.same(before, ids(result)) -- what comes later is the next read's
    assert.is_true(#truth(scenario) > 300)
    local full, brief = 0, 0
    for _, request in ipairs(scenario.log "issue_events") do
      full, brief = full + (request.query.full == "true" and 1 or 0), brief + (request.query.full == "false" and 1 or 0)
    end
    assert.is_true(brief > 0, "looked at again in full")
    assert.is_true(full <= 300 / 9 + 8, full .. " requests in full, and " .. brief .. " in brief")
  end)

  it("of pages that the server cuts are prefetched from where the next page begins", function()
    local scenario = hosted { limits = { events = { limit = 1000, window = 1, concurrent = 1 } } }
    local result = read(scenario, { config = { events_route = "project" } })
    assert.same(truth(scenario), ids(result))
    assert.is_true(said(result, " 0 responses not needed"))
    assert.is_true(asked(scenario, "events") <= 160 / 9 + 2, asked(scenario, "events") .. " requests")
  end)

  it("are refused a route that there is not", function()
    local result = read(hosted(), { config = { events_route = "events" } })
    assert.equal(1, result.status)
    assert.is_truthy(result.err:find("events_route must be 'auto', 'project' or 'issues'", 1, true)
      or table.concat(result.lines):find("events_route must be 'auto', 'project' or 'issues'", 1, true))
  end)
end)
