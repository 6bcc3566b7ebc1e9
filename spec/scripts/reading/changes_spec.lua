-- A record that changes where it stands in a list comes again, as far back as the lookback reaches.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local json = require "json"
local page = require "page"
local keys = require "keys"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

teardown(perigee.cleanup)

describe("a row of a page", function()
  local SETTINGS = { fields = { "id" }, key = { "id" }, changing = { "stats", "lifetime.stats", "filtered" } }

  local function known_after(first, second, settings)
    local seen = keys.set(100)
    assert(page.of("[" .. first .. "]", settings or SETTINGS)):remember_rows(seen, "all")
    return assert(page.of("[" .. second .. "]", settings or SETTINGS)):drop_known(seen) == 1
  end

  it("is known by its bytes but for what changes by itself, wherever that stands", function()
    local text = '{"stats":{"24h":[1]},"id":"1","lifetime":{"count":"2","stats":null},"status":"open","filtered":null}'
    for _, other in ipairs {
      '{"stats":{"24h":[2,3]},"id":"1","lifetime":{"count":"2","stats":null},"status":"open","filtered":null}',
      '{"stats":{"24h":[1]},"id":"1","lifetime":{"count":"2","stats":{"a":1}},"status":"open","filtered":{"count":"1"}}',
    } do
      assert.is_true(known_after(text, other))
    end
    for from, to in pairs { ['"open"'] = '"shut"', ['"count":"2"'] = '"count":"3"', ['"id":"1"'] = '"id":"2"' } do
      assert.is_false(known_after(text, (text:gsub(from, to))))
    end
  end)

  it("is known in any order of a list whose order changes by itself, but not with other elements", function()
    local settings = { fields = { "id" }, key = { "id" }, changing = { "of[]", "of.n" } }
    local text = '{"id":1,"of":[{"a":1,"n":1},{"a":2,"n":1}, {"a":2,"n":1},"x"],"b":[1,2]}'
    assert.is_true(known_after(text, '{"id":1,"of":["x",{"a":2,"n":7},{"a":1,"n":8},{"a":2,"n":3}],"b":[1,2]}', settings))
    for _, other in ipairs { '[{"a":1,"n":1},{"a":2,"n":1},{"a":3,"n":1},"x"]', '[{"a":1,"n":1},{"a":2,"n":1},"x"]',
      '[{"a":1,"n":1},{"a":1,"n":1},{"a":2,"n":1},"x"]', "[]", "null" } do
      assert.is_false(known_after(text, '{"id":1,"of":' .. other .. ',"b":[1,2]}', settings), other)
    end
    assert.is_false(known_after(text, (text:gsub("%[1,2%]", "[2,1]")), settings))
  end)

  it("is known by its key where nothing is said of changes, and for places in the list always", function()
    local by_key = { fields = { "id" }, key = { "id" } }
    assert.is_true(known_after('{"id":1,"a":1}', '{"id":1,"a":2}', by_key))
    local near = keys.set(100)
    assert(page.of('[{"id":1,"a":1}]', SETTINGS)):remember(near, "all")
    assert.is_true(assert(page.of('[{"id":1,"a":2}]', SETTINGS)):joins(near))
  end)

  it("raises for what is no list of names, or too long a one", function()
    assert.has_error(function() page.of("[]", { changing = "stats" }) end)
    local names = {}
    for i = 1, 24 do names[i] = "n" .. i end
    assert(page.of("[]", { changing = names })):close()
    names[25] = "n25"
    assert.has_error(function() page.of("[]", { changing = names }) end)
  end)
end)

describe("an issue that changes and is not seen again", function()
  -- The list's second answer: the first issue is resolved, and all have other counts over the last hours.
  local function served(changes)
    local body = {}
    for i = 1, 3 do
      body[i] = ('{"id":"%d","lastSeen":"2026-01-31T18:0%d:00Z","status":"%s","stats":{"24h":[[1,%d]]}}'):format(i, 9 - i,
        changes and i == 1 and "resolved" or "unresolved", changes and 7 or 3)
    end
    return "[" .. table.concat(body, ",") .. "]"
  end

  it("comes again within the lookback, and those of which only the counts changed do not", function()
    local link = '<https://sentry.example/?cursor=0:0:0>; rel="next"; results="false"; cursor="0:0:0"'
    local function scenario(changes)
      return { fault = "status", path = "issues", times = -1, status = 200, body = served(changes), headers = { Link = link } }
    end
    local before = sentry.scenario { now = "2026-01-31T18:10:00Z", faults = { scenario(false) } }
    local first = connector.read(before, { { "issues", "incremental" } })
    assert.equal(0, first.status, table.concat(first.lines, "\n"))
    assert.equal(3, #first.records "issues")
    local states = connector.states(first)
    local function again(changes, state)
      before.change { faults = { scenario(changes) } }
      return connector.read(before, { { "issues", "incremental" } }, { state = { state } })
    end
    local same = again(false, states[#states])
    assert.equal(0, #same.records "issues")
    local changed = again(true, states[#states])
    assert.equal(1, #changed.records "issues")
    assert.equal("resolved", json.decode(changed.records("issues")[1]).status)
    states = connector.states(changed)
    assert.equal(0, #again(true, states[#states]).records "issues")
  end)
end)

-- Read twice of a Sentry 23.7.1, 2 of 129 monitors had their environments in another order, and 3 other features of their
-- project, which had got its first release.
describe("a monitor of a real server", function()
  local LINK = '<https://sentry.example/?cursor=100:0:0>; rel="next"; results="false"; cursor="100:1:0"'
  local rows = {}
  for i, row in ipairs(json.decode(files.read "spec/fixtures/sentry-23.7.1/lists/monitors.json")) do rows[i] = row end

  local function read(scenario, state)
    scenario.change { faults = { { fault = "status", path = "monitors/$", times = -1, status = 200, body = json.encode(rows),
      headers = { Link = LINK } } } }
    local result = connector.read(scenario, { { "monitors", "incremental" } }, { state = state })
    assert.equal(0, result.status, connector.logs(result))
    return result
  end

  it("comes again for a check-in, and not for the order of its environments, or for what its project can do", function()
    local several
    for _, row in ipairs(rows) do several = several or #row.environments == 2 and row end
    local scenario = sentry.scenario { dialect = "sentry-23.7.1" }
    local first = read(scenario)
    assert.equal(#rows, #first.records "monitors")
    local environments = several.environments
    environments[1], environments[2] = environments[2], environments[1]
    table.insert(several.project.features, "releases")
    local second = read(scenario, connector.states(first))
    assert.same({}, second.records "monitors")
    environments[1].lastCheckIn = "2026-11-27T12:00:00Z"
    local third = read(scenario, connector.states(second))
    assert.equal(1, #third.records "monitors")
    assert.equal(several.id, json.decode(third.records("monitors")[1]).id)
  end)
end)

describe("a stream's own lookback", function()
  it("holds where the configuration's is shorter", function()
    local clock = require "clock"
    local scenario = sentry.scenario { data = { issues = 3 } }
    local function looks_back(more, minutes)
      local result = own_streams.read(scenario, { mine = ([[return { name = "mine", primary_key = "id",
        path = "projects/{organization}/{project}/issues/", params = { query = "" },
        cursor = { field = "lastSeen", ordered_by = { "lastSeen" }%s } }]]):format(more) }, { "mine", "incremental" },
        { config = { lookback_minutes = minutes } })
      local state = connector.state(result, "mine")
      return (clock.parse(state.marks.lastSeen) - clock.parse(state.lastSeen)) // 60000000
    end
    assert.equal(60, looks_back(", lookback = 60", 5))
    assert.equal(90, looks_back(", lookback = 60", 90))
    assert.equal(5, looks_back("", 5))
  end)
end)
