-- Lists without an order are read whole, and compared with what was sent before: a row that comes late with an old time is
-- new all the same, and one of which only what changes by itself has changed is not.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local LINK = { Link = '<https://sentry.example/?cursor=0:0:0>; rel="next"; results="false"; cursor="0:0:0"' }
local MOST = 10000 -- records that a state remembers

local function read(scenario, stream, states, given)
  given = given or {}
  given.state = states
  return connector.read(scenario, { { stream, "incremental" } }, given)
end

local function assert_ok(result)
  assert.equal(0, result.status, table.concat(result.lines, "\n"):sub(1, 2000))
  return result
end

local function warnings(result, words)
  local count = 0
  for _, line in ipairs(result.of "LOG") do
    if line.level == "WARN" and line.message:find(words, 1, true) then count = count + 1 end
  end
  return count
end

-- What names each record; some of its members are as the caller sees them.
local function named(texts)
  local names = {}
  for i, text in ipairs(texts) do
    local record = json.decode(text)
    names[i] = record.slug or record.version
  end
  return names
end

-- A scenario whose list of this endpoint has this body; and a change of it.
local function serving(endpoint, body)
  local function faults(text)
    return { { fault = "status", path = endpoint, times = -1, status = 200, body = text, headers = LINK } }
  end
  local scenario = sentry.scenario { dialect = "sentry-23.7.1", faults = faults(body) }
  return scenario, function(text) scenario.change { faults = faults(text) } end
end

local function rows_text(count, from)
  local rows = {}
  for i = from or 1, count do
    rows[#rows + 1] = ('{"id":%d,"version":"%d","dateCreated":"2026-01-01T00:00:00Z"}'):format(i, i)
  end
  return "[" .. table.concat(rows, ",") .. "]"
end

teardown(perigee.cleanup)

describe("a list without an order", function()
  for _, dialect in ipairs { "sentry", "sentry9", "sentry-23.7.1", "glitchtip" } do
    it("brings releases and projects that come late, with any time, of " .. dialect, function()
      for _, stream in ipairs { "releases", "projects" } do
        local data = { releases = 12, projects = 5, archived = 0, teams = false }
        local scenario = sentry.scenario { dialect = dialect, data = data, change = { late_seconds = 40 * 86400 } }
        local first = assert_ok(read(scenario, stream))
        local before = named(connector.truth(scenario, stream))
        assert.is_nil(connector.difference(before, named(first.records())))
        data.later = { { [stream] = 6, late = 1 } }
        scenario.change { data = data }
        local second = assert_ok(read(scenario, stream, connector.states(first)))
        local came = named(second.records())
        assert.equal(6, #came)
        table.move(before, 1, #before, #came + 1, came)
        assert.is_nil(connector.difference(named(connector.truth(scenario, stream)), came))
        assert.same({}, assert_ok(read(scenario, stream, connector.states(second))).records())
      end
    end)
  end

  it("brings all of it once after a state that has a time alone, as Airbyte's connector and earlier releases wrote it", function()
    local scenario = sentry.scenario { data = { releases = 9 } }
    local old = { dateCreated = "2099-01-01T00:00:00Z", marks = { dateCreated = "2026-11-01T00:10:00Z" },
      recent = { keys = json.array { "EzGP9AvN1YSrqarb" } } }
    local state = { { type = "STREAM", stream = { stream_descriptor = { name = "releases" }, stream_state = old } } }
    local first = assert_ok(read(scenario, "releases", state))
    assert.is_nil(connector.difference(connector.truth(scenario, "releases"), first.records()))
    assert.same({}, assert_ok(read(scenario, "releases", connector.states(first))).records())
  end)

  it("keeps what it knows where Airbyte's connector moves the time of its state, and carries the rest along", function()
    local scenario = sentry.scenario { data = { releases = 9 } }
    local states = connector.states(assert_ok(read(scenario, "releases")))
    local state = states[#states]
    state.stream.stream_state.dateCreated = "2026-11-27T00:00:00.5Z"
    assert.same({}, assert_ok(read(scenario, "releases", { state })).records())
  end)

  it("ends with a state that says how new its newest record is, also one that a user's own list lacks", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 4, releases = 5, archived = 5 } }
    for _, stream in ipairs { "projects", "releases" } do
      local result, newest = assert_ok(read(scenario, stream)), ""
      for _, text in ipairs(result.records()) do
        local time = json.decode(text).dateCreated
        newest = time > newest and time or newest
      end
      assert.equal(newest, connector.state(result, stream).marks.dateCreated)
    end
  end)

  it("goes on in a full refresh that was cut, without what went out before", function()
    local scenario = sentry.scenario { data = { releases = 20 }, page_size = 4,
      faults = { { fault = "status", status = 500, path = "releases", request = 4, times = -1 } } }
    local words = { "--retry-attempts=1", "--checkpoint-records=1" }
    local cut = connector.read(scenario, { "releases" }, { words = words })
    assert.equal(1, cut.status)
    assert.equal(12, #cut.records())
    scenario.change { faults = {} }
    local rest = assert_ok(connector.read(scenario, { "releases" }, { state = connector.states(cut) }))
    local all = cut.records()
    table.move(rest.records(), 1, #rest.records(), #all + 1, all)
    assert.is_nil(connector.difference(connector.truth(scenario, "releases"), all))
    assert.same({ __ab_full_refresh_sync_complete = true }, connector.state(rest, "releases"))
  end)

  it("sends rows beyond those that a state remembers with each read, and says so once", function()
    local scenario = serving("releases", rows_text(MOST + 50))
    local first = assert_ok(read(scenario, "releases"))
    assert.equal(MOST + 50, #first.records())
    assert.equal(MOST, #connector.state(first, "releases").recent.keys)
    for _ = 1, 2 do
      local again = assert_ok(read(scenario, "releases", connector.states(first)))
      assert.equal(50, #again.records())
      assert.equal(1, warnings(again, "has no order, and 50 rows more than the 10000 that a state remembers"))
      assert.equal(MOST, #connector.state(again, "releases").recent.keys)
      first = again
    end
  end)

  it("has the lists of all parents remember no more than one list may", function()
    local scenario = serving("issues", rows_text(6000))
    local mine = { mine = [[return { name = "mine", path = "projects/{organization}/{parent.id}/issues/", primary_key = "id",
      cursor = { field = "dateCreated" }, parent = function() return { { id = "a" }, { id = "b" } } end }]] }
    local given = { config = { num_workers = 2 } }
    local first = assert_ok(own_streams.read(scenario, mine, { "mine", "incremental" }, given))
    assert.equal(12000, #first.records())
    assert.equal(1, warnings(first, "more records than the 10000 that its state remembers"))
    local parents = connector.state(first, "mine").parents
    assert.equal(MOST, #parents.a.recent.keys + #parents.b.recent.keys)
    local again = assert_ok(own_streams.read(scenario, mine, { "mine", "incremental" }, { state = connector.states(first),
      config = given.config }))
    assert.equal(2000, #again.records())
  end)

  it("is sent whole with each read where its rows have no key, and says so once", function()
    local keyless = { mine = [[return { name = "mine", path = "organizations/{organization}/releases/",
      cursor = { field = "dateCreated" } }]] }
    local scenario = sentry.scenario { data = { releases = 7 } }
    local first = assert_ok(own_streams.read(scenario, keyless, { "mine", "incremental" }))
    local again = assert_ok(own_streams.read(scenario, keyless, { "mine", "incremental" }, { state = connector.states(first) }))
    assert.equal(7, #again.records())
    assert.equal(1, warnings(again, "each read sends all of them"))
  end)
end)

-- Recorded rows of a real 23.7.1; what a server changes of them by itself, and what someone changed.
describe("a row that changes", function()
  local function recorded(name) return json.decode(files.read("spec/fixtures/sentry-23.7.1/" .. name .. ".json")) end
  local SIGNED_IN = "2026-11-01T00:00:00Z"
  local function user(more)
    return { id = "1", name = "Ada", lastLogin = SIGNED_IN, lastActive = SIGNED_IN, options = more, flags = more }
  end

  local function reversed(list)
    local copy = json.array()
    for i, value in ipairs(list) do copy[#list - i + 1] = value end
    return copy
  end

  local by_itself = {
    releases = function(row)
      row.newGroups, row.lastEvent, row.firstEvent = 7, "2026-11-20T00:00:00Z", "2026-11-19T00:00:00Z"
      row.currentProjectMeta = { prevReleaseVersion = "1.0" }
      for _, project in ipairs(row.projects) do
        project.newGroups, project.hasHealthData, project.platforms = 7, true, json.array { "python" }
      end
      for _, one in ipairs { row.owner, row.authors[1], row.lastCommit.author } do
        one.lastLogin, one.lastActive = "2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z"
      end
      row.projects = reversed(row.projects)
      -- The server keeps these two as whoever asked first sees them: oneself with settings, others without.
      row.authors[1], row.lastCommit.author = user(), user()
    end,
    projects = function(row)
      row.access, row.features = reversed(row.access), reversed(row.features)
      row.organization.features = reversed(row.organization.features)
      row.organization.isAcceptingEvents, row.organization.eventThrottleRate = false, 90
    end,
  }
  local by_someone = {
    releases = { status = "archived", deployCount = 1, dateReleased = "2026-11-20T00:00:00Z", projects = json.array() },
    projects = { name = "New Name", platform = "rust", firstEvent = "2026-11-20T00:00:00Z", hasSessions = true },
  }

  for stream, change in pairs(by_itself) do
    it("by itself alone does not come again; by someone it does, once: " .. stream, function()
      local rows = json.array { table.unpack(recorded(stream), 1, 5) }
      for _, row in ipairs(stream == "releases" and rows or {}) do
        local own = { theme = "light" }
        row.owner, row.authors, row.lastCommit = user(own), json.array { user(own) }, { id = "c", author = user(own) }
      end
      for _, row in ipairs(stream == "projects" and rows or {}) do
        row.organization.isAcceptingEvents, row.organization.eventThrottleRate = true, 0
      end
      local scenario, serve = serving(stream, json.encode(rows))
      local states = connector.states(assert_ok(read(scenario, stream)))
      for _, row in ipairs(rows) do change(row) end
      serve(json.encode(rows))
      assert.same({}, assert_ok(read(scenario, stream, states)).records())
      for name, value in pairs(by_someone[stream]) do
        rows[2][name] = value
        serve(json.encode(rows))
        local result = assert_ok(read(scenario, stream, states))
        states = connector.states(result)
        assert.equal(1, #result.records(), name)
        assert.same(rows[2][name], json.decode(result.records()[1])[name])
        assert.same({}, assert_ok(read(scenario, stream, states)).records())
      end
    end)
  end
end)
