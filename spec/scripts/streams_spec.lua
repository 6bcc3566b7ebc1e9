-- `perigee streams`: the list of the streams for people, and what it tells of an organization.
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local shipped = require "tools.shipped"

local CHILD = [[return { name = "child", parent = "issues", path = "organizations/{organization}/issues/{parent.id}/hashes/",
  primary_key = "id", scope = "event:read" }]]
local GRANDCHILD = [[return { name = "grandchild", parent = "child", path = "organizations/{organization}/teams/",
  primary_key = "id" }]]
local ELSEWHERE = [[return { name = "elsewhere", base = "http://127.0.0.1:1/v1/", path = "things/", primary_key = "id" }]]

describe("streams", function()
  teardown(perigee.cleanup)

  local function run(scenario, config, ...)
    local words = { "streams", "--json", ... }
    if scenario then table.move({ "--config", perigee.write(sentry.config(scenario, config)) }, 1, 2, #words + 1, words) end
    local result = perigee.run(words)
    assert.equal(0, result.status, result.err)
    local by_name = {}
    for _, one in ipairs(json.decode(table.concat(result.lines, "\n"))) do by_name[one.name] = one end
    return by_name, result
  end

  it("lists each stream with what it asks, needs and is known by, and asks nobody", function()
    local listed = run()
    for _, stream in ipairs(shipped.streams()) do
      local one = listed[stream.name]
      assert.same({ stream.path, stream.scope, stream.primary_key, stream.default, stream.suggested, stream.seen ~= false },
        { one.path, one.scope, { table.unpack(one.primary_key) }, one.default, one.suggested, one.seen }, stream.name)
      assert.is_nil(one.readable)
    end
    local text = table.concat(perigee.run({ "streams" }).lines, "\n")
    assert.matches("^stream +set +scope +key +cursor +path\n", text)
    assert.matches("\nissues +default, suggested +event:read +id +lastSeen +projects/{organization}/{project}/issues/\n", text)
    assert.matches("\nmade from documentation, and never held against a real server: [^\n]*stats_v2", text)
  end)

  it("reckons the requests of a full read by one page of each list, with those that hang on its records", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { issues = 250, releases = 130 } }
    local found = run(scenario, nil, "--scripts", own_streams.folder { child = CHILD, grandchild = GRANDCHILD })
    assert.same({ true, 3 }, { found.issues.readable, found.issues.requests }) -- it says how many it has
    assert.is_nil(found.issues.at_least)
    assert.same({ 4, true }, { found.releases.requests, found.releases.at_least }) -- two pages or more, in two passes
    assert.same({ 1, true }, { found.project_detail.requests, found.project_detail.readable })
    assert.same({ 253, true }, { found.child.requests, found.child.at_least })
    assert.is_true(found.grandchild.requests >= 253 and found.grandchild.at_least)
    for _, endpoint in ipairs { "releases", "events", "projects" } do assert.equal(1, #scenario.log(endpoint), endpoint) end
  end)

  it("counts a list of a project for each project that is read", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 5, issues = 2, releases = 2 } }
    local found = run(scenario, { project = "" })
    assert.same({ 5, 1 }, { found.issues.requests, found.releases.requests })
  end)

  it("says by the token's scopes what it may not read, without asking for that", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", callers = { mine = { scopes = { "event:read" } } } }
    local found = run(scenario, { auth_token = "mine" }, "--scripts", own_streams.folder { child = CHILD })
    assert.is_true(found.issues.readable)
    assert.is_true(found.child.readable)
    assert.same({ false, "lacks the scope project:releases" }, { found.releases.readable, found.releases.why })
    assert.is_nil(found.releases.requests)
    assert.equal(0, #scenario.log "releases")
  end)

  it("tries each stream where the server does not tell the scopes", function()
    local scenario = sentry.scenario { dialect = "glitchtip", data = { issues = 2, releases = 2 }, faults = {
      { fault = "status", status = 403, path = "/releases/$", times = -1 } } }
    local folder = own_streams.folder { child = CHILD, elsewhere = ELSEWHERE }
    local found = run(scenario, nil, "--scripts", folder, "--retry-attempts", "1")
    assert.is_true(found.issues.readable)
    assert.same({ false, "lacks the scope project:releases" }, { found.releases.readable, found.releases.why })
    assert.is_boolean(found.child.readable) -- of its own, too
    assert.is_false(found.elsewhere.readable)
    assert.is_true(found.elsewhere.custom)
  end)

  it("says long reasons once, below the table", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1" }
    local result = perigee.run { "streams", "--config", perigee.write(sentry.config(scenario, { auth_token = "nobodys" })) }
    local text, count = table.concat(result.lines, "\n"):gsub("does not accept the authentication token", "%0")
    assert.equal(1, count)
    assert.matches("\nevents [^\n]* no %[1%] ", text)
    assert.matches("\n%[1%] 127[^\n]*put it into auth_token", text)
  end)

  it("calls readable what was tried alone", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { issues = 2, releases = 2 } }
    local explore = { { name = "mine", dataset = "logs", fields = { "message" } } }
    local found = run(scenario, { explore = explore, project = "gone" })
    assert.same({ false, false }, { found.uptime_results.readable, found.mine.readable })
    assert.matches("dataset of Explore", found.uptime_results.why)
    assert.same({ true, true }, { found.releases.readable, found.stats_v2.readable })
    assert.is_nil(found.release_commits.readable)
    assert.same({ false, false }, { found.issues.readable, found.issue_hashes.readable })
    assert.matches("^issues: not there", found.issue_hashes.why)
  end)

  it("says what is wrong with a configuration, or a script of one's own", function()
    local result = perigee.run { "streams", "--config", perigee.write "{" }
    assert.equal(1, result.status)
    assert.matches("error: ", result.err)
    local broken = perigee.run { "streams", "--scripts", own_streams.folder { mine = "return { name = 'mine' }" } }
    assert.equal(1, broken.status)
    assert.matches("the script of the stream 'mine'[^\n]*'path' is missing", broken.err)
  end)
end)
