--- Several projects: which ones the configuration means, how they are read, and what the state holds of each.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local STREAMS = { { "events", "incremental" }, { "issues", "incremental" } }
local DATA = { projects = 4, events = 33, issues = 12, project_events = { backend = 25, mobile = 15 },
  project_issues = { backend = 9, mobile = 7 } }
local OF = { "web-frontend", "backend", "mobile", "service-03" }

local function merged(first, second)
  local made = {}
  for _, from in ipairs { first, second or {} } do
    for name, value in pairs(from) do made[name] = value end
  end
  return made
end

local function new_scenario(more) return sentry.scenario(merged({ data = DATA, page_size = 10 }, more)) end

local function read(scenario, project, given)
  given = given or {}
  return connector.read(scenario, given.streams or STREAMS, { config = merged({ project = project }, given.config),
    state = given.state, words = given.words, env = given.env })
end

-- The texts that the server holds of a stream, in these projects.
local function truth(scenario, stream, projects)
  local wanted, texts = {}, {}
  for _, slug in ipairs(projects) do wanted[slug] = true end
  for _, record in ipairs(scenario.truth()[stream]) do
    if wanted[record.project] then texts[#texts + 1] = record.text end
  end
  return texts
end

local function texts_of(stream, ...)
  local texts = {}
  for _, result in ipairs { ... } do
    for _, text in ipairs(result.records(stream)) do texts[#texts + 1] = text end
  end
  return texts
end

local function assert_holds(scenario, stream, projects, ...)
  assert.is_nil(connector.difference(truth(scenario, stream, projects), texts_of(stream, ...)), stream)
end

-- The last that came of each issue is what the server has of it: new events make it another.
local function assert_has_issues(scenario, projects, ...)
  local last = {}
  for _, text in ipairs(texts_of("issues", ...)) do last[tostring(cjson.decode(text).id)] = text end
  local texts = {}
  for _, text in pairs(last) do texts[#texts + 1] = text end
  assert.is_nil(connector.difference(truth(scenario, "issues", projects), texts), "issues")
end

local function assert_nothing(result)
  for _, stream in ipairs { "events", "issues" } do assert.same({}, result.records(stream)) end
end

-- Which projects' lists a log has requests for.
local function asked(scenario, after)
  local set = {}
  for i, request in ipairs(scenario.log()) do
    local slug = i > (after or 0) and (request.path:match "/projects/acme/([^/]+)/" or request.query.projectSlug)
    if slug then set[slug] = true end
  end
  return set
end

for _, dialect in ipairs { "hosted", "sentry", "sentry9", "sentry-23.7.1", "glitchtip" } do
  describe("several projects of " .. dialect, function()
    teardown(perigee.cleanup)

    it("that the list of projects named are not asked for by themselves where they have no records", function()
    local scenario = new_scenario()
    local result = read(scenario, "", { streams = { "events", "issue_activities" } })
    assert.equal(0, result.status, connector.logs(result))
    assert_holds(scenario, "events", OF, result) -- service-03 has none, and no issues whose activities could be read
    assert.equal(0, #scenario.log "project")
    assert.equal(0, read(scenario, "web-frontend, service-03").status)
    assert.is_true(#scenario.log "project" > 0)
  end)

  it("are read each by itself, then what is new of each, then nothing", function()
      local scenario = new_scenario { dialect = dialect }
      local first = read(scenario, "")
      assert.equal(0, first.status, first.err)
      assert_holds(scenario, "events", OF, first)
      scenario.change { data = merged(DATA, { later = {
        { project = "backend", events = 12, issues = 2 }, { project = "service-03", events = 3 } } }) }
      local second = read(scenario, "", { state = connector.states(first) })
      assert_holds(scenario, "events", OF, first, second)
      assert_has_issues(scenario, OF, first, second)
      assert.equal(15, #second.records "events")
      local third = read(scenario, "", { state = connector.states(second) })
      assert_nothing(third)
    end)

    it("are gone on with where a read of all was cut", function()
      local scenario = new_scenario { dialect = dialect,
        faults = { { fault = "status", status = 400, path = "/mobile/events/", times = 1 } } }
      local given = { streams = { "events" }, words = { "--checkpoint-records=1" } }
      local cut = read(scenario, "web-*, backend, mobile", given)
      assert.same({ "STARTED", "RUNNING", "INCOMPLETE" }, connector.statuses(cut, "events"))
      assert.matches("1 of 3 projects could not be read; the first: mobile: ", connector.errors(cut, "events")[1].message)
      local before = #scenario.log()
      given.state = connector.states(cut)
      local rest = read(scenario, "web-*, backend, mobile", given)
      assert.equal(0, rest.status, rest.err)
      assert_holds(scenario, "events", { "web-frontend", "backend", "mobile" }, cut, rest)
      assert.same({ mobile = true }, asked(scenario, before))
    end)
  end)
end

describe("the projects that are meant", function()
  teardown(perigee.cleanup)

  local function meant(project, exclude)
    local scenario = new_scenario()
    local result = read(scenario, project, { config = { exclude_projects = exclude } })
    assert.equal(0, result.status, result.err)
    local names = {}
    for slug in pairs(asked(scenario)) do names[#names + 1] = slug end
    table.sort(names)
    return table.concat(names, " "), #scenario.log "org_projects"
  end

  it("are one by its slug, several with commas, those that a pattern matches, or all but some", function()
    for _, case in ipairs {
      { "backend", "backend", 0 }, { " backend ", "backend", 0 }, { "backend,mobile", "backend mobile", 1 },
      { "backend, mobile,", "backend mobile", 1 }, { "*e*", "backend mobile service-03 web-frontend", 1 },
      { "web-*", "web-frontend", 1 }, { "s?rvice-??", "service-03", 1 }, { "mobile, back*", "backend mobile", 1 },
      { "", "backend mobile web-frontend", 1, { "serv*" } }, { "*", "backend", 1, { "serv*", "mobile", "web-frontend" } },
    } do
      do
        local names, lists = meant(case[1], case[4])
        assert.equal(case[2], names, case[1])
        assert.equal(case[3] > 0, lists > 0, case[1])
      end
    end
  end)

  it("are told of what exclude_projects leaves out in vain, once, by check, a read and a sync", function()
    local scenario = new_scenario()
    local config = { project = "", exclude_projects = { "moblie", "web-*", "none-*", "backend" } }
    local is_none = "exclude_projects: '%s' is no project of the organization acme that the token sees"
    local says = { is_none:format "moblie" .. " (did you mean 'mobile'?)", is_none:format "none-*" }
    local function assert_says(text)
      local _, count = text:gsub("exclude_projects: ", "%0")
      assert.equal(2, count, text)
      for _, words in ipairs(says) do assert.is_truthy(text:find(words, 1, true), text) end
    end
    assert_says(connector.logs(connector.read(scenario, STREAMS, { config = config }), "WARN"))
    assert_says(connector.logs(select(3, connector.check(scenario, { config = config })), "WARN"))
    assert_says(perigee.run(connector.words("sync", scenario, { config = config,
      words = { "--to", perigee.new_path ".db", "--streams=events" } })).err)
    config = { project = "backend,mobile", exclude_projects = { "mobile" } }
    assert.equal("", connector.logs(connector.read(scenario, STREAMS, { config = config }), "WARN"))
  end)

  it("are told with what was probably meant by a read, too, which names no other list that has them no more", function()
    local scenario = new_scenario()
    for _, project in ipairs { "web-fronted", "backend,web-fronted" } do
      local result = read(scenario, project)
      assert.equal(1, result.status)
      for _, stream in ipairs { "events", "issues" } do
        assert.matches("the organization acme has no project 'web%-fronted'; did you mean 'web%-frontend'%?",
          connector.errors(result, stream)[1].message)
      end
      assert.equal("", connector.logs(result, "WARN"))
    end
  end)

  it("are told where none is meant, or one that is written out is not there", function()
    local scenario = new_scenario()
    local none = read(scenario, "wev-*")
    assert.equal(1, none.status)
    assert.matches("project: nothing in the organization acme is meant by 'wev%-%*'; it has backend, mobile, service%-03, "
      .. "web%-frontend", connector.errors(none, "events")[1].message)
    local status, message = connector.check(scenario, { config = { project = "backend, moblie" } })
    assert.equal("FAILED", status)
    assert.matches("project: the organization acme has no 'moblie' %(did you mean 'mobile'%?%), or the token does not see that",
      message)
    local read_all_the_same = read(scenario, "backend, moblie")
    assert.same({ "STARTED", "RUNNING", "INCOMPLETE" }, connector.statuses(read_all_the_same, "events"))
    assert.matches("1 of 2 projects could not be read; the first: moblie: ",
      connector.errors(read_all_the_same, "events")[1].message)
    assert_holds(scenario, "events", { "backend" }, read_all_the_same)
  end)

  it("leave the streams alone that are of no project, where the list cannot be had", function()
    local scenario = new_scenario {
      faults = { { fault = "status", status = 403, path = "organizations/acme/projects/", times = -1 } } }
    local result = read(scenario, "web-*", { streams = { "events", "releases" } })
    assert.same({ "STARTED", "INCOMPLETE" }, connector.statuses(result, "events"))
    assert.equal("COMPLETE", connector.statuses(result, "releases")[3])
    local named = read(scenario, "backend, mobile")
    assert.equal(0, named.status)
    assert_holds(scenario, "events", { "backend", "mobile" }, named)
  end)

  it("are no reason to read all where the field's name is misspelt", function()
    local scenario = new_scenario()
    local config = sentry.config(scenario, { projct = "backend" })
    config.project = nil
    local result = perigee.run { "check", "--config", perigee.write(config) }
    assert.matches("project is missing; is 'projct' meant for it", result.of("CONNECTION_STATUS")[1].message)
  end)

  it("are looked up when all that was handed over has been understood", function()
    local scenario = new_scenario()
    local config = perigee.write(sentry.config(scenario, { project = "*" }))
    local result = perigee.run { "read", "--config", config, "--catalog", perigee.write '{"streams":5}' }
    assert.equal(1, result.status)
    assert.same({}, scenario.log())
  end)

  it("are of one that is forbidden all but that, with a warning where a pattern matched it", function()
    local scenario = new_scenario { faults = { { fault = "status", status = 403, path = "/mobile/", times = -1 } } }
    local result = read(scenario, "*")
    assert.equal(0, result.status, result.err)
    assert_holds(scenario, "events", { "web-frontend", "backend", "service-03" }, result)
    assert.matches("events: the project mobile is left out: ", connector.logs(result, "WARN"))
  end)

  it("are not left out where the server failed for a child, though the last one that was asked for has gone", function()
    local scenario, ids = new_scenario(), {}
    for _, issue in ipairs(scenario.truth().issues) do
      if issue.project == "backend" then ids[#ids + 1] = cjson.decode(issue.text).id end
    end
    scenario.change { faults = {
      { fault = "status", status = 500, path = ("issues/%s/hashes"):format(ids[1]), times = -1 },
      { fault = "status", status = 404, detail = "gone", path = ("issues/%s/hashes"):format(ids[#ids]), times = -1 } } }
    local result = read(scenario, "back*, mob*", { streams = { { "issue_hashes", "full_refresh" } }, config = { num_workers = 1 },
      words = { "--retry-attempts", "1" } })
    assert.equal(1, result.status)
    assert.matches("1 of 2 projects could not be read; the first: backend: 1 of 9 parents", connector.logs(result))
  end)

  it("are no success where a pattern matched several and none may be read", function()
    local scenario = new_scenario { faults = { { fault = "status", status = 403, path = "/events/", times = -1 } } }
    local result = read(scenario, "*")
    assert.equal(1, result.status)
    assert.same({ "STARTED", "INCOMPLETE" }, connector.statuses(result, "events"))
    local told = connector.errors(result, "events")[1]
    assert.matches("none of 4 projects could be read; the first: %l[%w-]+: ", told.message)
    assert.matches("lacks the scope project:read", told.message)
    assert.equal("config_error", told.failure_type)
  end)
end)

describe("a state of projects", function()
  teardown(perigee.cleanup)

  it("goes from one project to many and back, and nothing is lost or read twice", function()
    local scenario = new_scenario()
    local one = read(scenario, "backend")
    assert_holds(scenario, "events", { "backend" }, one)
    local state = connector.state(one, "events")
    assert.is_string(state.dateCreated)
    assert.is_nil(state.projects)
    local many = read(scenario, "", { state = connector.states(one) })
    assert_holds(scenario, "events", OF, one, many)
    scenario.change { data = merged(DATA, { later = {
      { project = "backend", events = 4 }, { project = "mobile", events = 5 } } }) }
    local back = read(scenario, "backend", { state = connector.states(many) })
    assert.equal(4, #back.records "events")
    local beside = connector.state(back, "events")
    assert.is_string(beside.dateCreated) -- what airbyte/source-sentry reads
    assert.is_string(beside.projects.mobile.dateCreated)
    local again = read(scenario, "*", { state = connector.states(back) })
    assert.equal(5, #again.records "events")
    assert_holds(scenario, "events", OF, one, many, back, again)
  end)

  it("keeps another project's beside it, where a configuration moves on to one more", function()
    local scenario = new_scenario()
    local one = read(scenario, "backend")
    local other = read(scenario, "mobile", { state = connector.states(one) })
    assert_holds(scenario, "events", { "mobile" }, other)
    assert_nothing(read(scenario, "backend", { state = connector.states(other) }))
  end)

  it("is a peer's for one project alone, and says so where several are read", function()
    local scenario = new_scenario()
    local one = read(scenario, "backend")
    local peers = { { type = "STREAM", stream = { stream_descriptor = { name = "events" },
      stream_state = { dateCreated = connector.state(one, "events").dateCreated } } } }
    local streams = { { "events", "incremental" } }
    local taken = read(scenario, "backend", { state = peers, streams = streams })
    assert.is_true(#taken.records "events" < 25)
    local afresh = read(scenario, "backend, mobile", { state = peers, streams = streams })
    assert.equal(40, #afresh.records "events")
    assert.matches("the state does not say which project it is of", connector.logs(afresh, "WARN"))
  end)

  it("backfills a project that is added, and keeps one that is gone", function()
    local scenario = new_scenario()
    local before = read(scenario, "*", { config = { exclude_projects = { "mobile" } } })
    local after = read(scenario, "*", { state = connector.states(before) })
    assert_holds(scenario, "events", { "mobile" }, after)
    local state = connector.states(after)
    scenario.change { data = merged(DATA, { projects = 2 }) }
    local less = read(scenario, "*", { state = state })
    assert.matches("the project mobile: its state is kept", connector.logs(less, "WARN"))
    assert.is_string(connector.state(less, "events").projects.mobile.dateCreated)
  end)

  it("is refused with the project named, where a part of it cannot be understood", function()
    local scenario = new_scenario()
    local state = connector.states(read(scenario, "backend, mobile"))
    for _, one in ipairs(state) do
      local part = one.stream.stream_state.projects.mobile
      if part and part.dateCreated then part.dateCreated = "yesterday" end
    end
    local result = read(scenario, "backend, mobile", { state = state })
    assert.equal(1, result.status)
    assert.matches("project mobile: the state of the stream 'events' cannot be understood", result.lines[1])
    assert_nothing(result)
    for _, one in ipairs(state) do one.stream.stream_state.projects.mobile = 5 end
    local no_state = read(scenario, "backend, mobile", { state = state })
    assert.equal(1, no_state.status)
    assert.matches("project mobile: ", no_state.lines[1])
    assert_nothing(no_state)
  end)
end)

describe("streams of several projects", function()
  teardown(perigee.cleanup)

  it("may be single records, streams of children, and scripts that read by themselves", function()
    local scenario = new_scenario()
    perigee.folder "several"
    perigee.write([[return { name = "hashes", parent = "issues", primary_key = "id",
      path = "organizations/{organization}/issues/{parent.id}/hashes/" }]], "several/hashes.lua")
    perigee.write([[return { name = "own", primary_key = "id", path = "projects/{organization}/{project}/",
      read = function(context)
      context:emit(context:page("projects/{organization}/{project}/issues/", { query = "" }))
      context:checkpoint { mine = context.config.project }
    end, cursor = { field = "lastSeen" } }]], "several/own.lua")
    local words = { "--scripts", perigee.folder "several" }
    local given = { streams = { "project_detail", "hashes", { "own", "incremental" } }, words = words }
    local result = read(scenario, "backend, mobile", given)
    assert.equal(0, result.status, result.err)
    local backend, mobile = read(scenario, "backend", given), read(scenario, "mobile", given)
    for stream, least in pairs { project_detail = 2, hashes = 16, own = 16 } do
      local alone = texts_of(stream, backend, mobile)
      assert.is_true(#alone >= least, stream)
      assert.is_nil(connector.difference(alone, result.records(stream)), stream)
    end
    local state = connector.state(result, "own")
    assert.same({ backend = { mine = "backend" }, mobile = { mine = "mobile" } }, state.projects)
  end)

  it("are no matter of the state of a child whose own path names none", function()
    local scenario = new_scenario()
    local folder = perigee.folder "child"
    perigee.write([[return { name = "child", parent = "issues", primary_key = "id", params = { full = "true" },
      path = "organizations/{organization}/issues/{parent.id}/events/",
      cursor = { field = "dateCreated", ordered_by = { "dateCreated" } } }]], "child/child.lua")
    local given = { streams = { { "child", "incremental" } }, words = { "--scripts", folder } }
    local first = read(scenario, "web-frontend", given)
    assert.equal(33, #first.records "child")
    given.state = connector.states(first)
    assert.same({}, read(scenario, "web-frontend", given).records "child")
  end)

  it("are read from a recording as they were from the server", function()
    local scenario = new_scenario()
    local given = {}
    local path = perigee.new_path ".har"
    given.words = { "--record", path }
    local recorded = read(scenario, "*e*", given)
    local config = perigee.write(sentry.config(scenario, { project = "*e*" }))
    local replayed = perigee.run { "read", "--config", config, "--replay", path, "--catalog", perigee.write_catalog(STREAMS) }
    assert.equal(0, replayed.status, replayed.err)
    assert.is_nil(connector.difference(recorded.records "events", replayed.records "events"))
    assert.is_true(#replayed.records "events" > 33)
  end)

  it("are tried, planned and checked by the first of them", function()
    local scenario = new_scenario()
    local config = perigee.write(sentry.config(scenario, { project = "m*, backend" }))
    local plan = perigee.run { "try", "events", "--plan", "--config", config }
    assert.equal(0, plan.status, plan.err)
    assert.matches("projects/acme/backend/events/", table.concat(plan.lines, "\n"))
    assert.equal(0, perigee.run({ "try", "events", "--config", config }).status)
    assert.equal("SUCCEEDED", (connector.check(scenario, { config = { project = "m*, backend" } })))
  end)
end)
