-- Child streams: read for each record of a parent.
local connector = require "spec.support.connector"
local other_api = require "spec.support.other_api"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local requests = require "spec.support.requests"
local sentry = require "spec.support.sentry"

local decoded, error_of, read = own_streams.decoded, own_streams.error_of, own_streams.read

describe("a child stream", function()
  local api, scenario
  setup(function()
    api, scenario = other_api.start(perigee.write("", "asked-children.log")), sentry.scenario { data = { projects = 4 } }
  end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  local function child(more)
    return { mine = ([[return { name = "mine", base = "%s", path = "article/{parent.id}", records = "items",
      auth = { Authorization = "Token {secrets.knowledge_base}" }, %s }]]):format(api.url, more) }
  end

  local function run(more, entry, given)
    given = given or {}
    given.config = other_api.secrets(api)
    return read(scenario, child(more), entry or "mine", given)
  end

  local LIST = "parent = function() return { { id = 1 }, { id = 2 }, { id = 2 }, { id = 4 } } end, "

  it("may have its parents from a function; each is read once", function()
    local result = run(LIST .. "transform = function(record, context) return record:set('of', context.parent.id) end")
    local got = {}
    for _, record in ipairs(decoded(result)) do got[#got + 1] = record.of .. "/" .. record.article .. "/" .. record.comment end
    table.sort(got)
    assert.same({ "1/1/0", "2/2/0", "2/2/1", "4/4/0" }, got)
  end)

  it("leaves out a parent that has gone since it was listed, with a warning", function()
    local result = run "parent = function() return { { id = 1 }, { id = 3 }, { id = 4 } } end"
    assert.equal(0, result.status)
    assert.equal(2, #result.records())
    assert.is_truthy(connector.logs(result, "WARN"):find("the parent 3 has gone", 1, true))
  end)

  -- Sentry 23.7.1 answers what its paths do not hold with 404 and no byte, and what has gone with 404 and a document; a release
  -- "backend/2026 release", which 9.1.2 made, stands in its list, and in no path (seen on both).
  it("says how many are left out as no path of the server holds their names, for a slash", function()
    local kit = sentry.scenario { dialect = "sentry-23.7.1", data = { lists = { release_deploys = 0 }, releases = 2 } }
    local result = read(kit, { mine = [[return { name = "mine", primary_key = "id",
      path = "organizations/{organization}/releases/{parent.version}/deploys/",
      parent = function()
        return { { version = "backend/2026 release" }, { version = "a/b" } }
      end }]] }, "mine", { config = { num_workers = 1 } })
    assert.equal(0, result.status, connector.logs(result))
    local warnings = connector.logs(result, "WARN")
    assert.matches("2 parents are left out, as the server has no path for a name with a slash", warnings)
    assert.is_truthy(warnings:find("the first: organizations/acme/releases/backend%2F2026%20release/deploys/", 1, true), warnings)
    assert.is_nil(warnings:find("has gone", 1, true), warnings)
    assert.is_nil(warnings:find("other versions", 1, true), warnings)
  end)

  it("ends incomplete where the server has no such list, of whatever parent", function()
    local kit = sentry.scenario { dialect = "sentry-23.7.1", data = { issues = 30 } }
    local result = read(kit, { mine = [[return { name = "mine", parent = "issues", primary_key = "id",
      path = "organizations/{organization}/issues/{parent.id}/of-another-version/" }]] }, "mine")
    assert.equal(1, result.status)
    assert.same({ "STARTED", "INCOMPLETE" }, connector.statuses(result, "mine"))
    local message, kind = error_of(result, "mine")
    assert.matches("knows no such path", message)
    assert.matches("no more were tried", message)
    assert.equal("config_error", kind)
    assert.equal("", connector.logs(result, "WARN"))
  end)

  it("warns of lists that are as long as the server lets them be", function()
    local result = run(LIST .. "most_rows = 2")
    assert.equal(0, result.status)
    assert.is_truthy(connector.logs(result, "WARN"):find("1 list has 2 rows, and the server gives no more of one", 1, true))
    assert.is_nil(connector.logs(run(LIST .. "most_rows = 3"), "WARN"):find("gives no more", 1, true))
  end)

  it("asks for the fallback alone once a server is known to have no other", function()
    local old = sentry.scenario { data = { issues = 6 } }
    local result = read(old, { mine = [[return { name = "mine", parent = "issues", primary_key = "id",
      path = "organizations/{organization}/no_issues/{parent.id}/hashes/", fallback = "issues/{parent.id}/hashes/" }]] }, "mine",
      { config = { num_workers = 1 } })
    assert.equal(0, result.status, connector.logs(result))
    local refused = 0
    for _, request in ipairs(old.log()) do refused = refused + (request.path:find("no_issues", 1, true) and 1 or 0) end
    assert.equal(1, refused)
    assert.equal(6, #old.log "hashes")
  end)

  it("reads the others where one parent fails, and ends incomplete", function()
    local result = run "params = { broken = 1 }, parent = function() return { { id = 1 }, { id = 5 }, { id = 4 } } end"
    assert.equal(2, #result.records())
    local message = error_of(result, "mine")
    assert.is_truthy(message:find("1 of 3 parents could not be read; the first: parent 5: ", 1, true), message)
  end)

  it("gives up where every parent fails", function()
    local result = run [[auth = { Authorization = "Token wrong" }, parent = function()
      local list = {}
      for i = 1, 500 do list[i] = { id = i } end
      return list
    end]]
    local message, kind = error_of(result, "mine")
    assert.is_truthy(message:find("no more were tried", 1, true), message)
    assert.equal("config_error", kind)
  end)

  it("is read for several parents at once, num_workers at most", function()
    local slow = sentry.scenario { data = { issues = 9 }, delay_ms = 60 }
    local result = read(slow, { mine = [[return { name = "mine", parent = "issues", primary_key = "id",
      path = "issues/{parent.id}/hashes/" }]] }, "mine", { config = { num_workers = 3 } })
    assert.equal(0, result.status, connector.logs(result))
    local asked = requests.ended(slow, "hashes")
    assert.equal(9, #asked)
    assert.equal(3, requests.most_at_once(asked))
  end)

  it("says what is wrong with a parent", function()
    local cases = {
      [ [[parent = "isues"]] ] = "its parent: there is no stream 'isues'; did you mean 'issues'?",
      [ [[parent = function() return 5 end]] ] = "'parent' must return a list of tables",
      [ [[parent = function() return { 5 } end]] ] = "a parent must be a table",
      [ [[parent = function() return { {} } end]] ] = "needs 'parent.id', which is not there",
      [ [[parent = function() return { { idd = "1" } } end]] ] = "which is not there (did you mean 'parent.idd'?)",
      [ [[parent = function() return { { id = ".." } } end]] ] = "which is '..'",
    }
    for more, words in pairs(cases) do
      local message = error_of(run(more), "mine")
      assert.is_truthy(message:find(words, 1, true), message)
    end
    local circle = read(scenario, {
      a = 'return { name = "a", parent = "b", path = "x/{parent.id}" }',
      b = 'return { name = "b", parent = "a", path = "x/{parent.id}" }',
    }, "a")
    assert.is_truthy(error_of(circle, "a"):find("parents without end", 1, true))
  end)

  it("may be a child of a child", function()
    local result = read(scenario, {
      middle = [[return { name = "middle", parent = function() return { { id = "web-frontend" } } end, primary_key = "id",
        path = "projects/{organization}/{parent.id}/issues/", params = { query = "" } }]],
      mine = [[return { name = "mine", parent = "middle", path = "issues/{parent.id}/hashes/", primary_key = "id" }]],
    }, "mine")
    assert.equal(0, result.status, connector.logs(result))
    local held, asked = connector.held(scenario, "issues"), {}
    for _, request in ipairs(scenario.log "hashes") do asked[request.path:match "issues/(%d+)/"] = true end
    for _, issue in ipairs(held) do assert.is_true(asked[issue.key], issue.key) end
    assert.is_true(#held > 0 and #result.records() >= #held)
  end)
end)

describe("a child stream with a cursor", function()
  teardown(perigee.cleanup)

  local MINE = { mine = [[return {
    name = "mine", parent = "projects", path = "projects/{organization}/{parent.slug}/issues/", params = { query = "" },
    primary_key = "id", cursor = { field = "lastSeen", ordered_by = { "lastSeen" } },
  }]] }
  local ENTRY = { "mine", "incremental" }

  local function all(scenario)
    local list = {}
    for i, record in ipairs(scenario.truth().issues) do list[i] = record.text end
    return list
  end

  it("keeps a state for each parent, and reads what is new below each", function()
    local scenario = sentry.scenario { data = { project_issues = { ["web-frontend"] = 7, backend = 8 } }, page_size = 3 }
    local first = read(scenario, MINE, ENTRY)
    assert.equal(0, first.status, connector.logs(first))
    assert.is_nil(connector.difference(all(scenario), first.records()))
    local state, count = connector.state(first, "mine"), 0
    for _, one in pairs(state.parents) do
      count = count + 1
      assert.is_nil(one.of)
    end
    assert.equal("acme", state.of.organization)
    assert.equal(#connector.held(scenario, "projects"), count)
    local again = read(scenario, MINE, ENTRY, { state = connector.states(first) })
    assert.equal(0, again.status)
    assert.same({}, again.records())
    assert.same(state.parents, connector.state(again, "mine").parents)
  end)

  it("forgets the state of a parent that is listed no more, once a read is complete", function()
    local scenario = sentry.scenario { data = { project_issues = { ["web-frontend"] = 3, backend = 3 } } }
    local function with(slugs)
      local list = ("function() return { %s } end"):format((slugs:gsub("[%w-]+", "{ id = '%0', slug = '%0' },")))
      return { mine = (MINE.mine:gsub('"projects"', list)) }
    end
    local first = read(scenario, with "web-frontend backend", ENTRY)
    assert.is_table(connector.state(first, "mine").parents.backend)
    local second = read(scenario, with "web-frontend", ENTRY, { state = connector.states(first) })
    assert.equal(0, second.status, connector.logs(second))
    local parents = connector.state(second, "mine").parents
    assert.is_nil(parents.backend)
    assert.same(connector.state(first, "mine").parents["web-frontend"], parents["web-frontend"])
  end)

  it("writes states on the way that never run ahead of records", function()
    local scenario = sentry.scenario { data = { project_issues = { ["web-frontend"] = 20, backend = 20 } }, page_size = 3 }
    local whole = read(scenario, MINE, ENTRY, { words = { "--checkpoint-records=5" } })
    local states = connector.states(whole, "mine")
    assert.is_true(#states > 2)
    -- Whatever state is the last to arrive: what was written before it, and what is read from it on, is all there is.
    for n, state in ipairs(states) do
      local before, seen = {}, 0
      for _, line in ipairs(whole.lines) do
        if line:find '^{"type":"STATE"' then seen = seen + 1 end
        if seen >= n then break end
        before[#before + 1] = line:match '"data":(.*),"emitted_at":%d+}}$'
      end
      local rest = read(scenario, MINE, ENTRY, { state = { state } })
      assert.equal(0, rest.status, connector.logs(rest))
      local have = {}
      for _, text in ipairs(before) do have[text] = true end
      for _, text in ipairs(rest.records()) do have[text] = true end
      for _, text in ipairs(all(scenario)) do assert.is_true(have[text], "missing after state " .. n) end
    end
  end)

  it("refuses a state that is none of its own", function()
    local scenario = sentry.scenario {}
    local result = read(scenario, MINE, ENTRY, { state = { { type = "STREAM", stream = {
      stream_descriptor = { name = "mine" }, stream_state = { lastSeen = "2026-01-01T00:00:00Z" } } } } })
    assert.equal(1, result.status)
    assert.is_truthy(connector.errors(result)[1].message:find("it has no 'parents'", 1, true))
  end)
end)
