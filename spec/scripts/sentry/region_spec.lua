-- A read through sentry.io of an organization that is of another region. Every request goes by https through a proxy of the
-- specs, which plays whichever host is asked for, so that what is judged is what would have gone over the wire, and to whom.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local json = require "json"
local perigee = require "spec.support.perigee"
local regions = require "spec.support.regions"
local requests = require "spec.support.requests"
local sentry = require "spec.support.sentry"

local DE = "https://de.sentry.io"
local BOTH = { ["sentry.io:443"] = true, ["de.sentry.io:443"] = true }
local ENDLESS = 600 -- seconds of a window that ends long after the spec
local INCREMENTAL = { { "releases", "incremental" }, { "issues", "incremental" } }

-- Runs f, and returns the hosts that connections were made to meanwhile, besides what f does.
local function with_tunnels(f)
  local _, before = regions.tunnels()
  local results = table.pack(f())
  return (regions.tunnels(before)), table.unpack(results, 1, results.n)
end

local function assert_only(hosts, seen)
  assert.is_truthy(next(seen))
  for host in pairs(seen) do assert.is_truthy(hosts[host], host) end
end

local function asked_set(scenario, from)
  local set = {}
  for _, one in ipairs(regions.asked(scenario, from)) do set[one] = (set[one] or 0) + 1 end
  return set
end

-- Of what was asked after the two documents: all of one host.
local function assert_all_at(host, asked, from)
  assert.is_true(#asked >= from)
  for i = from, #asked do assert.equal(host, asked[i]:match "^%S+", asked[i]) end
end

local function warnings(result) return connector.logs(result, "WARN") end

local OWN = [[
return { name = "own", primary_key = "id", %s read = function(context)
  local http = require "http"
  local rows = context:get("organizations/{organization}/releases/")
  context:emit { id = "path", text = tostring(#rows) }
  for _, host in ipairs { "https://sentry.io", "https://de.sentry.io" } do
    local base = host .. context.config.base_url:match "^https://[^/]*(.*)$"
    context:emit { id = "get " .. host, text = tostring(#context:get(base .. "organizations/acme/releases/")) }
    local response, message = http.request { url = base .. "organizations/acme/releases/", method = "POST",
      headers = { Authorization = "Bearer " .. context.config.auth_token } }
    context:emit { id = "post " .. host, text = response and "sent" or message }
  end
end }]]

-- What the stream above emitted, by id; `more`: of its table.
local function read_own(scenario, more, given)
  given = given or {}
  given.words = { "--scripts", perigee.folder "own" }
  perigee.write(OWN:format(more), "own/own.lua")
  local result = regions.read(scenario, { "own" }, given)
  local by_id = {}
  for _, text in ipairs(result.records "own") do
    local record = json.decode(text)
    by_id[record.id] = record.text
  end
  assert.equal(0, result.status, connector.failures(result))
  return by_id
end

teardown(perigee.cleanup)

describe("the region that an organization's own document names", function()
  it("is read from, with the token, after one request to the configured host and one to it", function()
    local scenario = regions.scenario(DE)
    local hosts, result = with_tunnels(function() return regions.read(scenario, { "releases", "issues", "projects" }) end)
    assert.equal(0, result.status, connector.failures(result))
    for _, stream in ipairs { "releases", "projects" } do
      assert.is_nil(connector.difference(connector.truth(scenario, stream), result.records(stream)))
    end
    assert.equal(4, #result.records "issues")
    assert_only(BOTH, hosts)
    local asked = regions.asked(scenario)
    assert.equal("sentry.io organizations/acme/", asked[1])
    assert.equal("de.sentry.io organizations/acme/", asked[2])
    assert_all_at("de.sentry.io", asked, 3)
    for _, request in ipairs(scenario.log()) do assert.is_true(request.authorization) end
  end)

  it("is followed from a host below sentry.io, and costs one request where that is it", function()
    local scenario = regions.scenario(DE)
    regions.read(scenario, { "releases" }, nil, "acme.sentry.io")
    assert.same({ "acme.sentry.io organizations/acme/", "de.sentry.io organizations/acme/",
      "de.sentry.io organizations/acme/releases/" }, regions.asked(scenario))
    local there = regions.scenario(DE)
    regions.read(there, { "releases" }, nil, "DE.sentry.io")
    assert.equal(2, #there.log())
    assert_all_at("DE.sentry.io", regions.asked(there), 1)
  end)

  it("is followed by check, discover, streams, try and sync", function()
    for verb, words in pairs { check = {}, discover = {}, streams = {}, try = { "releases" },
      sync = { "--to", perigee.folder "synced" .. "/a.db", "--streams", "releases" } } do
      local scenario = regions.scenario(DE)
      local hosts, result = with_tunnels(function() return regions.run(verb, scenario, { words = words }) end)
      assert.equal(0, result.status, verb .. result.err .. table.concat(result.lines, "\n"))
      assert_only(BOTH, hosts)
      local asked, releases = asked_set(scenario), 0
      for one, count in pairs(asked) do
        local host, path = one:match "^(%S+) (.*)$"
        releases = releases + (path == "organizations/acme/releases/" and count or 0)
        local central = path == "" or path == "organizations/" or path:find "audit%-logs" or path:find "sentry%-app"
          or path:find "/integrations/$" or path == "organizations/acme/"
        assert.is_truthy(host == "de.sentry.io" or central, verb .. ": " .. one)
      end
      assert.is_true(releases > 0, verb)
      assert.equal(1, asked["sentry.io organizations/acme/"], verb)
    end
  end)

  it("is not asked for what sentry.io alone answers", function()
    local lists = { audit_logs = 3, integrations = 2, sentry_apps = 2 }
    local scenario = regions.scenario(DE, { data = { releases = 2, lists = lists } })
    local result = regions.read(scenario, { "audit_logs", "integrations", "sentry_apps", "organizations" })
    assert.equal(0, result.status, connector.failures(result))
    local asked = asked_set(scenario)
    for _, path in ipairs { "audit-logs/", "integrations/", "sentry-apps/" } do
      assert.is_truthy(asked["sentry.io organizations/acme/" .. path], path)
      assert.is_nil(asked["de.sentry.io organizations/acme/" .. path], path)
    end
    assert.is_truthy(asked["sentry.io organizations/"])
    assert.equal(3, #result.records "audit_logs")
  end)

  it("is asked by a stream of one's own, which reads at both hosts, and changes nothing at either", function()
    for _, env in ipairs { {}, { DEPLOYMENT_MODE = "CLOUD" } } do
      local scenario = regions.scenario(DE)
      local hosts, found = with_tunnels(function()
        return read_own(scenario, [[hosts = { "de.sentry.io" },]], { env = env })
      end)
      assert_only(BOTH, hosts)
      assert.same({ "6", "6", "6" }, { found.path, found["get https://sentry.io"], found["get https://de.sentry.io"] })
      for _, host in ipairs { "https://sentry.io", DE } do
        assert.matches("^POST may change things at the configured host", found["post " .. host])
      end
      for _, request in ipairs(scenario.log()) do assert.same({ "GET", true }, { request.method, request.authorization }) end
    end
  end)

  it("takes a stream's own methods as the configured host does", function()
    local scenario = regions.scenario(DE)
    local found = read_own(scenario, [[methods = { "POST" },]])
    assert.same({ "sent", "sent" }, { found["post https://sentry.io"], found["post https://de.sentry.io"] })
  end)

  it("is asked within the configuration's share of its limits", function()
    local scenario = regions.scenario(DE, { data = { events = 60, issues = 4 }, limits = {
      events = { limit = 4, window = ENDLESS } } })
    local function in_window()
      local list, count = scenario.log "events", 0
      for _, request in ipairs(list) do
        if request.time // ENDLESS == list[#list].time // ENDLESS then count = count + 1 end
      end
      return count
    end
    local going = connector.start(scenario, { "events" },
      regions.given(scenario, { config = { events_route = "project", rate_share = 0.5 } }))
    repeat
      local status = assert(going:wait_for "TRACE", "it did not wait").stream_status
    until status and status.reasons
    going:kill "TERM"
    going:finish()
    assert.equal(2, in_window())
    assert.equal(0, requests.refused(scenario.log()))
  end)

  it("is in a recording, which is read without a network, with the configuration and without", function()
    local scenario = regions.scenario(DE, { data = { releases = 6, issues = 4, lists = { audit_logs = 3 } } })
    local har = perigee.folder "recorded" .. "/a.har"
    local entries = { INCREMENTAL[1], INCREMENTAL[2], "audit_logs", "project_detail" }
    local live = regions.read(scenario, entries, { words = { "--record", har } })
    assert.equal(0, live.status, connector.failures(live))
    local before = #scenario.log()
    for _, hostname in ipairs { "https://sentry.io/" .. scenario.name, "https://acme.sentry.io/" .. scenario.name } do
      local replayed = regions.read(scenario, entries, { words = { "--replay", har }, config = { hostname = hostname } })
      for _, stream in ipairs { "releases", "issues" } do
        assert.same(live.records(stream), replayed.records(stream), connector.failures(replayed))
      end
      assert.equal("", connector.logs(replayed, "WARN"))
    end
    for _, stream in ipairs { "releases", "audit_logs", "project_detail" } do
      local tried = perigee.run { "try", stream, "--replay", har }
      assert.equal(0, tried.status, tried.err)
    end
    assert.equal(before, #scenario.log())
  end)

  it("is not missed in a recording that was made without it", function()
    local scenario = sentry.scenario { dialect = "hosted", data = { releases = 6 } }
    local live, har = connector.record(scenario, { "releases" })
    local config = { hostname = "https://sentry.io/" .. scenario.name }
    local replayed = connector.read(scenario, { "releases" }, { config = config, words = { "--replay", har } })
    assert.equal(0, replayed.status, connector.failures(replayed))
    assert.equal("", connector.logs(replayed, "WARN"))
    assert.is_nil(connector.logs(replayed, "INFO"):find("region", 1, true))
    assert.is_nil(connector.difference(live.records "releases", replayed.records "releases"))
  end)

  it("is asked by init for the project, and the configuration keeps the host that was named", function()
    local scenario = regions.scenario(DE)
    local path = perigee.folder "made" .. "/config.json"
    local hosts, result = with_tunnels(function()
      return perigee.run { "init", "--config", path, "--hostname", "https://sentry.io/" .. scenario.name,
        "--organization", "acme", "--project", "web-frontend", env = { SENTRY_AUTH_TOKEN = sentry.token,
        SSL_CERT_FILE = scenario.ca, https_proxy = "http://127.0.0.1:" .. sentry.start().tunnel } }
    end)
    assert.equal(0, result.status, result.err)
    assert_only(BOTH, hosts)
    assert.equal("https://sentry.io/" .. scenario.name, json.decode(files.read(path)).hostname)
    assert.same({ "sentry.io organizations/acme/", "de.sentry.io organizations/acme/",
      "de.sentry.io projects/acme/web-frontend/" }, regions.asked(scenario))
  end)

  it("is where the streams that hang on others are read, of one's own too", function()
    local scenario = regions.scenario(DE)
    perigee.folder "hangs"
    perigee.write([[return { name = "hangs", parent = "issues", primary_key = "id",
      path = "organizations/{organization}/issues/{parent.id}/hashes/" }]], "hangs/hangs.lua")
    local result = regions.read(scenario, { "hangs", "issue_hashes" }, { words = { "--scripts", perigee.folder "hangs" } })
    assert.equal(0, result.status, connector.failures(result))
    assert.is_true(#result.records "hangs" > 0 and #result.records "hangs" == #result.records "issue_hashes")
    assert_all_at("de.sentry.io", regions.asked(scenario), 2)
  end)
end)

describe("a state", function()
  local function keys(records)
    local list = {}
    for i, text in ipairs(records) do list[i] = json.decode(text).id end
    return list
  end

  -- Reads at `first`, then with the last states at `second`: nothing comes twice, and what is new comes.
  local function assert_goes_on(first, second, host)
    local scenario = regions.scenario(first, { data = { events = 12, issues = 4, releases = 6 } })
    local before = regions.read(scenario, INCREMENTAL, nil, host)
    assert.equal(6, #before.records "releases", connector.failures(before))
    local faults = scenario.spec.faults
    faults[#faults] = regions.answers(regions.organization(second), "organizations/acme/$")
    scenario.change { faults = faults, data = { events = 12, issues = 4, releases = 6, later = { { releases = 1 } } } }
    local after = regions.read(scenario, INCREMENTAL, { state = connector.states(before) })
    assert.equal(0, after.status, connector.failures(after))
    assert.equal("", warnings(after))
    assert.equal(1, #after.records "releases")
    local seen = {}
    for _, id in ipairs(keys(before.records "issues")) do seen[id] = true end
    for _, id in ipairs(keys(after.records "issues")) do assert.is_nil(seen[id], id) end
  end

  it("that was made at sentry.io is gone on from at the region, and the other way round", function()
    assert_goes_on("https://sentry.io", DE)
    assert_goes_on(DE, "https://sentry.io")
  end)

  it("that was made at the region by its own name is gone on from by way of sentry.io", function()
    assert_goes_on(DE, DE, "de.sentry.io")
  end)

  it("says the configured host, whichever is asked", function()
    local result = regions.read(regions.scenario(DE), INCREMENTAL)
    assert.equal("sentry.io", connector.state(result, "releases").of.host)
  end)

  it("of a host that only looks like one of sentry.io's is of another host", function()
    local scenario = regions.scenario(DE)
    local state = connector.states(regions.read(scenario, { { "releases", "incremental" } }))
    for _, host in ipairs { "evil-sentry.io", "sentry.io:8443", "x/.sentry.io", "sentry.io.evil.example" } do
      state[1].stream.stream_state.of.host = host
      local result = regions.read(scenario, { { "releases", "incremental" } }, { state = state })
      assert.matches("the state is of another host", warnings(result), host)
    end
  end)
end)

describe("a region that is not to be followed", function()
  it("is named, gets no connection, and the configured host is read", function()
    for _, address in ipairs { "https://sentry.io.evil.example", "http://de.sentry.io", "https://de.sentry.io:8443",
      "https://me@de.sentry.io", "https://de.sentry.io@x.evil.example", "https://evil-sentry.io" } do
      local scenario = regions.scenario(address)
      local hosts, result = with_tunnels(function() return regions.read(scenario, { "releases" }) end)
      assert_only({ ["sentry.io:443"] = true }, hosts)
      assert.equal(6, #result.records "releases", connector.failures(result))
      assert.is_truthy(warnings(result):find(("the organization acme says that it is of the region %s, which is not below "
        .. "https://sentry.io: nothing is sent there"):format(address), 1, true), warnings(result))
      assert.equal(2, #scenario.log())
    end
  end)

  it("is none where the document names none, or something else than an address", function()
    for _, region in ipairs { json.null, 7, json.array(), "https://sentry.io" } do
      local scenario = regions.scenario(region)
      local result = regions.read(scenario, { "releases" })
      assert.same({ 6, "", 2 }, { #result.records "releases", warnings(result), #scenario.log() })
    end
  end)

  it("is one that does not take the token, or knows no such organization: then the configured host is read", function()
    local other = json.encode { id = "3", slug = "acme" }
    for words, fault in pairs { ["401"] = regions.refuses(401, "", "de.sentry.io"),
      ["503"] = regions.refuses(503, "", "de.sentry.io"),
      ["another organization of that name"] = regions.answers(other, "organizations/acme/$", "de.sentry.io") } do
      local scenario = regions.scenario(DE, { faults = { fault } })
      local result = regions.read(scenario, { "releases" })
      assert.equal(6, #result.records "releases", connector.failures(result))
      local said = warnings(result)
      assert.is_truthy(said:find(words, 1, true) and said:find("https://sentry.io is asked in its place", 1, true), said)
      assert.equal(1, asked_set(scenario)["de.sentry.io organizations/acme/"])
    end
  end)

  it("is told of where the token may not read the organization, and its lists are read", function()
    local scenario = regions.scenario(DE, { faults = { regions.refuses(403, "organizations/acme/$") } })
    local result = regions.read(scenario, { "releases" })
    assert.equal(6, #result.records "releases", connector.failures(result))
    assert.matches("it is not known of which region the organization acme is .*https://sentry.io is asked for all of it",
      connector.logs(result, "INFO"))
    assert.equal("", warnings(result))
  end)

  it("is no matter of the configuration's text", function()
    local scenario = regions.scenario "https://sentry.io"
    local forged = "https://x.evil.example/" .. scenario.name .. "/api/0/"
    local script = ([[return { name = "own", primary_key = "id", read = function(context)
      context:get("%s")
    end }]]):format(forged)
    local hosts, result = with_tunnels(function()
      return regions.read(scenario, { "own" }, { config = { configured_url = forged, base_url = forged,
        custom_streams = { { name = "own", script = script } } } })
    end)
    assert_only({ ["sentry.io:443"] = true }, hosts)
    assert.matches("https://x.evil.example:443 is not granted to this stream", connector.errors(result, "own")[1].message)
  end)

  it("is no matter of a server of one's own, which is asked for its lists alone", function()
    local named = regions.answers(regions.organization(DE), "organizations/acme/$")
    local scenario = sentry.scenario { dialect = "hosted", faults = { named } }
    connector.read(scenario, { "releases" })
    assert.equal("/api/0/organizations/acme/releases/", scenario.log()[1].path)
  end)
end)
