local connector = require "spec.support.connector"
local json = require "json"
local json_text = require "spec.support.json_text"
local misfit = require "spec.support.misfit"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local names_of = require "spec.support.streams"
local own_streams = require "spec.support.own_streams"

local CURSORS = { events = "dateCreated", issues = "lastSeen", projects = "dateCreated", releases = "dateCreated" }

local function discover(words)
  return perigee.run { "discover", table.unpack(words or {}) }
end

-- The streams of the catalogue by name, and their names in order.
local function catalogue(result)
  local by_name, names = {}, {}
  for _, stream in ipairs(result.of("CATALOG")[1].streams) do
    by_name[stream.name] = stream
    names[#names + 1] = stream.name
  end
  return by_name, names
end

local function read_fixture(name)
  return files.read("spec/fixtures/" .. name .. ".json")
end

describe("discover", function()
  teardown(perigee.cleanup)

  it("prints one catalog on one line", function()
    local result = discover()
    assert.equal(0, result.status)
    assert.equal("", result.err)
    assert.equal(1, #result.of "CATALOG")
    assert.equal(2, #result.lines) -- a warning before it: see below
    assert.is_true(json_text.check(result.lines[2]))
    assert.is_nil(result.lines[2]:find "[\r\t]")
  end)

  it("names the streams of airbyte/source-sentry, with their keys, cursors and modes", function()
    local streams, names = catalogue(discover())
    assert.same(names_of.shipped, names)
    for _, name in ipairs(names_of.of_peer) do
      assert.is_table(streams[name], name)
      assert.same({ { "id" } }, streams[name].source_defined_primary_key, name)
    end
    for name, cursor in pairs(CURSORS) do
      assert.same({ "full_refresh", "incremental" }, streams[name].supported_sync_modes, name)
      assert.same({ cursor }, streams[name].default_cursor_field, name)
      assert.is_true(streams[name].source_defined_cursor, name)
    end
    assert.same({ "full_refresh" }, streams.project_detail.supported_sync_modes)
    assert.is_nil(streams.project_detail.default_cursor_field)
  end)

  it("says the same each time, with a config and without, from any folder, and asks for one release alone", function()
    local scenario = sentry.scenario { data = { releases = 3 } }
    local first = discover().lines[2]
    local config = perigee.write(sentry.config(scenario))
    local configured = discover { "--config", config }
    assert.equal(first, configured.lines[#configured.lines])
    assert.equal(first, perigee.run({ "discover", cwd = "/" }).lines[2])
    assert.equal(1, #scenario.log())
    assert.equal(1, scenario.log("releases")[1].rows)
    assert.is_nil(connector.logs(configured, "WARN"):find("primary key", 1, true))
  end)

  -- The key of releases, and what is warned of it.
  local function key_of_releases(scenario, config)
    local words = scenario and { "--config", perigee.write(sentry.config(scenario, config)), "--retry-base=0.01" } or {}
    local result = discover(words)
    assert.equal(0, result.status)
    local key = catalogue(result).releases.source_defined_primary_key
    return key[1][1], connector.logs(result, "WARN"), #key
  end

  it("declares the version as the key of releases for a server whose releases have no id", function()
    for dialect, wanted in pairs { sentry = "id", ["sentry-23.7.1"] = "id", sentry9 = "version", glitchtip = "version" } do
      local scenario = sentry.scenario { dialect = dialect, data = { releases = 3 } }
      local key, warnings, fields = key_of_releases(scenario)
      assert.same({ wanted, 1 }, { key, fields }, dialect)
      assert.is_nil(warnings:find("releases", 1, true), warnings)
      assert.equal(1, #scenario.log())
    end
  end)

  it("declares the id of releases, with a warning, where no release tells", function()
    local refusing = sentry.scenario { faults = { { fault = "status", status = 500, path = "releases", times = -1 } } }
    local cases = {
      { nil, "--config FILE was not given, so no server was asked" },
      { sentry.scenario { dialect = "glitchtip", data = { releases = 0 } }, "there is no record to tell by" },
      { refusing, "status 500" },
    }
    for _, case in ipairs(cases) do
      local key, warnings = key_of_releases(case[1])
      assert.equal("id", key)
      assert.is_truthy(warnings:find("releases: the primary key is taken to be 'id'", 1, true), warnings)
      assert.is_truthy(warnings:find("for those it is 'version' (", 1, true), warnings)
      assert.is_truthy(warnings:find(case[2], 1, true), warnings)
    end
    assert.equal(1, #refusing.log())
  end)

  it("gives each stream an open schema in which everything may be null", function()
    for name, stream in pairs(catalogue(discover())) do
      local schema = stream.json_schema
      assert.equal("object", schema.type)
      assert.is_true(schema.additionalProperties, name)
      assert.is_truthy(schema["$schema"]:find("draft-07", 1, true))
      for field, property in pairs(schema.properties) do
        local nullable = property.type == nil
        for _, kind in ipairs(type(property.type) == "table" and property.type or {}) do nullable = nullable or kind == "null" end
        assert.is_true(nullable, name .. "." .. field)
      end
    end
  end)

  -- Meltano drops the keys of an object that declares neither, and with them all events.
  it("opens each object of a schema, however deep, to fields that it does not name", function()
    local function look(schema, where)
      local types = type(schema.type) == "table" and schema.type or { schema.type }
      for _, kind in ipairs(types) do
        if kind == "object" then
          assert.is_true(schema.additionalProperties, where)
          assert.is_table(schema.properties, where)
        end
      end
      for field, property in pairs(schema.properties or {}) do look(property, where .. "." .. field) end
      if schema.items then look(schema.items, where .. "[]") end
    end
    for name, stream in pairs(catalogue(discover())) do look(stream.json_schema, name) end
  end)

  it("describes each key and cursor, the cursors as date-times", function()
    for name, stream in pairs(catalogue(discover())) do
      local properties = stream.json_schema.properties
      for _, path in ipairs(stream.source_defined_primary_key or {}) do assert.is_table(properties[path[1]], name) end
      for _, field in ipairs(stream.default_cursor_field or {}) do
        assert.equal("date-time", properties[field].format, name)
      end
    end
  end)

  it("gives schemas that every record of two real servers fits", function()
    local streams = catalogue(discover())
    for stream, fixtures in pairs {
      events = { "sentry-9.1.2/events_full", "glitchtip/events_limit5" },
      issues = { "sentry-9.1.2/issues_emptyq", "glitchtip/issues_emptyq" },
      projects = { "sentry-9.1.2/projects", "glitchtip/projects" },
      releases = { "sentry-9.1.2/releases", "glitchtip/releases" },
      project_detail = { "sentry-9.1.2/project", "glitchtip/project" },
    } do
      for _, file in ipairs(fixtures) do
        local decoded = json.decode(read_fixture(file))
        for _, record in ipairs(stream == "project_detail" and { decoded } or decoded) do
          if stream == "events" then record.projectID = tostring(record.projectID) end -- a number on GlitchTip
          assert.is_nil(misfit(streams[stream].json_schema, record, file))
        end
      end
    end
  end)

  it("refuses a config that cannot be read, with one message", function()
    local result = discover { "--config", perigee.write "{" }
    assert.equal(1, result.status)
    assert.equal(1, #result.lines)
    assert.equal("config_error", connector.errors(result)[1].failure_type)
  end)
end)

describe("discover --observe", function()
  local scenario
  setup(function()
    scenario = sentry.scenario { data = { issues = 130, releases = 0 }, faults = {
      { fault = "status", status = 403, path = "/events/$", times = -1 },
    } }
  end)
  teardown(perigee.cleanup)

  local OWN = [[return { name = "mine", path = "projects/{organization}/{project}/issues/", primary_key = "id",
    schema = { type = "object", additionalProperties = true, properties = {
      id = { type = { "null", "string" } }, status = { type = { "null", "integer" } },
      level = { type = { "null", "object" }, additionalProperties = true, properties = {} },
      metadata = { type = { "null", "object" }, additionalProperties = true, properties = {
        value = { type = { "null", "string" } } } },
      project = { type = { "null", "object" }, additionalProperties = true, properties = {} },
    } } }]]

  it("adds the fields and kinds of a sample to the schemas, at any depth, and says which", function()
    local result = discover { "--observe", "--config", perigee.write(sentry.config(scenario)), "--streams", "mine",
      "--scripts", own_streams.folder { mine = OWN } }
    assert.equal(0, result.status, result.err)
    local streams, names = catalogue(result)
    assert.same({ "mine" }, names)
    local properties = streams.mine.json_schema.properties
    assert.same({ type = { "null", "string" } }, properties.title)
    assert.same({ type = { "null", "string" }, format = "date-time" }, properties.lastSeen)
    assert.same({ "null", "integer", "string" }, properties.status.type)
    assert.is_nil(properties.status.airbyte_type)
    assert.same({ "null", "object", "string" }, properties.level.type)
    assert.equal("object", properties.level.airbyte_type)
    assert.is_table(properties.metadata.properties.type)
    assert.same({}, properties.project.properties) -- names that nobody knows
    assert.matches("mine: observed beyond its schema: [^\n]*metadata.type[^\n]*and %d+ more", connector.logs(result, "INFO"))
    for _, text in ipairs(connector.truth(scenario, "issues")) do
      assert.is_nil(misfit(streams.mine.json_schema, json.decode(text), "mine"))
    end
  end)

  it("looks at no more than a hundred records, or twenty requests, of a stream", function()
    local before = #scenario.log()
    local empty = [[return { name = "empty", read = function(context)
      for i = 1, 50 do context:page("organizations/{organization}/teams/", { i = i }) end
    end }]]
    local result = discover { "--observe", "--config", perigee.write(sentry.config(scenario)), "--streams", "mine,empty",
      "--scripts", own_streams.folder { mine = OWN, empty = empty } }
    assert.equal(0, result.status, result.err)
    local rows = 0
    for i = before + 1, #scenario.log() do
      local one = scenario.log()[i]
      rows = rows + (one.path:find "issues/$" and one.rows or 0)
    end
    assert.is_true(rows <= 200, rows .. " rows")
    assert.is_true(#scenario.log() - before <= 24, #scenario.log() - before .. " requests")
    assert.matches("empty: not observed: 20 requests brought no record", connector.logs(result, "WARN"))
  end)

  it("leaves a schema as it is where nothing can be read, and says so", function()
    local config = perigee.write(sentry.config(scenario))
    local plain = catalogue(discover { "--config", config })
    local result = discover { "--observe", "--config", config, "--streams", "events,releases" }
    assert.equal(0, result.status)
    local observed = catalogue(result)
    for _, name in ipairs { "events", "releases" } do assert.same(plain[name], observed[name], name) end
    local warnings = connector.logs(result, "WARN")
    assert.matches("events: not observed: [^\n]*403", warnings)
    assert.matches("releases: not observed: it has no record", warnings)
  end)

  it("needs a configuration, for it asks the server", function()
    local result = discover { "--observe" }
    assert.equal(1, result.status)
    assert.matches("needs %-%-config FILE", connector.errors(result)[1].message)
  end)
end)

describe("a script that is broken", function()
  teardown(perigee.cleanup)

  local broken = {
    { "syntax", "return {\n  name = 'mine'\n  path = 'x/',\n}", "mine.lua:3" },
    { "raising", "local t = nil\nreturn { name = 'mine', path = t.path }", "mine.lua:2" },
    { "no table", "return 5", "must return a table" },
    { "nothing", "local mine = {}", "mine" },
    { "another name", "return { name = 'yours', path = 'x/' }", "its name is 'yours'" },
    { "no path", "return { name = 'mine' }", "'path' is missing" },
    { "a misspelt field", "return { name = 'mine', path = 'x/', primary_kye = 'id' }", "did you mean 'primary_key'?" },
    { "a wrong type", "return { name = 'mine', path = 'x/', params = 'full=true' }", "'params' must be a table" },
    { "a wrong cursor", "return { name = 'mine', path = 'x/', cursor = { felid = 'a' } }", "did you mean 'field'?" },
  }

  for i, case in ipairs(broken) do
    it(("(%s) is told of, and leaves the other streams"):format(case[1]), function()
      local folder = perigee.folder("broken" .. i)
      perigee.write(case[2], ("broken%d/mine.lua"):format(i))
      local result = discover { "--scripts", folder }
      assert.equal(1, result.status)
      local told = connector.errors(result)
      assert.equal(1, #told)
      assert.equal("config_error", told[1].failure_type)
      assert.is_truthy(told[1].message:find(case[3], 1, true), told[1].message)
      assert.is_truthy(told[1].message:find("mine", 1, true), told[1].message)
      local _, names = catalogue(result)
      assert.same(names_of.shipped, names)
    end)
  end

  it("fails alone when it is read, too", function()
    local folder = perigee.folder "unread"
    perigee.write("return { name = 'mine', path = nil }", "unread/mine.lua")
    local scenario = sentry.scenario { data = { events = 3 } }
    local result = connector.read(scenario, { "mine", "events" }, { words = { "--scripts", folder } })
    assert.equal(1, result.status)
    assert.same({ "STARTED", "INCOMPLETE" }, connector.statuses(result, "mine"))
    assert.equal("config_error", connector.errors(result, "mine")[1].failure_type)
    assert.equal(3, #result.records "events")
  end)

  it("is looked for with a warning where a folder has none", function()
    perigee.folder "above/below"
    perigee.write("return { name = 'deep', path = 'x/' }", "above/below/deep.lua")
    local folder = perigee.folder "above"
    local result = discover { "--scripts", folder }
    assert.equal(0, result.status)
    local warnings = connector.logs(result, "WARN")
    assert.is_truthy(warnings:find(("--scripts %s adds no stream"):format(folder), 1, true), warnings)
    local named = connector.logs(discover { "--scripts", folder .. "/below/" }, "WARN")
    assert.is_nil(named:find("adds no stream", 1, true), named)
  end)

  it("of the configuration takes the place of a file's with a warning that names both", function()
    local folder = perigee.folder "twins"
    local text = "return { name = 'mine', path = 'x/' }"
    perigee.write(text, "twins/mine.lua")
    local config = { auth_token = "t", organization = "o", project = "p", hostname = "127.0.0.1:1" }
    config.custom_streams = { { name = "mine", script = text } }
    local warnings = connector.logs(discover { "--config", perigee.write(config), "--scripts", folder }, "WARN")
    local _, count = warnings:gsub("two streams are named 'mine': custom_streams.mine takes the place of [^\n]*/mine.lua", "")
    assert.equal(1, count, warnings)
  end)

  it("is not missed where its folder is not there", function()
    local result = discover { "--scripts", "/no/such/folder" }
    assert.equal(1, result.status)
    assert.is_truthy(connector.errors(result)[1].message:find("/no/such/folder", 1, true))
  end)
end)

describe("a stream of one's own", function()
  local folder, scenario
  setup(function()
    folder = perigee.folder "own"
    perigee.write([[
      return {
        name = "backend_issues",
        path = "projects/{organization}/backend/issues/",
        params = { query = "" },
        primary_key = "id",
        cursor = { field = "lastSeen", ordered_by = { "lastSeen" } },
      }]], "own/backend_issues.lua")
    perigee.write("this is no stream", "own/notes.txt")
    scenario = sentry.scenario { data = { project_issues = { backend = 8 } }, page_size = 3 }
  end)
  teardown(perigee.cleanup)

  it("appears beside ours, in order, with a schema of its key and cursor", function()
    local result = discover { "--scripts", folder }
    assert.equal(0, result.status)
    local streams, names = catalogue(result)
    assert.same(names_of.shipped_and "backend_issues", names)
    local own = streams.backend_issues
    assert.same({ { "id" } }, own.source_defined_primary_key)
    assert.same({ "lastSeen" }, own.default_cursor_field)
    assert.equal("date-time", own.json_schema.properties.lastSeen.format)
    assert.is_table(own.json_schema.properties.id)
  end)

  it("can be read in full and incrementally, as ours can", function()
    local wanted = {}
    for _, record in ipairs(scenario.truth().issues) do
      if record.project == "backend" then wanted[#wanted + 1] = record.text end
    end
    local full = connector.read(scenario, { "backend_issues", "projects" }, { words = { "--scripts=" .. folder } })
    assert.equal(0, full.status)
    assert.is_nil(connector.difference(wanted, full.records "backend_issues"))
    local entries = { { "backend_issues", "incremental" } }
    local first = connector.read(scenario, entries, { words = { "--scripts=" .. folder } })
    assert.is_nil(connector.difference(wanted, first.records()))
    local second = connector.read(scenario, entries, { words = { "--scripts=" .. folder }, state = connector.states(first) })
    assert.same({}, second.records())
    assert.is_string(connector.state(second, "backend_issues").lastSeen)
  end)

  it("takes the place of one of ours of the same name", function()
    local place = perigee.folder "instead"
    perigee.write('return { name = "releases", path = "organizations/{organization}/releases/", primary_key = "version" }',
      "instead/releases.lua")
    local streams, names = catalogue(discover { "--scripts", folder, "--scripts", place })
    assert.same(names_of.shipped_and "backend_issues", names)
    assert.same({ { "version" } }, streams.releases.source_defined_primary_key)
    assert.same({ "full_refresh" }, streams.releases.supported_sync_modes)
  end)

  it("prints with --names the names alone, and runs no script for that", function()
    local broken = perigee.folder "named"
    perigee.write("error 'it was run'", "named/broken.lua")
    local _, names = catalogue(discover())
    table.insert(names, "broken")
    table.sort(names)
    local result = discover { "--names", "--scripts", broken }
    assert.same({ 0, names, "" }, { result.status, result.lines, result.err })
  end)
end)
