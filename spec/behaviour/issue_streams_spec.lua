-- Streams of issues whose lists the fake Sentry has in rooms of their own: their events, hashes, and users' feedback; and the
-- tables of what hangs on others.
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local function read(scenario, name, state)
  local result = connector.read(scenario, { { name, "incremental" } }, { state = state })
  assert.equal(0, result.status, connector.failures(result))
  return result
end

local function fields_of(result, ...)
  local list = {}
  for i, text in ipairs(result.records()) do
    local record, parts = json.decode(text), {}
    for j, name in ipairs { ... } do parts[j] = record[name] end
    list[i] = table.concat(parts, " ")
  end
  table.sort(list)
  return list
end

local function keys_of(held, wanted)
  local list = {}
  for _, record in ipairs(held) do list[#list + 1] = wanted(record) and record.key or nil end
  table.sort(list)
  return list
end

local function all() return true end

describe("streams of issues", function()
  teardown(perigee.cleanup)

  it("send the events of each issue once, and then those that are new", function()
    local scenario = sentry.scenario { dialect = "hosted", data = { events = 60, issues = 7 }, page_size = 8 }
    local first = read(scenario, "issue_events")
    local held = keys_of(connector.held(scenario, "events"), all)
    assert.same(held, fields_of(first, "id"))
    assert.is_nil(first.records()[1]:find('"entries"', 1, true)) -- the short form
    assert.equal("web-frontend", json.decode(first.records()[1]).project)

    local again = read(scenario, "issue_events", connector.states(first))
    assert.same({}, again.records())
    scenario.change { data = { events = 60, issues = 7, later = { { events = 5 } } } }
    local third = read(scenario, "issue_events", connector.states(again))
    local known, new = {}, {}
    for _, id in ipairs(held) do known[id] = true end
    for _, id in ipairs(keys_of(connector.held(scenario, "events"), all)) do new[#new + 1] = not known[id] and id or nil end
    assert.equal(5, #new)
    assert.same(new, fields_of(third, "id"))
  end)

  it("send the hashes of each issue, and ask for no events with them", function()
    local scenario = sentry.scenario { data = { events = 0, issues = 6 } }
    local found = {}
    for _, row in ipairs(fields_of(read(scenario, "issue_hashes"), "issueId")) do found[row] = true end
    for _, key in ipairs(keys_of(connector.held(scenario, "issues"), all)) do assert.is_true(found[key], key) end
    for _, request in ipairs(scenario.log "hashes") do assert.equal("false", request.query.full) end
  end)

  it("send feedback, which is in no other list of issues", function()
    local scenario = sentry.scenario { dialect = "hosted", data = { events = 0, issues = 5, categories = { feedback = 4 } },
      page_size = 2 }
    local function is_feedback(issue) return issue.category == "feedback" end
    local feedback = keys_of(connector.held(scenario, "issues"), is_feedback)
    assert.equal(4, #feedback)
    local first = read(scenario, "feedback")
    assert.same(feedback, fields_of(first, "id"))
    assert.same({}, read(scenario, "feedback", connector.states(first)).records())
    assert.equal(5, #read(scenario, "issues").records())
  end)

  it("are a row each in a table, of whichever issue or release they are", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", now = "2026-11-20T12:00:00Z", data = { events = 0,
      issues = 6, releases = 5, lists = {} } }
    local file = perigee.folder "children" .. "/all.db"
    local held, names = scenario.truth(), { "issue_tags", "issue_tag_values", "release_commits", "issue_detail" }
    local function sync()
      local result = perigee.run(connector.words("sync", scenario, { words = { "--to", file, "--json", "--streams",
        table.concat(names, ",") } }))
      assert.equal(0, result.status, result.err)
      assert.is_nil(result.err:find("warning", 1, true), result.err)
      return connector.summary(result)
    end
    local first, second = sync(), sync()
    for _, name in ipairs(names) do
      assert.equal(#held[name], first[name].total, name)
      assert.matches("^2026", first[name].next_from)
      assert.equal(0, second[name].new + second[name].updated, name)
    end
  end)
end)
