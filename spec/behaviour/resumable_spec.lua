-- A full read that is killed, and begun again as platforms do: with the states that it printed. discover's `is_resumable`
-- tells whether the second attempt asks for the rest alone. What it asks for is counted by the server.
local connector = require "spec.support.connector"
local other_api = require "spec.support.other_api"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

local PAGES, CUT_AFTER = 20, 10 -- a list has so many pages, and is cut after so many states: one a page

local own = {
  hashes = [[return { name = "hashes", path = "issues/{parent.id}/hashes/", parent = "issues", primary_key = "id" }]],
  by_itself = [[return { name = "by_itself", primary_key = "id", read = function(context)
    for page = 1, 20 do
      context:emit(context:page("projects/{organization}/{project}/events/", { cursor = "0:" .. page * 5 - 5 .. ":0" }))
      context:checkpoint { page = page }
    end
  end }]],
}

local function resumable(folder)
  local result = perigee.run { "discover", "--scripts", folder }
  assert.equal(0, result.status)
  local by_name = {}
  for _, stream in ipairs(result.of("CATALOG")[1].streams) do by_name[stream.name] = stream.is_resumable or false end
  return by_name
end

-- Reads up to the last state that it may print before it is killed; a stream that prints but one is killed after half of
-- its records, where it has several.
local function cut(scenario, stream, given)
  local going = connector.start(scenario, { stream }, given)
  local seen, records = 0, 0
  while seen < CUT_AFTER and records < PAGES // 2 * 5 + CUT_AFTER do
    local message = going:message()
    if not message then break end
    if message.type == "STATE" then seen = seen + 1 end
    if message.type == "RECORD" then records = records + 1 end
  end
  going:kill "KILL"
  return going:close()
end

local function asked_by(scenario, action)
  local before = #scenario.log()
  local result = action()
  return #scenario.log() - before, result
end

describe("a full read that was cut", function()
  local folder, marked, scenario
  setup(function()
    folder = own_streams.folder(own)
    marked = resumable(folder)
    scenario = sentry.scenario {
      data = { events = PAGES * 5, issues = PAGES * 5, releases = PAGES * 5, projects = PAGES * 5 }, page_size = 5,
      limits = { events = { limit = 10000, window = 60, concurrent = 1 } },
    }
  end)
  teardown(perigee.cleanup)

  local function given(state)
    return { words = { "--checkpoint-records=5", "--scripts", folder }, state = state }
  end

  -- What a whole read asks for, and what one that goes on from a cut one does; and the records of both attempts.
  local function attempt(stream)
    local whole = asked_by(scenario, function() return connector.read(scenario, { stream }, given()) end)
    local first = cut(scenario, stream, given())
    perigee.wait_until(function()
      local log = scenario.log()
      return log[#log].done
    end)
    local rest, second = asked_by(scenario, function()
      return connector.read(scenario, { stream }, given(connector.states(first, stream)))
    end)
    assert.equal(0, second.status, connector.logs(second))
    return whole, rest, first, second
  end

  -- The others' lists are shorter here than a read that can be cut in their middle.
  for _, stream in ipairs(streams.of_peer) do
    it(("asks of %s what `is_resumable` promises"):format(stream), function()
      local whole, rest = attempt(stream)
      local message = ("asked %d times, where a whole read asks %d times"):format(rest, whole)
      assert.equal(marked[stream], rest < whole, message)
      if marked[stream] and whole > 1 then assert.is_true(rest <= whole - CUT_AFTER + 2, message) end
    end)
  end

  it("has all records of a stream that resumes, in both attempts together", function()
    for _, stream in ipairs { "events", "issues" } do
      local _, _, first, second = attempt(stream)
      local there = {}
      for _, result in ipairs { first, second } do
        for _, text in ipairs(result.records(stream)) do there[text] = true end
      end
      for _, text in ipairs(connector.truth(scenario, stream)) do assert.is_true(there[text], text:sub(1, 100)) end
    end
  end)

  it("asks for the rest alone where events are read through their issues, too", function()
    local through = sentry.scenario { dialect = "hosted", limits = false, page_size = 5,
      data = { events = PAGES * 5, issues = PAGES * 3 } }
    local function of(state)
      return { words = { "--checkpoint-records=5" }, state = state, config = { events_route = "issues", num_workers = 1 } }
    end
    local whole = asked_by(through, function() return connector.read(through, { "events" }, of()) end)
    local first = cut(through, "events", of())
    local rest, second = asked_by(through, function()
      return connector.read(through, { "events" }, of(connector.states(first, "events")))
    end)
    assert.equal(0, second.status, connector.logs(second))
    assert.is_true(rest < whole, ("asked %d times, where a whole read asks %d times"):format(rest, whole))
  end)

  it("is begun anew of streams that read by themselves, or for each record of another", function()
    for _, stream in ipairs { "hashes", "by_itself" } do
      local whole, rest = attempt(stream)
      assert.is_false(marked[stream], stream)
      assert.is_true(rest >= whole, ("%s asked %d times, of %d"):format(stream, rest, whole))
    end
  end)
end)

describe("a full read of another API that was cut", function()
  local api, scenario
  setup(function()
    api, scenario = other_api.start(perigee.write("", "asked-resumable.log")), sentry.scenario {}
  end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  local script = [[return { name = "mine", base = "%s", path = "%s", records = "data.items", primary_key = "id",
    params = { newest = "1" }, cursor = { field = "updated", ordered_by = "updated" },
    auth = { Authorization = "Token {secrets.knowledge_base}" }, paging = %s }]]

  local ways = {
    { "offset", '{ offset = "offset" }, page_size = { limit = 1 }', true },
    { "articles", '{ page = "page" }, page_size = { per_page = 1 }', false },
  }

  for _, way in ipairs(ways) do
    it(("goes on, or not, as `is_resumable` promises of /v1/%s"):format(way[1]), function()
      local folder = own_streams.folder { mine = script:format(api.url, way[1], way[2]) }
      local given = { config = other_api.secrets(api), words = { "--scripts", folder, "--checkpoint-records=1" } }
      local before = #api.asked()
      local first = connector.read(scenario, { "mine" }, given)
      assert.equal(7, #first.records())
      local whole = #api.asked() - before
      given.state = { connector.states(first)[5] }
      local second = connector.read(scenario, { "mine" }, given)
      assert.equal(0, second.status, connector.logs(second))
      local rest = #api.asked() - before - whole
      assert.equal(way[3], rest < whole, ("asked %d times, of %d"):format(rest, whole))
      assert.equal(way[3], resumable(folder).mine)
    end)
  end
end)

-- What stands before the nth state of a read, and that state: what a platform has of a read that was cut behind it.
local function up_to_state(result, n)
  local records, seen = {}, 0
  for _, line in ipairs(result.lines) do
    local text = line:match '^{"type":"RECORD".-"data":(.*),"emitted_at":%d+}}$'
    if text then records[#records + 1] = text end
    seen = seen + (line:find('{"type":"STATE"', 1, true) and 1 or 0)
    if seen == n then break end
  end
  return records, connector.states(result)[n]
end

-- The requests of a read, each as often as it was made.
local function requests_of(scenario, from)
  local list, log = {}, scenario.log()
  for i = from + 1, #log do
    local query = {}
    for name, value in pairs(log[i].query) do query[#query + 1] = name .. "=" .. value end
    table.sort(query)
    list[#list + 1] = log[i].path .. "?" .. table.concat(query, "&")
  end
  return list
end

describe("a full read of each stream that discover marks as resumable", function()
  local rows = 40
  local scenario, names
  setup(function()
    names = {}
    for name, is_marked in pairs(resumable(own_streams.folder {})) do names[#names + 1] = is_marked and name or nil end
    table.sort(names)
    scenario = sentry.scenario { dialect = "hosted", now = "2026-11-20T12:00:00Z", limits = false, deprecations = false,
      page_size = 5, clock = { fixed = "2026-11-20T12:00:00Z", step_ms = 1 },
      data = { events = rows, issues = rows, categories = { feedback = rows },
        lists = { audit_logs = rows, project_users = 3 * rows, user_feedback = 3 * rows, replays = rows,
          uptime_results = rows } } }
  end)
  teardown(perigee.cleanup)

  local function read(name, state)
    local before = #scenario.log()
    local result = connector.read(scenario, { name }, { words = { "--checkpoint-records=1" }, state = state and { state },
      config = { num_workers = 1, start_date = "2026-09-01T00:00:00Z", events_route = "project" } })
    assert.equal(0, result.status, connector.failures(result))
    return result, requests_of(scenario, before)
  end

  -- Of a list that is read page by page, with a state for each: all that came before the state, but for its top, which is looked
  -- at again down to what is known. Of one that is read in slices, the first slice.
  local function covered_by(name, all, n)
    local cursor = dofile("scripts/streams/" .. name .. ".lua").cursor
    if not cursor or cursor.slice then return { all[1] } end
    return table.move(all, 3, n, 1, {})
  end

  it("goes on from a state in its middle, asks for nothing again that it covers, and lacks no record", function()
    assert.is_true(#names > 8, table.concat(names, " "))
    for _, name in ipairs(names) do
      local whole, all = read(name)
      local n = math.max(1, #connector.states(whole) // 2)
      local sent, state = up_to_state(whole, n)
      local rest, asked = read(name, state)
      local there, again = {}, {}
      for _, list in ipairs { sent, rest.records(name) } do
        for _, text in ipairs(list) do there[text] = true end
      end
      for _, text in ipairs(whole.records(name)) do assert(there[text], name .. " lacks " .. text) end
      for _, request in ipairs(asked) do again[request] = true end
      for _, request in ipairs(covered_by(name, all, n)) do assert(not again[request], name .. " asks again for " .. request) end
      assert.is_true(#asked < #all, name)
    end
  end)
end)
