-- The connector that users come from, in the newest version that PyPI has: its records beside ours, and states that go from ours
-- to it and back. docs/migrating.md explains what is found here.
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"
local venv = require "spec.support.venv"

local CURSORS = { events = "dateCreated", issues = "lastSeen", projects = "dateCreated", releases = "dateCreated" }

local function write_catalog(names)
  local list = {}
  for i, name in ipairs(names) do
    local cursor = CURSORS[name]
    local modes = cursor and { "full_refresh", "incremental" } or { "full_refresh" }
    list[i] = { stream = { name = name, json_schema = { type = "object" }, supported_sync_modes = modes },
      sync_mode = modes[#modes], destination_sync_mode = "append", cursor_field = cursor and { cursor } or nil }
  end
  return perigee.write { streams = list }
end

local function config(scenario)
  return perigee.write(sentry.config(scenario, { hostname = scenario.tls:match "^https://(.*)$",
    include_secrets = { "project_detail" } }))
end

-- A read by theirs, and one by ours, which trusts the same authority.
local function theirs(scenario, catalog, state)
  local words = { scenario.ca, "read", "--config", config(scenario), "--catalog", catalog }
  if state then table.move({ "--state", perigee.write(state) }, 1, 2, #words + 1, words) end
  local result = venv.run("airbyte_source_sentry", "airbyte_source_sentry.py", words)
  assert(result.status == 0, result.err .. connector.logs(result, "FATAL"))
  return result
end

local function ours(scenario, catalog, state)
  local words = { "read", "--config", config(scenario), "--catalog", catalog, env = { SSL_CERT_FILE = scenario.ca } }
  if state then table.move({ "--state", perigee.write(state) }, 1, 2, #words + 1, words) end
  local result = perigee.run(words)
  assert(result.status == 0, result.err .. connector.logs(result))
  return result
end

local function output(result) return perigee.write(table.concat(result.lines, "\n") .. "\n") end

-- What `perigee compare` says of theirs (A) and ours (B): its streams by name, and what it says of both files.
local function compared(scenario)
  local catalog = write_catalog(streams.of_peer)
  local result = perigee.run { "compare", output(theirs(scenario, catalog)), output(ours(scenario, catalog)), "--json" }
  local found, files = {}, {}
  for _, line in ipairs(result.lines) do
    local one = json.decode(line)
    if one.file then files[#files + 1] = one else found[one.stream] = one end
  end
  return found, files
end

-- Fails with each difference of a field but a null that theirs leaves out.
local function assert_only_nulls(found)
  for name, one in pairs(found) do
    for _, field in ipairs(one.fields) do
      assert.same({ "absent", "null" }, { field.a, field.b }, ("%s %s %s"):format(name, field.field, field.key))
      assert.is_nil(field.field:find("[.%[]"), "a null within an object: " .. field.field)
    end
  end
end

local function counts(one) return { one.records[1], one.records[2], one.missing, one.extra } end

describe("airbyte-source-sentry 0.6.11", function()
  teardown(perigee.cleanup)

  it("differs from ours in nothing but top-level nulls, which it leaves out, where its token sees everything", function()
    local data = { events = 250, issues = 60, projects = 12, releases = 45 }
    local found, files = compared(sentry.scenario { dialect = "hosted", limits = false, data = data })
    assert_only_nulls(found)
    for name, one in pairs(found) do
      local held = data[name] or 1
      assert.same({ held, held, 0, 0 }, counts(one), name)
      assert.same({ 0, 0 }, one.repeats)
    end
    assert.same({ 0, 0 }, { files[1].unreadable, files[2].unreadable })
    assert.same({ __ab_no_cursor_state_message = true }, found.project_detail.states[1])
  end)

  it("lacks projects and releases of other teams, and archived releases", function()
    local found = compared(sentry.scenario { dialect = "sentry-23.7.1",
      data = { events = 30, issues = 10, projects = 12, releases = 45 } })
    assert_only_nulls(found)
    assert.same({ 6, 12, 0, 6 }, counts(found.projects))
    assert.same({ 17, 45, 0, 28 }, counts(found.releases))
    for _, name in ipairs { "events", "issues", "project_detail" } do
      assert.same({ 0, 0 }, { found[name].missing, found[name].extra }, name)
    end
  end)

  it("writes 1E400 as Infinity, which is no JSON, and leaves out events that have no time", function()
    local scenario = sentry.scenario { dialect = "hosted", limits = false, data = { events = 250, issues = 60, odd = true } }
    local found, files = compared(scenario)
    local infinite, timeless = { events = 0, issues = 0, releases = 0 }, 0
    for name in pairs(infinite) do
      for _, text in ipairs(connector.truth(scenario, name)) do
        if text:find("1E400", 1, true) then infinite[name] = infinite[name] + 1 end
        if name == "events" and not text:find '"dateCreat' then timeless = timeless + 1 end
      end
    end
    assert.equal(infinite.events + infinite.issues + infinite.releases, files[1].unreadable)
    assert.equal(0, files[2].unreadable)
    assert.equal(250, found.events.records[2])
    assert.equal(250 - infinite.events - timeless, found.events.records[1])
    assert.is_true(infinite.events > 0 and timeless > 0)
  end)
end)

-- The last state of each stream, as a platform keeps them.
local function states(result)
  local last, list = {}, {}
  for _, state in ipairs(connector.states(result)) do last[state.stream.stream_descriptor.name] = state end
  for _, state in pairs(last) do list[#list + 1] = state end
  return list
end

-- Counts the keys of a run's records.
local function add_keys(seen, result, stream, key)
  for _, line in ipairs(result.lines) do
    local message = line:find('"RECORD"', 1, true) and json.decode(line)
    if message and message.type == "RECORD" and message.record.stream == stream then
      local id = tostring(message.record.data[key])
      seen[id] = (seen[id] or 0) + 1
    end
  end
end

describe("a state", function()
  teardown(perigee.cleanup)

  local function held_and_seen(scenario, runs, stream)
    local seen, missing, doubled = {}, 0, 0
    for _, run in ipairs(runs) do add_keys(seen, run, stream, "id") end
    local held = connector.held(scenario, stream)
    for _, record in ipairs(held) do
      local id = tostring(json.decode(record.text).id)
      if not seen[id] then missing = missing + 1 end
    end
    for _, count in pairs(seen) do doubled = doubled + count - 1 end
    return #held, missing, doubled
  end

  -- Reads in turn, each from the state that the one before printed, while the server gets new records.
  local function hand_over(readers)
    local scenario = sentry.scenario { dialect = "hosted", limits = false,
      data = { events = 120, issues = 40, projects = 8, releases = 20 } }
    local catalog = write_catalog { "events", "issues", "projects", "releases" }
    local runs, later, state = {}, {}, nil
    for i, reader in ipairs(readers) do
      runs[i] = reader(scenario, catalog, state)
      state = states(runs[i])
      later[i] = { events = 15, issues = 5, projects = 1, releases = 3 }
      local data = { later = later }
      for name, value in pairs(scenario.spec.data) do data[name] = data[name] or value end
      if i < #readers then scenario.change { data = data } end
    end
    return scenario, runs
  end

  -- `expected`: by stream, how many records are held, missing, and came once more.
  local function assert_handed_over(readers, expected)
    local scenario, runs = hand_over(readers)
    for name, of in pairs(expected) do assert.same(of, { held_and_seen(scenario, runs, name) }, name) end
  end

  it("goes from ours to theirs and back without a record missing; some come twice", function()
    assert_handed_over({ ours, theirs, ours }, { events = { 150, 0, 19 }, issues = { 50, 0, 35 }, projects = { 10, 0, 2 },
      releases = { 26, 0, 4 } })
  end)

  -- Ours begins releases and projects anew, as a date does not tell which rows were sent.
  it("goes from theirs to ours, twice, without a record missing; releases and projects come once more", function()
    assert_handed_over({ theirs, ours, theirs, ours }, { events = { 165, 0, 34 }, issues = { 55, 0, 59 },
      projects = { 11, 0, 10 }, releases = { 29, 0, 26 } })
  end)
end)
