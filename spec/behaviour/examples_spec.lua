-- The examples, read from servers over real sockets.
local connector = require "spec.support.connector"
local json = require "json"
local files = require "spec.support.files"
local other_api = require "spec.support.other_api"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local function read_example(scenario, entry, given)
  given = given or {}
  given.words = { "--scripts", given.folder or "examples" }
  return connector.read(scenario, { entry }, given)
end

local function decoded(result, stream)
  local list = {}
  for i, text in ipairs(result.records(stream)) do list[i] = json.decode(text) end
  return list
end

describe("the example hashes", function()
  teardown(perigee.cleanup)

  it("reads the hashes of each issue, once, and says of which issue", function()
    local scenario = sentry.scenario { data = { issues = 7 }, page_size = 3 }
    local result = read_example(scenario, "hashes")
    assert.equal(0, result.status, connector.logs(result))
    local wanted, got = {}, {}
    for _, issue in ipairs(connector.held(scenario, "issues")) do wanted[issue.key] = 1 + tonumber(issue.key) % 3 end
    for _, record in ipairs(decoded(result)) do
      got[record.issue_id] = (got[record.issue_id] or 0) + 1
      assert.equal("unlocked", record.state)
    end
    assert.same(wanted, got)
    assert.same({ "STARTED", "RUNNING", "COMPLETE" }, connector.statuses(result, "hashes"))
    assert.same({ __ab_full_refresh_sync_complete = true }, connector.state(result, "hashes"))
    assert.equal("", connector.logs(result, "WARN"))
  end)

  it("says nothing where there are no issues", function()
    local result = read_example(sentry.scenario { data = { issues = 0 } }, "hashes")
    assert.equal(0, result.status)
    assert.same({}, result.records())
  end)

  it("is checked by a request for the parents, and one for the first of them", function()
    local scenario = sentry.scenario { data = { issues = 7 }, page_size = 3 }
    local folder = perigee.folder "hashes"
    perigee.write(files.read "examples/hashes.lua", "hashes/hashes.lua")
    assert.equal("SUCCEEDED", (connector.check(scenario, { words = { "--scripts", folder } })))
    assert.equal(1, #scenario.log "hashes")
  end)
end)

describe("the example organization_stats", function()
  teardown(perigee.cleanup)

  it("makes records of a table, and goes on from the last hour that it knows", function()
    local scenario = sentry.scenario { clock = { fixed = "2026-03-01T12:30:00Z" } }
    local entry = { "organization_stats", "incremental" }
    local first = read_example(scenario, entry)
    assert.equal(0, first.status, connector.logs(first))
    local records = decoded(first)
    assert.same({ 20, 12, 10 }, { records[1].quantity, records[2].quantity, records[3].quantity })
    assert.equal("2026-03-01T12:00:00Z", connector.state(first, "organization_stats").time)
    assert.equal("1h", scenario.log("stats")[1].query.interval)
    local second = read_example(scenario, entry, { state = connector.states(first) })
    assert.same({ records[3] }, decoded(second))
    local query = scenario.log("stats")[2].query
    assert.same({ "2026-03-01T12:00:00Z", nil }, { query.start, query.statsPeriod })
  end)
end)

describe("the example articles", function()
  local api
  setup(function() api = other_api.start(perigee.write("", "articles.log")) end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  -- The example as it stands, at the address of the server that the specs have.
  local function folder()
    local path = perigee.folder "articles"
    local text = files.read "examples/articles.lua"
    text = text:gsub("https://api.example.com/v1/", api.url):gsub("per_page = 50", "per_page = 3")
    perigee.write(text, "articles/articles.lua")
    perigee.write(files.read "examples/articles.json", "articles/articles.json")
    return path
  end

  it("reads numbered pages of an API that is none of Sentry's, with a token of its own", function()
    local scenario = sentry.scenario {}
    local result = read_example(scenario, "articles", { folder = folder(), config = other_api.secrets(api) })
    assert.equal(0, result.status, connector.logs(result))
    local ids = {}
    for _, record in ipairs(decoded(result)) do ids[#ids + 1] = record.id end
    assert.same({ 1, 2, 3, 5, 6, 7 }, ids)
    assert.equal("/v1/articles?page=1&per_page=3&sort=id", api.asked()[1])
    assert.same({}, scenario.log())
    assert.is_nil(connector.logs(result):find "depart")
  end)

  it("says which secret it lacks", function()
    local result = read_example(sentry.scenario {}, "articles", { folder = folder() })
    assert.equal(1, result.status)
    local told = connector.errors(result, "articles")[1]
    assert.equal("config_error", told.failure_type)
    assert.is_truthy(told.message:find("needs the secret 'knowledge_base'", 1, true), told.message)
  end)

  it("takes its schema from the file beside it", function()
    local result = perigee.run { "discover", "--scripts", folder() }
    for _, stream in ipairs(result.of("CATALOG")[1].streams) do
      if stream.name == "articles" then assert.equal("date-time", stream.json_schema.properties.updated.format) end
    end
  end)
end)

describe("every example", function()
  it("begins with two lines that say what it is, and appears in discover", function()
    local names = {}
    local result = perigee.run { "discover", "--scripts", "examples" }
    assert.equal(0, result.status)
    for _, stream in ipairs(result.of("CATALOG")[1].streams) do names[stream.name] = true end
    for path in io.popen("ls examples/*.lua"):lines() do
      local file = assert(io.open(path))
      assert.is_truthy(file:read("l"):find "^%-%- ", path)
      assert.is_truthy(file:read("l"):find "^%-%- ", path)
      file:close()
      assert.is_true(names[path:match "([%w_]+)%.lua$"], path)
    end
  end)
end)
