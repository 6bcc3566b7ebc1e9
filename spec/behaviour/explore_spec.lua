-- Streams of what Explore shows, which the configuration describes.
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local truths = require "spec.support.stream_truth"

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

-- What a member of rows says.
local function values(texts, key)
  local list = {}
  for i, text in ipairs(texts) do list[i] = json.decode(text)[key] end
  return list
end

-- The same of what the server holds.
local function held(scenario, list, key)
  local texts = {}
  for i, record in ipairs(scenario.truth()[list]) do texts[i] = record.text end
  return values(texts, key)
end

local function assert_came(wanted, texts, key) assert.is_nil(connector.difference(wanted, values(texts, key))) end

describe("a stream of what Explore shows", function()
  local NOW = { now = "2026-11-20T12:00:00Z", clock = { fixed = "2026-11-20T12:00:00Z" } }
  teardown(perigee.cleanup)

  local function scenario_of(lists, tie)
    return sentry.scenario { now = NOW.now, clock = NOW.clock, data = { events = 0, lists = lists, tie = tie } }
  end

  it("has rows of all projects, which check says where the configuration names some", function()
    for _, case in ipairs { { { project = "web-frontend" }, 1 }, { { project = "", exclude_projects = { "mobile" } }, 1 },
      { { project = "" }, 0 }, { { project = "web-frontend", explore = {} }, 0 } } do
      case[1].explore = case[1].explore or { ERRORS }
      local _, _, result = connector.check(scenario_of { explored_errors = 1 }, { config = case[1] })
      local _, count = connector.logs(result, "WARN"):gsub("rows of all projects that the token sees: project and", "%0")
      assert.equal(case[2], count)
    end
  end)

  it("brings each row once, with its fields, and then those that are new", function()
    local scenario = scenario_of { explored_errors = 530, explored_logs = 40 }
    local first = read(scenario, "errors_seen")
    local before = held(scenario, "explored_errors", "id")
    assert_came(before, first.records(), "id")
    local one = json.decode(first.records()[1])
    assert.is_truthy(one.title:find "^title of ")
    assert.is_truthy(one.timestamp)
    local query = scenario.log("explore")[1].query
    assert.equal("level:error", query.query)
    assert.equal("-1", query.project)
    local again = read(scenario, "errors_seen", { state = connector.states(first) })
    assert.same({}, again.records())
    truths.add_later(scenario, { explored_errors = 170 })
    local second = read(scenario, "errors_seen", { state = connector.states(again) })
    scenario.change { clock = { fixed = "2026-11-20T12:01:00Z" } } -- the last second had not ended
    local new = read(scenario, "errors_seen", { state = connector.states(second) }).records()
    table.move(second.records(), 1, #second.records(), #new + 1, new)
    assert_came(truths.without_all(held(scenario, "explored_errors", "id"), before), new, "id")
    assert.equal(170, #new)
  end)

  it("knows rows by a key that the configuration names, whose name may hold a dot", function()
    local scenario = scenario_of { explored_logs = 40 }
    assert_came(held(scenario, "explored_logs", "sentry.item_id"), read(scenario, "logs").records(), "sentry.item_id")
  end)

  it("halves a slice of which the server gives no row beyond ten thousand", function()
    local scenario = scenario_of { explored_errors = 12100 }
    assert_came(held(scenario, "explored_errors", "id"), read(scenario, "errors_seen").records(), "id")
  end)

  it("brings all rows of equal times, which the server sorts anew in each answer", function()
    local scenario = scenario_of({ explored_errors = 1000, explored_logs = 1000 }, 0.99)
    for name, list in pairs { errors_seen = "explored_errors", logs = "explored_logs" } do
      local key = name == "logs" and "sentry.item_id" or "id"
      assert_came(held(scenario, list, key), read(scenario, name).records(), key)
    end
  end)

  it("is shipped of what monitors of uptime found", function()
    local scenario = scenario_of { uptime_results = 25 }
    local result = read(scenario, "uptime_results")
    assert_came(held(scenario, "uptime_results", "check_id"), result.records(), "check_id")
    assert.is_truthy(json.decode(result.records()[1]).http_status_code)
  end)

  it("is asked once for a slice that is one page, though it is looked at first whether the server gives all of it", function()
    local scenario, asked = scenario_of { explored_logs = 40 }, {}
    assert_came(held(scenario, "explored_logs", "sentry.item_id"), read(scenario, "logs").records(), "sentry.item_id")
    for _, request in ipairs(scenario.log "explore") do
      if request.rows > 0 then
        local query = json.encode(request.query)
        assert.is_nil(asked[query], query)
        asked[query] = true
      end
    end
    assert.is_not_nil(next(asked))
  end)

  it("is listed, discovered and synced as others are", function()
    local scenario = scenario_of { explored_errors = 7, explored_logs = 0 }
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
