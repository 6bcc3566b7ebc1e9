-- Every stream beside the first five, by the kind of its list: all records once, then those that are new or changed alone, and no
-- record missing where lists change while they are read. A stream is a row here by itself, where the fake Sentry has its list.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

local NOW = "2026-11-20T12:00:00Z"

-- Rows of each list, or of each of several.
local COUNTS = { members = 19, team_members = 9, project_users = 12, project_keys = 16, service_hooks = 9, debug_files = 16,
  integrations = 9, sentry_apps = 9, repositories = 9, repository_commits = 12, monitors = 9, monitor_checkins = 12,
  dashboards = 12, discover_saved = 16, detectors = 9, workflows = 16, audit_logs = 23, project_releases = 12,
  user_feedback = 12 }

-- Streams that the fake Sentry serves in rooms of their own.
local ELSEWHERE = { events = true, issues = true, projects = true, releases = true }

local scripts = {}
for _, name in ipairs(streams.shipped) do scripts[name] = dofile("scripts/streams/" .. name .. ".lua") end

-- ---- what is expected

local function canonical(value)
  if type(value) ~= "table" then return cjson.encode(value) end
  local parts = {}
  if #value > 0 then
    for i, item in ipairs(value) do parts[i] = canonical(item) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for name, item in pairs(value) do parts[#parts + 1] = cjson.encode(name) .. ":" .. canonical(item) end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

local function without(record, path)
  local name, rest = path:match "^([^.]*)%.?(.*)$"
  if rest == "" then record[name] = nil
  elseif type(record[name]) == "table" then without(record[name], rest) end
end

-- What an added field stands for: the project, or a member of the parent's record.
local function added(value, held, parent)
  local path = value:match "^{parent%.(.*)}$"
  if not path then return value == "{project}" and held.project:match "^[^/]*" or value end
  for name in path:gmatch "[^.]+" do parent = parent[name] end
  return parent
end

-- A record that the server holds, as the stream sends it: without its secrets, and with what its request knows.
local function as_sent(stream, held, places)
  local record = cjson.decode(held.text)
  local secrets = scripts[stream].secrets or {}
  for _, path in ipairs(type(secrets) == "table" and secrets or { secrets }) do without(record, path) end
  for name, value in pairs(scripts[stream].add or {}) do
    local parents = places[scripts[stream].parent]
    record[name] = added(value, held, parents and (parents[held.project] or parents[held.project:match "[^/]*$"]))
  end
  return record
end

-- Of each list that others hang on, its records as they are sent, by what names them in paths. Those whose own lists hang on
-- others come after these.
local function places_of(truth)
  local found, deeper = {}, {}
  local function note(stream)
    found[stream] = {}
    for _, row in ipairs(truth[stream]) do
      local record = as_sent(stream, row, found)
      for _, name in ipairs { "id", "slug", "version", "key" } do
        if record[name] then found[stream][record[name]] = record end
      end
      if record.key then found[stream][("%s/%s"):format(row.project, record.key)] = record end
    end
  end
  for stream in pairs(truth) do
    if scripts[stream].parent then deeper[#deeper + 1] = stream else note(stream) end
  end
  for _, stream in ipairs(deeper) do
    if found[scripts[stream].parent] then note(stream) end
  end
  return found
end

local known_places = setmetatable({}, { __mode = "k" }) -- of each truth

local function expected(stream, truth)
  known_places[truth] = known_places[truth] or places_of(truth)
  local list, places = {}, known_places[truth]
  for i, held in ipairs(truth[stream]) do list[i] = canonical(as_sent(stream, held, places)) end
  return list
end

local function sent(result, stream)
  local list = {}
  for i, text in ipairs(result.records(stream)) do list[i] = canonical(cjson.decode(text)) end
  return list
end

-- ---- reading

local function listed(truth)
  local names = {}
  for name in pairs(truth) do
    if not ELSEWHERE[name] then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function entries(names, mode)
  local list = {}
  for i, name in ipairs(names) do list[i] = { name, scripts[name].cursor and mode or "full_refresh" } end
  return list
end

local ALL = { project = "", num_workers = 4 }

local function read(scenario, names, mode, state)
  local result = connector.read(scenario, entries(names, mode), { config = ALL, state = state })
  assert.equal(0, result.status, connector.failures(result))
  return result
end

-- Lists of several pages, with ties that each answer sorts anew where the dialect does so.
local function scenario_of(dialect, tie)
  return sentry.scenario { dialect = dialect, now = NOW, clock = { fixed = NOW, step_ms = 1 }, limits = false,
    deprecations = false, page_size = 7, data = { events = 0, issues = 4, project_issues = { backend = 3 }, releases = 9,
      tie = tie or 0.3, lists = COUNTS },
    callers = { [sentry.tokens.owner] = { kind = "owner", scopes = sentry.all_scopes, teams = { "backend", "data" } } } }
end

local function with_later(scenario, batch)
  local data = {}
  for name, value in pairs(scenario.spec.data) do data[name] = value end
  data.later = { table.unpack(data.later or {}) }
  data.later[#data.later + 1] = batch
  scenario.change { data = data }
end

-- Those texts that are none of others.
local function without_all(texts, others)
  local held, left = {}, {}
  for _, text in ipairs(others) do held[text] = true end
  for _, text in ipairs(texts) do left[#left + 1] = not held[text] and text or nil end
  return left
end

-- What a list holds now and did not hold, as its stream sends it.
local function since(before, stream, truth) return without_all(expected(stream, truth), before) end

local function key_of(stream, text)
  local record, parts = cjson.decode(text), {}
  local key = scripts[stream].primary_key
  for i, name in ipairs(type(key) == "table" and key or { key }) do parts[i] = tostring(record[name]) end
  return table.concat(parts, "/")
end

local function keys_of(stream, texts)
  local set = {}
  for _, text in ipairs(texts) do set[key_of(stream, text)] = true end
  return set
end

-- Of streams whose rows the fake Sentry can add to, and change.
local function has_cursor(name) return scripts[name].cursor ~= nil and name ~= "teams" and not scripts[name].follow_parent end

local function follows(name) return scripts[name].follow_parent == true end

-- Does an incremental read see that a row has changed, however old it is?
local function sees_changes(name)
  local cursor = scripts[name].cursor
  return cursor and cursor.changes and not cursor.ordered_by
end

local function chosen(names, wanted)
  local list = {}
  for _, name in ipairs(names) do list[#list + 1] = wanted(name) and name or nil end
  return list
end

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
      names = listed(scenario.truth())
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
    local result = connector.read(scenario_of "sentry-23.7.1", { "detectors" })
    assert.equal(1, result.status)
    assert.same({ "STARTED", "INCOMPLETE" }, connector.statuses(result, "detectors"))
    assert.matches("has no such endpoint, which Sentry has in other versions only", connector.errors(result)[1].message)
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
