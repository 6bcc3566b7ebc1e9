-- Every stream beside the first five, by the kind of its list: all records once, then those that are new or changed alone, and no
-- record missing where lists change while they are read. A stream is a row here by itself, where the fake Sentry has its list.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local truths = require "spec.support.stream_truth"

local NOW = "2026-11-20T12:00:00Z"

-- Rows of each list, or of each of several.
local COUNTS = { members = 19, team_members = 9, project_users = 12, project_keys = 16, service_hooks = 9, debug_files = 16,
  integrations = 9, sentry_apps = 9, repositories = 9, repository_commits = 12, monitors = 9, monitor_checkins = 12,
  dashboards = 12, discover_saved = 16, detectors = 9, workflows = 16, audit_logs = 23, project_releases = 12,
  user_feedback = 12 }

local chosen, expected, follows, has_cursor = truths.chosen, truths.expected, truths.follows, truths.has_cursor
local keys_of, read, scripts, sees_changes = truths.keys_of, truths.read, truths.scripts, truths.sees_changes
local without_all, with_later = truths.without_all, truths.add_later

local function sent(result, stream) return truths.came(result.records(stream)) end

-- Lists of several pages, with ties that each answer sorts anew where the dialect does so.
local function scenario_of(dialect, tie)
  return sentry.scenario { dialect = dialect, now = NOW, clock = { fixed = NOW, step_ms = 1 }, limits = false,
    deprecations = false, page_size = 7, data = { events = 0, issues = 4, project_issues = { backend = 3 }, releases = 9,
      tie = tie or 0.3, lists = COUNTS },
    callers = truths.callers }
end

-- What a list holds now and did not hold, as its stream sends it.
local function since(before, stream, truth) return without_all(expected(stream, truth), before) end

local function counts(names, wanted, count)
  local made = {}
  for _, name in ipairs(chosen(names, wanted)) do made[name] = count end
  return made
end

-- What was there all the time comes in the first read, and what is there in the end with the second.
local function assert_none_missed(scenario, names, change)
  local before = scenario.truth()
  scenario.change { change = change }
  local first = read(scenario, names, "incremental")
  scenario.change { change = {} }
  local second, after = read(scenario, names, "incremental", connector.states(first)), scenario.truth()
  for _, name in ipairs(names) do
    local met, held, both = keys_of(name, sent(first, name)), keys_of(name, expected(name, before)), sent(first, name)
    table.move(sent(second, name), 1, #second.records(name), #both + 1, both)
    local in_both, missed = keys_of(name, both), {}
    for key in pairs(keys_of(name, expected(name, after))) do
      if not in_both[key] or held[key] and not met[key] and not scripts[name].parent then missed[#missed + 1] = key end
    end
    assert.same({}, missed, name)
    assert.same({}, sees_changes(name) and since(both, name, after) or {}, name)
  end
end

for _, dialect in ipairs { "hosted", "sentry-23.7.1", "sentry9" } do
  describe("every stream of " .. dialect, function()
    local scenario, names, full, incremental
    setup(function()
      scenario = scenario_of(dialect)
      names = truths.listed(scenario.truth())
      incremental = chosen(names, has_cursor)
      full = read(scenario, names, "incremental")
    end)
    teardown(perigee.cleanup)

    it("sends each record of its list once", function()
      local truth = scenario.truth()
      for _, name in ipairs(names) do
        assert.is_truthy(scripts[name], name .. " is no stream")
        assert.is_nil(connector.difference(expected(name, truth), sent(full, name)), name)
      end
    end)

    it("sends nothing again where nothing is new, and then what is new or has changed", function()
      local second = read(scenario, incremental, "incremental", connector.states(full))
      local before, truth = {}, scenario.truth()
      for _, name in ipairs(incremental) do
        assert.same({}, second.records(name), name)
        before[name] = expected(name, truth)
      end
      local batch = counts(names, has_cursor, 2)
      batch.updates, batch.deletes = counts(names, sees_changes, 1), counts(names, sees_changes, 1)
      with_later(scenario, batch)
      local third = read(scenario, incremental, "incremental", connector.states(second))
      truth = scenario.truth()
      for _, name in ipairs(incremental) do
        local new = since(before[name], name, truth)
        assert.is_true(#new >= 2, name)
        assert.is_nil(connector.difference(new, sent(third, name)), name)
      end
    end)

    if dialect ~= "sentry9" then -- of 9.1.2 no list was recorded that hangs on another
      it("sends what hangs on a parent again when that has changed, and else not", function()
        local children = chosen(names, follows)
        local before = read(scenario, children, "incremental", connector.states(full))
        local already, second = #scenario.log(), read(scenario, children, "incremental", connector.states(before))
        for i, request in ipairs(scenario.log()) do
          assert.is_false(i > already and scripts[request.endpoint or ""] ~= nil and follows(request.endpoint), request.path)
        end
        local known = scenario.truth()
        with_later(scenario, { updates = { issues = 1, releases = 3 } })
        local third, truth = read(scenario, children, "incremental", connector.states(second)), scenario.truth()
        for _, name in ipairs(children) do
          assert.same({}, second.records(name), name)
          local came, all = sent(third, name), expected(name, truth)
          assert.is_true(#came > 0 and #came < #all, name)
          assert.same({}, without_all(came, all), name)
          assert.same({}, without_all(since(expected(name, known), name, truth), came), name)
        end
      end)
    end

    it("misses no record of a list that changes while it is read", function()
      local lists = chosen(names, function(name) return name ~= "teams" and not follows(name) end)
      assert_none_missed(scenario_of(dialect, 0), names,
        { adds = 0.3, updates = 0.5, deletes = 0.3, lists = lists, requests = 4 })
    end)
  end)
end

describe("a stream whose list a server does not have", function()
  teardown(perigee.cleanup)

  it("ends incomplete, and says that other versions have it", function()
    local scenario = scenario_of "sentry-23.7.1"
    -- the latter's path is there, for other datasets
    for name, words in pairs { detectors = "has no such endpoint", uptime_results = "does not have this dataset of Explore" } do
      local result = connector.read(scenario, { name })
      assert.equal(1, result.status)
      assert.same({ "STARTED", "INCOMPLETE" }, connector.statuses(result, name))
      assert.matches(words .. ", which Sentry has in other versions only", connector.errors(result)[1].message)
    end
  end)

  it("is no failure of check where nobody named it", function()
    local status, message = connector.check(scenario_of "sentry-23.7.1", { words = { "--streams=all" } })
    assert.equal("SUCCEEDED", status, message)
    assert.matches("the server has no such list, or not for this organization: detectors, uptime_results, workflows", message)
  end)
end)

describe("a list of Sentry's that a stream says has no pages", function()
  teardown(perigee.cleanup)

  it("is read to its end where a server gives it in pages", function()
    local script = "return { name = 'mine', path = 'organizations/{organization}/members/', paging = 'none', primary_key = 'id' }"
    local scenario = scenario_of "sentry-23.7.1"
    local result = connector.read(scenario, { "mine" }, { config = { custom_streams = { { name = "mine", script = script } } } })
    assert.equal(0, result.status, connector.logs(result, "ERROR"))
    assert.equal(COUNTS.members, #result.records "mine")
  end)
end)
