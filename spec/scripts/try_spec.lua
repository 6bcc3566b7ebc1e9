local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local terminal = require "spec.support.terminal"

local function words_of(scenario, stream, more, config)
  local words = { "try", stream, "--config", perigee.write_config(sentry.config(scenario, config)) }
  for _, list in ipairs { connector.USUAL, more or {} } do
    for _, word in ipairs(list) do words[#words + 1] = word end
  end
  return words
end

local function try(scenario, stream, more, config)
  local result = perigee.run(words_of(scenario, stream, more, config))
  result.text = table.concat(result.lines, "\n")
  return result
end

local function has(result, text)
  assert.is_truthy(result.text:find(text, 1, true), ("'%s' is not in:\n%s\n%s"):format(text, result.text, result.err))
end

local function lacks(result, text)
  assert.is_nil(result.text:find(text, 1, true), ("'%s' is in:\n%s"):format(text, result.text))
end

-- The state of a whole incremental read of a stream.
local function state_of(scenario, stream)
  return perigee.write(connector.states(connector.read(scenario, { { stream, "incremental" } }), stream))
end

-- Keeps the newer half, and adds what its schema does not know.
local HOOKED = [[
return {
  name = "releases", path = "organizations/{organization}/releases/", primary_key = "version",
  schema = { type = "object", properties = { version = { type = "integer" } } },
  filter = function(record) return record.version >= "VERSION" end,
  transform = function(record) return record:set("added", 1) end,
}
]]

describe("perigee try", function()
  local scenario

  setup(function()
    scenario = sentry.scenario { dialect = "sentry9", data = { events = 12, issues = 23, releases = 4, projects = 3 },
      page_size = 5 }
  end)
  teardown(perigee.cleanup)

  it("shows each request, the first records and the next state", function()
    local result = try(scenario, "issues", { "--limit", "2" })
    assert.equal(0, result.status)
    has(result, (" 1 GET /%s/api/0/projects/acme/web-frontend/issues/?"):format(scenario.name))
    assert.matches("200 · %d+ ms · %S+ k?B?[bytes]* ?· 5 records · next %d+:%d+:0", result.text)
    has(result, "record 1")
    has(result, "record 2")
    lacks(result, "record 3")
    has(result, "next state")
    assert.matches('"lastSeen": "%d%d%d%d%-', result.text)
    has(result, "5 records, of which 2 are shown")
    lacks(result, sentry.token)
    lacks(result, "\27[")
  end)

  it("asks for no more than it needs", function()
    local before = #scenario.log "issues"
    try(scenario, "issues", { "--limit", "5" })
    assert.is_true(#scenario.log "issues" - before <= 2, "asked " .. #scenario.log "issues" - before)
  end)

  it("reads a short list to its end, with the state that a read would have", function()
    local result = try(scenario, "releases", { "--limit", "2" })
    assert.equal(0, result.status)
    has(result, "no next page")
    assert.matches('"dateCreated": "%d%d%d%d%-', result.text)
    lacks(result, '"walk"')
    lacks(result, "stopped after that")
  end)

  it("begins where a state ends", function()
    local result = try(scenario, "issues", { "--state", state_of(scenario, "issues") })
    assert.equal(0, result.status)
    has(result, "0 records;")
  end)

  terminal.it(_ENV)("colours what it shows on a terminal alone, unless NO_COLOR is set or TERM knows none", function()
    local words = words_of(scenario, "releases", { "--limit", "1" })
    assert.matches("\27%[36m\"version\"", terminal.run(words, {}).raw)
    for _, env in ipairs { { NO_COLOR = "1" }, { TERM = "dumb" }, { TERM = "" } } do
      words.env = env
      assert.is_nil(terminal.run(words, {}).raw:find("\27[", 1, true))
    end
  end)

  terminal.it(_ENV)("shortens lists of keys in a state at a terminal, and records nowhere", function()
    local more = { "--limit", "30" }
    local seen = terminal.run(words_of(scenario, "issues", more, { lookback_minutes = 10080 }), {}).output
    assert.matches('"keys": %[%s*"~[%w_-]+",%s*"~[%w_-]+",%s*"~[%w_-]+",%s*… %d+ more', seen)
    assert.is_nil(seen:find("more lines", 1, true))
    lacks(try(scenario, "issues", more, { lookback_minutes = 10080 }), " more")
    local cut = terminal.run(words_of(scenario, "issues", { "--limit", "2" }), {}).output
    assert.is_truthy(cut:find("the state above; >FILE shows it whole", 1, true))
  end)

  it("shows records whole, however long", function()
    local folder = perigee.folder "long"
    perigee.write([[return { name = "long", path = "organizations/{organization}/releases/", primary_key = "version",
      transform = function(record) return record:set("long", ("x"):rep(2000)) end }]], "long/long.lua")
    has(try(scenario, "long", { "--scripts", folder, "--limit", "1" }), ("x"):rep(2000))
  end)

  it("tells warnings and limits that it meets", function()
    local limited = sentry.scenario { data = { issues = 3 }, faults = {
      { fault = "rate_limited", form = "retry_after", seconds = 1, path = "issues", times = 1 },
      { fault = "field_missing", index = 1, field = "lastSeen", path = "issues" },
    } }
    local result = try(limited, "issues")
    assert.equal(0, result.status)
    assert.matches("429 · ", result.text)
    assert.matches("again in %d", result.err)
    assert.matches("limits met: 1 retry, 1 wait of %d%.%d s in all", result.text)
    assert.matches("warning: issues: 1 of a page's 3 records has no 'lastSeen'", result.err)
  end)

  it("shows what hooks make of records, and where they depart from the schema", function()
    local folder = perigee.folder "drifting"
    perigee.write(HOOKED:gsub('"VERSION"', '""'), "drifting/releases.lua")
    local result = try(scenario, "releases", { "--scripts", folder, "--limit", "1" })
    assert.equal(0, result.status)
    has(result, '"added": 1')
    assert.matches("the field 'version' is string, where the schema says integer; emitted as sent", result.err)
  end)

  it("tells what to do where it fails", function()
    local wrong = try(scenario, "isues")
    assert.equal(1, wrong.status)
    assert.matches("did you mean 'issues'", wrong.err)
    local token = try(scenario, "issues", {}, { auth_token = "not-the-token" })
    assert.equal(1, token.status)
    assert.matches("Settings > Auth Tokens", token.err)
    has(token, "401")
    lacks(token, "next state")
    local project = try(scenario, "issues", {}, { project = "nowhere" })
    assert.equal(1, project.status)
    assert.matches("check organization and project", project.err)
    local nothing = perigee.run { "try", "issues" }
    assert.equal(1, nothing.status)
    assert.matches("SENTRY_AUTH_TOKEN", nothing.err)
    local absent = try(scenario, "issues", { "--state", "/nowhere/state.json" })
    assert.matches("/nowhere/state.json", absent.err)
  end)

  it("names script and line where a script is broken", function()
    local folder = perigee.folder "broken"
    perigee.write("return {\n  name = 'raises', path = nil .. 'x',\n}", "broken/raises.lua")
    perigee.write("return { name = 'misspelt', paht = 'x/' }", "broken/misspelt.lua")
    local raises = try(scenario, "raises", { "--scripts", folder })
    assert.equal(1, raises.status)
    assert.matches("raises.lua:2: attempt to concatenate", raises.err)
    assert.matches("did you mean 'path'", try(scenario, "misspelt", { "--scripts", folder }).err)
  end)

  it("shows of a traceback the script's own lines", function()
    local folder = perigee.folder "traced"
    perigee.write([[
local function level_of(record)
  return "level " .. record.nothing
end
return { name = "traced", path = "organizations/{organization}/releases/",
  filter = function(record) local level = level_of(record) return level end,
}]], "traced/traced.lua")
    local result = try(scenario, "traced", { "--scripts", folder })
    local all = result.text .. result.err
    assert.matches("traced.lua:2: in .-traced.lua:5: in ", all)
    assert.is_nil(all:find("emitter.lua", 1, true), all)
  end)

  it("takes Sentry's variables in place of a configuration", function()
    local env = { SENTRY_AUTH_TOKEN = sentry.token, SENTRY_ORG = "acme", SENTRY_PROJECT = "web-frontend",
      SENTRY_URL = scenario.url }
    local result = perigee.run { "try", "releases", "--limit=1", env = env }
    assert.equal(0, result.status)
    assert.is_nil((table.concat(result.lines) .. result.err):find(sentry.token, 1, true))
  end)

  it("names the variable that is wrong, where it is told whom to ask by the environment", function()
    local env = { SENTRY_AUTH_TOKEN = sentry.token, SENTRY_ORG = "acme", SENTRY_PROJECT = "nope", SENTRY_URL = scenario.url }
    local project = perigee.run { "try", "issues", env = env }
    assert.matches("in the environment, organization is SENTRY_ORG, project is SENTRY_PROJECT", project.err)
    env.SENTRY_AUTH_TOKEN = "wrong"
    assert.matches("in the environment, auth_token is SENTRY_AUTH_TOKEN%)", perigee.run({ "try", "issues", env = env }).err)
    env.SENTRY_AUTH_TOKEN = '"quoted"'
    assert.matches("stands in quotes; .*%(in the environment, auth_token is SENTRY_AUTH_TOKEN%)",
      perigee.run({ "try", "issues", env = env }).err)
    env.SENTRY_AUTH_TOKEN, env.SENTRY_URL = sentry.token, "http://127.0.0.1:1"
    assert.matches("%(in the environment, hostname is SENTRY_URL%)",
      perigee.run({ "try", "issues", "--retry-attempts=1", env = env }).err)
    assert.is_nil(try(scenario, "issues", {}, { project = "nope" }).err:find "SENTRY_")
  end)

  it("works from a recording, without a configuration", function()
    local path = perigee.folder "tried" .. "/issues.har"
    local live = try(scenario, "issues", { "--record", path })
    local offline = perigee.run { "try", "issues", "--replay", path }
    assert.equal(0, offline.status, offline.err)
    local function records(text) return text:match "record 1\n.*next state" end
    assert.equal(records(live.text), records(table.concat(offline.lines, "\n")))
  end)

  describe("--plan", function()
    it("makes one request, and tells what a read would ask, and how long that takes", function()
      local before = #scenario.log()
      local result = try(scenario, "issues", { "--plan" })
      assert.equal(0, result.status)
      assert.equal(before + 1, #scenario.log())
      has(result, "asks     GET /")
      has(result, "per_page=100")
      has(result, "about 23 records, 100 a page: 1 request")
      has(result, "none that the server tells")
      has(result, "nothing was read")
    end)

    it("counts with the limits that the server tells", function()
      local limited = sentry.scenario { data = { issues = 900 }, limits = { issues = { limit = 3, window = 60 } } }
      local result = try(limited, "issues", { "--plan" })
      assert.matches("limits   3 requests a window, 2 left; a new one begins in %d+ s", result.text)
      assert.matches("time     about %d+ %a+ for all of it", result.text)
      has(result, "9 requests")
    end)

    it("does not count in windows where the server's reset is far away", function()
      local far = sentry.scenario { data = { issues = 900 }, limits = { issues = { limit = 3, window = 30 * 86400 } } }
      local result = try(far, "issues", { "--plan" })
      assert.matches("a new one begins in %d+ days", result.text)
      assert.matches("time     about %d+ s for all of it", result.text)
      assert.matches("but 7 requests more than the limit leaves: the server says that they must wait for %d+ days", result.text)
    end)

    it("tells from where records are new", function()
      local result = try(scenario, "issues", { "--plan", "--state", state_of(scenario, "issues") })
      assert.matches("reads    what is new since %d%d%d%d%-%d%d%-%d%dT", result.text)
    end)

    -- Where a read begins that has this state, by the plan of it.
    local function planned(state, config)
      local words = { "--plan", "--state", perigee.write(json.encode { issues = state }) }
      return try(scenario, "issues", words, config)
    end

    it("takes the later of start_date and the state, as a read does", function()
      local old, new = "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z"
      has(planned { lastSeen = new }, "what is new since 2020-01-31T23:50:00.000000Z")
      has(planned({ lastSeen = old }, { start_date = new }), "what is new since 2020-02-01T00:00:00.000000Z")
      has(planned({ lastSeen = new }, { start_date = old }), "what is new since 2020-01-31T23:50:00.000000Z")
      has(try(scenario, "issues", { "--plan" }, { start_date = old }), "what is new since 2020-01-01T00:00:00.000000Z")
    end)

    it("takes no state of another host, organization or project, as a read does not", function()
      local elsewhere = planned { lastSeen = "2020-01-01T00:00:00Z", of = { host = "elsewhere.example.com" } }
      has(elsewhere, "reads    the whole list")
      local host = "the state is of another host %(elsewhere%.example%.com%) and another organization and another project; "
      assert.matches(host .. "the stream is read afresh", elsewhere.err)
    end)

    it("refuses a state that a read refuses", function()
      local before = #scenario.log()
      local result = planned { lastSeen = "yesterday" }
      assert.equal(1, result.status)
      assert.matches("the state of the stream 'issues' cannot be understood: lastSeen must be a time", result.err)
      assert.equal(before, #scenario.log())
    end)

    it("tells what to do where it fails", function()
      local result = try(scenario, "issues", { "--plan" }, { auth_token = "not-the-token" })
      assert.equal(1, result.status)
      assert.matches("Settings > Auth Tokens", result.err)
    end)
  end)

  describe("--infer", function()
    it("prints a JSON Schema of what was read, and nothing else", function()
      local result = try(scenario, "releases", { "--infer" })
      assert.equal(0, result.status)
      local schema = assert(json.decode(result.text))
      assert.equal("object", schema.type)
      assert.same({ "null", "string" }, { table.unpack(schema.properties.version.type) })
      assert.equal("date-time", schema.properties.dateCreated.format)
      for _, text in ipairs(connector.truth(scenario, "releases")) do
        for name in pairs(json.decode(text)) do assert.is_not_nil(schema.properties[name], name) end
      end
    end)

    it("infers nothing from nothing", function()
      local result = try(sentry.scenario { data = { releases = 0 } }, "releases", { "--infer" })
      assert.equal(1, result.status)
      assert.matches("nothing was read", result.err)
    end)
  end)

  describe("--why", function()
    local function key(stream, i) return json.decode(connector.truth(scenario, stream)[i]).id end

    it("tells with which request a record came, and why it was emitted", function()
      local result = try(scenario, "issues", { "--why", key("issues", 12) })
      assert.equal(0, result.status)
      assert.matches("came with request %d, as record %d of 5; its cursor is %d%d%d%d%-", result.text)
      has(result, "It was emitted: there is no state, so everything is new.")
    end)

    it("tells that a record is a repeat, or older than a state", function()
      local state = state_of(scenario, "issues")
      local truth = connector.held(scenario, "issues")
      table.sort(truth, function(a, b) return a.cursor < b.cursor end)
      local newest = try(scenario, "issues", { "--state", state, "--why", truth[#truth].key })
      has(newest, "It was dropped: it is a repeat: the read that wrote the state has emitted it already.")
      local oldest = try(scenario, "issues", { "--state", state, "--why", truth[1].key })
      assert.is_truthy(oldest.text:find("older than the state", 1, true), oldest.text)
    end)

    it("counts from the later of start_date and the state, and takes no state of another place", function()
      local function why(state, id, config)
        return try(scenario, "issues", { "--state", perigee.write(json.encode { issues = state }), "--why", id }, config)
      end
      local held, state = connector.held(scenario, "issues"), { lastSeen = "2020-01-01T00:00:00Z" }
      table.sort(held, function(a, b) return a.cursor > b.cursor end)
      local newest = held[1].key
      has(why(state, newest), "It was emitted: it is new since the state, or has changed.")
      has(why(state, newest, { start_date = "2098-01-01T00:00:00Z" }), "It was dropped: its lastSeen is before start_date.")
      state.of = { host = "elsewhere.example.com" }
      has(why(state, newest), "It was emitted: there is no state, so everything is new.")
    end)

    it("tells that the stream's filter does not keep a record", function()
      local folder, versions = perigee.folder "hooked", {}
      for i, text in ipairs(connector.truth(scenario, "releases")) do versions[i] = json.decode(text).version end
      table.sort(versions)
      perigee.write(HOOKED:gsub("VERSION", versions[#versions]), "hooked/releases.lua")
      local words = { "--scripts", folder, "--why", versions[1] }
      has(try(scenario, "releases", words), "It was dropped: the stream's filter does not keep it.")
      words[4] = versions[#versions]
      has(try(scenario, "releases", words), "It was emitted: ")
    end)

    it("tells that there is no such record", function()
      local result = try(scenario, "issues", { "--why", "no-such-key" })
      assert.equal(1, result.status)
      has(result, "No record with the key no-such-key was in the")
    end)
  end)
end)
