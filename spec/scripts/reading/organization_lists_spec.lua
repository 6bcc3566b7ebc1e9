-- What an organization's list holds depends on who asks, and for what: releases come of all projects that a token may see.
local connector = require "spec.support.connector"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local DATA = { releases = 40, projects = 5, archived = 10, teams = true }

local function warnings(result, words)
  local count = 0
  for _, line in ipairs(result.of "LOG") do
    if line.level == "WARN" and line.message:find(words, 1, true) then count = count + 1 end
  end
  return count
end

local function asked(scenario)
  local list = {}
  for i, request in ipairs(scenario.log "releases") do
    list[i] = ("%s %s %d"):format(tostring(request.query.project), tostring(request.query.status), request.status)
  end
  return list
end

local function assert_whole(result, scenario)
  assert.equal(0, result.status, table.concat(result.lines, "\n"))
  assert.is_nil(connector.difference(connector.truth(scenario, "releases"), result.records "releases"))
end

teardown(perigee.cleanup)

describe("the releases of an organization", function()
  it("are those of all projects, and archived ones, for an owner in some teams, a member, an integration and an "
    .. "organization's token", function()
    for _, token in ipairs { "owner", "member", "integration", "organization" } do
      local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = DATA, unstable_ties = false }
      local result = connector.read(scenario, { "releases" }, { config = { auth_token = sentry.tokens[token] } })
      assert_whole(result, scenario)
      assert.equal(0, warnings(result, "may be missing"))
    end
  end)

  it("come whole from servers that know neither project=-1 nor archived releases", function()
    for _, dialect in ipairs { "sentry", "glitchtip" } do
      local scenario = sentry.scenario { dialect = dialect, data = { releases = 40 } }
      local result = connector.read(scenario, { "releases" })
      assert_whole(result, scenario)
      assert.equal(0, warnings(result, "may be missing"))
    end
  end)

  it("are asked for without project=-1 where that is refused, with a warning of what may be missing", function()
    local scenario = sentry.scenario { dialect = "sentry9", data = { releases = 40, teams = true }, page_size = 15 }
    local result = connector.read(scenario, { { "releases", "incremental" } })
    assert_whole(result, scenario)
    assert.equal(1, warnings(result, "the list is read without project=-1, so it holds only records of projects that are in "
      .. "a team of the token's user; those of others may be missing"))
    assert.equal("-1  403", asked(scenario)[1])
    assert.equal("nil  200", asked(scenario)[2])
    for i = 3, #asked(scenario) do assert.equal("nil  200", asked(scenario)[i]) end
  end)

  it("are asked for without project=-1 where a server allows no list of several projects (400)", function()
    local scenario = sentry.scenario { dialect = "sentry", data = { releases = 40 },
      faults = { { fault = "status", path = "releases", query = "project=-1", times = -1, status = 400 } } }
    local result = connector.read(scenario, { "releases" })
    assert_whole(result, scenario)
    assert.equal(1, warnings(result, "may be missing"))
  end)

  it("are asked for with project=-1 where its first page is empty, and another one follows", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { releases = 40, teams = true }, page_size = 15,
      faults = { { fault = "empty_page", path = "releases", page = "first", times = 1 } } }
    local result = connector.read(scenario, { "releases" })
    assert_whole(result, scenario)
    assert.equal(0, warnings(result, "may be missing"))
    for _, request in ipairs(asked(scenario)) do assert.equal("-1  200", request) end
  end)

  it("are asked for without project=-1 where its first page is empty, and nothing is said where the other is, too", function()
    local link = '<https://sentry.example/?cursor=100:1:0>; rel="next"; results="false"; cursor="100:1:0"'
    local scenario = sentry.scenario { dialect = "sentry", data = { releases = 40 },
      faults = { { fault = "status", path = "releases", query = "project=-1", times = -1, status = 200, body = "[]",
        headers = { Link = link } } } }
    local result = connector.read(scenario, { "releases" })
    assert_whole(result, scenario)
    assert.equal(1, warnings(result, "the first page is empty; the list is read without project=-1, so it holds only"))
    local empty = sentry.scenario { dialect = "sentry-23.7.1", data = { releases = 0 } }
    result = connector.read(empty, { "releases" })
    assert.equal(0, result.status)
    assert.equal(0, warnings(result, "may be missing"))
    assert.same({ "-1  200", "nil  200" }, asked(empty))
  end)

  it("cannot be read without the scope, and then the first refusal is no warning", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = DATA }
    local result = connector.read(scenario, { "releases" }, { config = { auth_token = sentry.tokens.without_scope } })
    assert.equal(1, result.status)
    assert.equal("config_error", connector.errors(result, "releases")[1].failure_type)
    assert.equal(0, warnings(result, "may be missing"))
  end)
end)

describe("a stream of one's own", function()
  it("may ask for all projects likewise, and is read without that where a server refuses it", function()
    local scenario = sentry.scenario { dialect = "sentry9", data = { releases = 12, teams = true } }
    local result = own_streams.read(scenario, { mine = [[return { name = "mine", primary_key = "version",
      path = "organizations/{organization}/releases/", params = { project = "-1" } }]] }, "mine")
    assert.equal(0, result.status)
    assert.equal(12, #result.records "mine")
    assert.equal(1, warnings(result, "may be missing"))
  end)
end)
