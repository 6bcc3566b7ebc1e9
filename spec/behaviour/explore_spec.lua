-- Streams of what Explore shows, which the configuration describes.
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local ERRORS = { name = "errors_seen", dataset = "errors", fields = { "title", "project" }, query = "level:error" }
local LOGS = { name = "logs", dataset = "logs", fields = { "message", "severity" }, slice = "PT1H",
  key = "sentry.item_id" }

local function read(scenario, name, given)
  given = given or {}
  given.config = { explore = { ERRORS, LOGS }, start_date = "2026-11-01T00:00:00Z" }
  local result = connector.read(scenario, { { name, "incremental" } }, given)
  assert.equal(0, result.status, connector.failures(result))
  return result
end

-- The numbers of the rows that came, in order.
local function numbers(result, key)
  local list = {}
  for i, text in ipairs(result.records()) do list[i] = tonumber(json.decode(text)[key]:match "%-(%d+)$") end
  table.sort(list)
  return list
end

local function range(from, to)
  local list = {}
  for n = from, to do list[#list + 1] = n end
  return list
end

describe("a stream of what Explore shows", function()
  local NOW = { now = "2026-11-20T12:00:00Z", clock = { fixed = "2026-11-20T12:00:00Z" } }
  teardown(perigee.cleanup)

  local function scenario_of(explore)
    return sentry.scenario { now = NOW.now, clock = NOW.clock, explore = explore, data = { events = 0 } }
  end

  it("brings each row once, with its fields, and then those that are new", function()
    local scenario = scenario_of { errors = 530, logs = 40 }
    local first = read(scenario, "errors_seen")
    assert.same(range(0, 529), numbers(first, "id"))
    local one = json.decode(first.records()[1])
    assert.is_truthy(one.title:find "^title of ")
    assert.is_truthy(one.timestamp)
    local query = scenario.log("explore")[1].query
    assert.equal("level:error", query.query)
    assert.equal("-1", query.project)
    assert.equal("-timestamp", query.sort)
    local again = read(scenario, "errors_seen", { state = connector.states(first) })
    assert.same({}, again.records())
    scenario.change { explore = { errors = 700 } }
    assert.same(range(530, 699), numbers(read(scenario, "errors_seen", { state = connector.states(again) }), "id"))
  end)

  it("knows rows by a key that the configuration names, whose name may hold a dot", function()
    assert.same(range(0, 39), numbers(read(scenario_of { logs = 40 }, "logs"), "sentry.item_id"))
  end)

  it("halves a slice of which the server gives no row beyond ten thousand", function()
    local result = read(scenario_of { errors = 12100 }, "errors_seen")
    assert.same(range(0, 12099), numbers(result, "id"))
  end)

  it("is shipped of what monitors of uptime found", function()
    local result = read(scenario_of { uptime_results = 25 }, "uptime_results")
    assert.same(range(0, 24), numbers(result, "check_id"))
    assert.is_truthy(json.decode(result.records()[1]).http_status_code)
  end)

  it("is listed, discovered and synced as others are", function()
    local scenario = scenario_of { errors = 7 }
    local catalog = perigee.run(connector.words("discover", scenario, { config = { explore = { ERRORS } } })).of "CATALOG"
    local found
    for _, entry in ipairs(catalog[1].streams) do found = entry.name == "errors_seen" and entry or found end
    assert.same({ { "id" } }, found.source_defined_primary_key)
    assert.same({ "timestamp" }, found.default_cursor_field)
    assert.is_truthy(found.json_schema.properties.title)
    local given = { config = { explore = { ERRORS, LOGS }, start_date = "2026-11-01T00:00:00Z" } }
    assert.matches("\nerrors_seen ", "\n" .. table.concat(perigee.run(connector.words("streams", scenario, given)).lines, "\n"))
    given.words = { "--to", perigee.folder "explored" .. "/all.db", "--json" } -- what nobody names is read, too
    local synced = connector.summary(perigee.run(connector.words("sync", scenario, given)))
    assert.equal(7, synced.errors_seen.total)
    assert.equal(0, synced.logs.total)
    assert.is_truthy(synced.projects.complete)
  end)

  it("says what is wrong with its description", function()
    local scenario = sentry.scenario {}
    for words, entry in pairs {
      ["explore[0].name must be of letters"] = { dataset = "errors", fields = { "title" } },
      ["explore[0].name 'events' is the name of a shipped stream"] = { name = "events", dataset = "errors", fields = { "a" } },
      ["explore[0]: dataset must be one of errors, logs"] = { name = "mine", dataset = "eror", fields = { "title" } },
      ["explore[0]: fields must be a list of names"] = { name = "mine", dataset = "errors" },
      ["explore[0]: key is missing: the field that tells rows of uptime_results apart"] = { name = "mine",
        dataset = "uptime_results", fields = { "a" } },
      ["explore[0]: slice must be a duration"] = { name = "mine", dataset = "errors", fields = { "a" }, slice = "1d" },
      ["explore[0]: there is no field 'feilds'"] = { name = "mine", dataset = "errors", feilds = { "a" } },
    } do
      local status, message = connector.check(scenario, { config = { explore = { entry } } })
      assert.equal("FAILED", status)
      assert.is_truthy(message:find(words, 1, true), message)
    end
  end)
end)
