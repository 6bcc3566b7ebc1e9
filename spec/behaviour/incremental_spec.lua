local clock = require "clock"
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local read, statuses, errors = connector.read, connector.statuses, connector.errors
local STREAMS = { "events", "issues", "projects", "releases" }
local ALL = { { "events", "incremental" }, { "issues", "incremental" }, { "projects", "incremental" },
  { "releases", "incremental" } }
local CURSORS = { events = "dateCreated", issues = "lastSeen", projects = "dateCreated", releases = "dateCreated" }
local SOME = { events = 23, issues = 12, releases = 9, projects = 4 }

local function with(data, more)
  local copy = {}
  for key, value in pairs(data) do copy[key] = value end
  for key, value in pairs(more) do copy[key] = value end
  return copy
end

-- Which of the texts are not among the others.
local function minus(texts, others)
  local known, left = {}, {}
  for _, text in ipairs(others) do known[text] = true end
  for _, text in ipairs(texts) do
    if not known[text] then left[#left + 1] = text end
  end
  return left
end

-- The texts of the records of a stream whose cursor is at or after a time in microseconds.
local function since(scenario, stream, us)
  local list = {}
  for _, record in ipairs(connector.held(scenario, stream)) do
    if clock.parse(record.cursor) >= us then list[#list + 1] = record.text end
  end
  return list
end

local function plain(stream, value)
  local state = { [CURSORS[stream] or "id"] = value }
  return { type = "STREAM", stream = { stream_descriptor = { name = stream }, stream_state = state } }
end

-- A time that lies among the records of a stream: that of the one in the middle.
local function middle(scenario, stream)
  local times = {}
  for _, record in ipairs(connector.held(scenario, stream)) do times[#times + 1] = clock.parse(record.cursor) end
  table.sort(times)
  return times[#times // 2]
end

for _, dialect in ipairs { "sentry", "sentry9", "glitchtip" } do
  describe("incremental reading of " .. dialect, function()
    teardown(perigee.cleanup)

    it("brings everything once, then what is new and nothing else, then nothing", function()
      local scenario = sentry.scenario { dialect = dialect, data = SOME, page_size = 4 }
      local first = read(scenario, ALL)
      local held = {}
      for _, stream in ipairs(STREAMS) do
        held[stream] = connector.truth(scenario, stream)
        assert.is_nil(connector.difference(held[stream], first.records(stream)), stream)
      end
      local change = { events = 5, issues = 2, releases = 3, projects = 1, updates = { issues = 4 } }
      scenario.change { data = with(SOME, { later = { change } }) }
      local second = read(scenario, ALL, { state = connector.states(first) })
      for _, stream in ipairs(STREAMS) do
        local new = minus(connector.truth(scenario, stream), held[stream])
        assert.is_nil(connector.difference(new, second.records(stream)), stream)
      end
      assert.is_true(#second.records "issues" > 2, "an issue that was seen again did not come again")
      local third = read(scenario, ALL, { state = connector.states(second) })
      assert.equal(0, first.status + second.status + third.status)
      assert.same({}, third.records())
    end)

    it("says in its state how far it has come, in the form of airbyte/source-sentry", function()
      local scenario = sentry.scenario { dialect = dialect, data = SOME }
      local result = read(scenario, ALL)
      for _, stream in ipairs(STREAMS) do
        local text = connector.state(result, stream)[CURSORS[stream]]
        assert.is_truthy(text:find "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%d%d%d%dZ$", text)
        assert.equal(0, #since(scenario, stream, clock.parse(text) + 11 * 60 * 1000000), stream)
      end
    end)

    it("goes on from a state of airbyte/source-sentry, looking back as far as the config says", function()
      local scenario = sentry.scenario { dialect = dialect, data = SOME }
      local from, state = {}, {}
      for i, stream in ipairs(STREAMS) do
        from[stream] = middle(scenario, stream)
        state[i] = plain(stream, clock.format(from[stream]))
      end
      for minutes, config in pairs { [0] = { lookback_minutes = 0 }, [10] = {}, [90] = { lookback_minutes = 90 } } do
        local result = read(scenario, ALL, { state = state, config = config })
        for _, stream in ipairs(STREAMS) do
          local whole = stream == "projects" or stream == "releases" -- no time tells what of them was not sent
          local wanted = since(scenario, stream, whole and 0 or from[stream] - minutes * 60000000)
          assert.is_nil(connector.difference(wanted, result.records(stream)), ("%s, %d minutes"):format(stream, minutes))
        end
      end
    end)

    it("loses nothing where a read fails in the middle and goes on from its last states", function()
      local faults = {}
      for i, stream in ipairs { "events", "issues", "releases" } do
        faults[i] = { fault = "status", status = 500, path = stream, request = 4, times = -1 }
      end
      local scenario = sentry.scenario { dialect = dialect, data = SOME, page_size = 3, faults = faults }
      local cut = read(scenario, ALL, { words = { "--retry-attempts=1" } })
      assert.equal(1, cut.status)
      scenario.change { faults = {} }
      local rest = read(scenario, ALL, { state = connector.states(cut) })
      assert.equal(0, rest.status)
      for _, stream in ipairs(STREAMS) do
        local all = cut.records(stream)
        table.move(rest.records(stream), 1, #rest.records(stream), #all + 1, all)
        assert.same({}, minus(connector.truth(scenario, stream), all), stream)
      end
    end)
  end)
end

describe("incremental reading of a list that GlitchTip orders by dateReceived", function()
  teardown(perigee.cleanup)

  it("brings events that come late, too", function()
    local data = { events = 40, issues = 0, late = 0.4 }
    local hour = { late_seconds = 3600 } -- far beyond the lookback
    local scenario = sentry.scenario { dialect = "glitchtip", data = data, page_size = 6, change = hour }
    local first = read(scenario, { { "events", "incremental" } })
    local held = connector.truth(scenario, "events")
    assert.is_nil(connector.difference(held, first.records()))
    scenario.change { data = with(data, { later = { { events = 20, late = 0.6 } } }) }
    local second = read(scenario, { { "events", "incremental" } }, { state = connector.states(first) })
    local new = minus(connector.truth(scenario, "events"), held)
    assert.equal(20, #new)
    assert.is_nil(connector.difference(new, second.records()))
  end)
end)

describe("a state", function()
  local scenario
  setup(function() scenario = sentry.scenario { data = with(SOME, { project_issues = { backend = 6 } }) } end)
  teardown(perigee.cleanup)

  local function issues_since(state, given)
    return read(scenario, { { "issues", "incremental", namespace = given and given.namespace } },
      { state = state, config = with({ lookback_minutes = 0 }, given and given.config or {}) })
  end

  it("is understood in each form in which servers and platforms write times", function()
    local second = middle(scenario, "issues") // 1000000 * 1000000
    local text = clock.format(second):sub(1, 19)
    for _, ending in ipairs { "Z", ".0Z", ".000000Z", "+00:00", ".000000+0000" } do
      local result = issues_since { plain("issues", text .. ending) }
      assert.is_nil(connector.difference(since(scenario, "issues", second), result.records()), ending)
    end
  end)

  it("is taken from GLOBAL states, and from entries that hold more than we know", function()
    local from = middle(scenario, "issues")
    local stream = plain("issues", clock.format(from)).stream
    local wanted = since(scenario, "issues", from)
    local global = { type = "GLOBAL", global = { stream_states = { stream }, shared_state = {} } }
    local adorned = { type = "STREAM", stream = stream, sourceStats = { recordCount = 5 }, id = 7, destinationStats = {} }
    for _, state in ipairs { { global }, { adorned }, { plain("gone", "x"), adorned } } do
      assert.is_nil(connector.difference(wanted, issues_since(state).records()))
    end
  end)

  it("belongs to its namespace, and where it has none, to the stream of that name", function()
    local from = clock.format(middle(scenario, "issues"))
    local wanted = since(scenario, "issues", clock.parse(from))
    local plain_state, spaced = plain("issues", from), plain("issues", from)
    spaced.stream.stream_descriptor.namespace = "shop"
    for _, state in ipairs { plain_state, spaced } do
      assert.is_nil(connector.difference(wanted, issues_since({ state }, { namespace = "shop" }).records()))
    end
    spaced.stream.stream_descriptor.namespace = "elsewhere"
    assert.equal(12, #issues_since({ spaced }, { namespace = "shop" }).records())
  end)

  it("is none where it is empty, null, or absent", function()
    local reset = '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"issues"},"stream_state":null}}]'
    for _, state in ipairs { "[]", "{}", "null", reset, (reset:gsub(',"stream_state":null', "")) } do
      assert.equal(12, #issues_since(state).records(), state)
    end
  end)

  it("is not taken for another project's, and stays beside that one's", function()
    local result = issues_since(connector.states(issues_since()), { config = { project = "backend" } })
    assert.equal(0, result.status)
    assert.equal(6, #result.records())
    assert.is_string(connector.state(result, "issues").projects["web-frontend"].lastSeen)
  end)

  it("in the future is read as the present, with a warning, and heals", function()
    local own = sentry.scenario { data = SOME }
    local ahead = { plain("events", "2100-01-01T00:00:00.0Z") }
    local result = read(own, { { "events", "incremental" } }, { state = ahead })
    assert.equal(0, result.status)
    assert.is_truthy(connector.logs(result, "WARN"):find("future", 1, true))
    assert.is_true(clock.parse(connector.state(result, "events").dateCreated) <= clock.now() + 1000000)
    local held = connector.truth(own, "events")
    own.change { data = with(SOME, { later = { { events = 4 } } }) }
    local healed = read(own, { { "events", "incremental" } }, { state = connector.states(result) })
    assert.same({}, minus(minus(connector.truth(own, "events"), held), healed.records()))
  end)

  it("does not follow a record into the future", function()
    local own = sentry.scenario { data = SOME, faults = {
      { fault = "field_format", path = "issues", page = 1, value = '"2100-01-01T00:00:00Z"', times = -1 },
    } }
    local result = read(own, { { "issues", "incremental" } })
    assert.equal(12, #result.records())
    assert.is_true(clock.parse(connector.state(result, "issues").lastSeen) <= clock.now() + 1000000)
  end)

  it("is not moved by a record without a cursor, which comes, with a warning", function()
    local own = sentry.scenario { data = SOME, faults = {
      { fault = "field_null", path = "issues", index = 1, times = -1 },
    } }
    local result = read(own, { { "issues", "incremental" } })
    assert.equal(12, #result.records())
    assert.is_truthy(connector.logs(result, "WARN"):find("'lastSeen'", 1, true))
    assert.is_string(connector.state(result, "issues").lastSeen)
  end)

  it("that no stream can have is refused, before anything of any stream is read", function()
    for _, value in ipairs { "yesterday", 5, "2026-13-01T00:00:00Z", false } do
      local before = #scenario.log()
      local result = read(scenario, { { "issues", "incremental" }, "projects" }, { state = { plain("issues", value) } })
      assert.equal(1, result.status)
      assert.same({}, statuses(result, "issues"))
      assert.equal("config_error", errors(result)[1].failure_type)
      assert.is_truthy(errors(result)[1].message:find("'issues' cannot be understood: lastSeen", 1, true))
      assert.is_truthy(errors(result)[1].message:find("; without a state the stream is read from its top", 1, true))
      assert.equal(before, #scenario.log())
    end
  end)

  it("comes even from an empty stream", function()
    local empty = sentry.scenario { data = { events = 0, issues = 0, releases = 0, projects = 1 } }
    local result = read(empty, ALL)
    for _, stream in ipairs(STREAMS) do
      assert.equal(1, #connector.states(result, stream), stream)
      assert.is_table(connector.state(result, stream))
    end
  end)
end)
