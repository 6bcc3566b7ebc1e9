-- Endpoints that are to go: told once, waited for where nothing else has as much, left at once where another list has.
local connector = require "spec.support.connector"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local TEAMS = [[return { name = "%s", path = "organizations/{organization}/%s/", primary_key = "id", %s }]]

local function scenario_of(deprecations, more)
  local spec = { dialect = "hosted", limits = false, deprecations = deprecations, data = { projects = 12, releases = 9 } }
  for key, value in pairs(more or {}) do spec[key] = value end
  return sentry.scenario(spec)
end

local function logged(result, words)
  local count = 0
  for _, line in ipairs(result.of "LOG") do count = count + (line.message:find(words, 1, true) and 1 or 0) end
  return count
end

local function statuses(scenario, endpoint)
  local list = {}
  for i, request in ipairs(scenario.log(endpoint)) do list[i] = request.status end
  return list
end

local function assert_whole(result, scenario, stream)
  assert.equal(0, result.status, connector.logs(result))
  assert.is_nil(connector.difference(connector.truth(scenario, stream), result.records(stream)))
end

-- The ids of records, each once, in order.
local function ids(result)
  local list = {}
  for _, record in ipairs(own_streams.decoded(result)) do list[#list + 1] = record.id end
  table.sort(list)
  return list
end

teardown(perigee.cleanup)

describe("an endpoint that is to go", function()
  it("is told once a stream, with its date and what is named in its place, while it answers well", function()
    local scenario = scenario_of({ releases = { date = "2026-12-24T00:00:00+00:00", replacement = "/api/0/over/:there/" } },
      { page_size = 3 })
    local result = connector.read(scenario, { "releases" })
    assert_whole(result, scenario, "releases")
    assert.is_true(#scenario.log "releases" > 2)
    assert.equal(1, logged(result, "it names /api/0/over/:there/ in its place; deprecated as of 2026-12-24T00:00:00+00:00"))
    assert.equal(1, logged(result, "organizations/acme/releases/: the server is going to give up this endpoint"))
    result = connector.read(sentry.scenario { data = { releases = 9 } }, { "releases" })
    assert.equal(0, logged(result, "give up"))
  end)

  it("is waited for while it is gone for a time, on any page, and nothing is lost", function()
    for request = 1, 3 do
      local scenario = scenario_of({ releases = { brownouts = { { request = request, requests = 2 } } } }, { page_size = 4 })
      local result = connector.read(scenario, { "releases" })
      assert_whole(result, scenario, "releases")
      assert.equal(2, logged(result, "no longer has this endpoint"))
      assert.equal(2, logged(result, "again in 0.6 s")) -- a minute, but for the specs' --retry-base
    end
  end)

  it("is an error once it has been gone for longer than that", function()
    local scenario = scenario_of { releases = { brownouts = { { request = 1 } } } }
    local message, kind = own_streams.error_of(connector.read(scenario, { "releases" }), "releases")
    assert.matches("deprecated as of 2026%-05%-15", message)
    assert.matches("asked 7 times", message)
    assert.equal("system_error", kind)
  end)

  it("is left at once for a list that holds as much, which is read from its top", function()
    for request = 1, 3 do
      local scenario = scenario_of({ projects = { brownouts = { { request = request, requests = 1 } } } }, { page_size = 4 })
      local result = connector.read(scenario, { "projects" })
      assert.equal(0, result.status, connector.logs(result))
      local expected, seen, found = {}, {}, {}
      for _, project in ipairs(scenario.truth().projects) do expected[#expected + 1] = project.key end
      for _, id in ipairs(ids(result)) do
        if not seen[id] then seen[id], found[#found + 1] = true, id end
      end
      table.sort(expected)
      assert.same(expected, found)
      assert.equal(0, logged(result, "again in"))
      assert.equal(410, statuses(scenario, "projects")[request])
      assert.equal(request, #scenario.log "projects")
    end
  end)

  it("is waited for before a fallback of the user's own is taken, which may hold less", function()
    local more = 'paging = "none", fallback = "organizations/{organization}/teams/"'
    local short = scenario_of { environments = { brownouts = { { request = 1, requests = 1 } } } }
    local scripts = { mine = TEAMS:format("mine", "environments", more) }
    local result = own_streams.read(short, scripts, "mine")
    assert.equal(0, result.status, connector.logs(result))
    assert.same({ 410, 200 }, statuses(short, "environments"))
    assert.equal(0, #short.log "teams")
    local long = scenario_of { environments = { brownouts = { { request = 1 } } } }
    result = own_streams.read(long, scripts, "mine")
    assert.equal(0, result.status, connector.logs(result))
    assert.equal(7, #long.log "environments")
    assert.equal(1, #long.log "teams")
    assert.equal(4, #result.records())
  end)

  it("is waited for in the middle of its list, too, before the user's fallback is read from its top", function()
    local more = 'fallback = "organizations/{organization}/teams/"'
    local scenario = scenario_of({ releases = { brownouts = { { request = 2 } } } }, { page_size = 4 })
    local result = own_streams.read(scenario, { mine = TEAMS:format("mine", "releases", more) }, "mine")
    assert.equal(0, result.status, connector.logs(result))
    assert.equal(8, #scenario.log "releases") -- its first page, and the second seven times
    assert.equal(4 + 4, #result.records())
  end)

  it("does not have check wait", function()
    local gone = { { request = 1, requests = 1 } }
    local scenario = scenario_of { projects = { brownouts = gone }, environments = { brownouts = gone } }
    local more = 'paging = "none", fallback = "organizations/{organization}/teams/"'
    local given = { words = { "--scripts", own_streams.folder { mine = TEAMS:format("mine", "environments", more) } } }
    local status, message, result = connector.check(scenario, given)
    assert.equal("SUCCEEDED", status, message)
    assert.equal(0, logged(result, "again in"))
    assert.same({ { 410 }, { 410 }, 1 }, { statuses(scenario, "projects"), statuses(scenario, "environments"),
      #scenario.log "teams" })
  end)
end)
