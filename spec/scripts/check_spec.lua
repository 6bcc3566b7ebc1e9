local checked = require "spec.support.checked"
local clock = require "clock"
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local assert_told, check = checked.assert_told, connector.check

for _, dialect in ipairs { "sentry", "sentry9", "glitchtip" } do
  describe("check against " .. dialect, function()
    local scenario
    setup(function() scenario = sentry.scenario { dialect = dialect, data = { events = 3, issues = 3, releases = 3 } } end)
    teardown(perigee.cleanup)

    it("succeeds where everything can be read", function()
      local status, message = check(scenario)
      assert.equal("SUCCEEDED", status)
      assert.equal("", message)
    end)

    it("asks for one record of each stream only", function()
      local own = sentry.scenario { dialect = dialect }
      check(own)
      for _, endpoint in ipairs { "events", "issues", "projects", "releases" } do
        local asked = own.log(endpoint)
        assert.equal(1, #asked, endpoint)
        assert.equal(1, asked[1].rows, endpoint)
      end
    end)

    it("tells a token that the server does not know", function()
      local message, result = assert_told(scenario, { config = { auth_token = "sntrys_wrong" } },
        { "does not accept the authentication token", "auth_token", "401" })
      assert.is_nil(message:find("sntrys_wrong", 1, true))
      assert.is_nil(table.concat(result.lines):find("sntrys_wrong", 1, true))
    end)

    it("tells which scope a token lacks for which stream, where the rest can be read", function()
      local wanted = { "releases", "project:releases" }
      local message, result = assert_told(scenario, { config = { auth_token = "token-without-releases" } }, wanted, "SUCCEEDED")
      assert.is_nil(message:find("events", 1, true))
      assert.is_truthy(connector.logs(result, "WARN"):find("project:releases", 1, true))
    end)

    it("tells of an organization that is not there", function()
      local config = { organization = "acne" }
      assert_told(scenario, { config = config }, { "no organization 'acne'", scenario.url, "check organization" })
    end)

    it("tells of an organization that is another's", function()
      assert_told(scenario, { config = { organization = "other" } }, { "403", "another organization" })
    end)

    it("tells of a project that is not there, and which one is nearest", function()
      assert_told(scenario, { config = { project = "web-fronted" } },
        { "acme has no project 'web-fronted'", "did you mean 'web-frontend'?" })
    end)

    it("names the projects there are where none is near", function()
      local config = { project = "payments-api" }
      assert_told(scenario, { config = config }, { "'payments-api'", "backend", "mobile", "web-frontend" })
    end)
  end)
end

describe("check", function()
  local scenario
  setup(function() scenario = sentry.scenario { data = { events = 3, issues = 3, releases = 3 } } end)
  teardown(perigee.cleanup)

  it("fails where the token may read none of the lists", function()
    local own = sentry.scenario { faults = {
      { fault = "status", status = 403, times = -1,
        path = "/projects/$|/organizations/[^/]+/[^/]+/$|/projects/[^/]+/[^/]+/[^/]+/$" },
    } }
    assert_told(own, nil, { "this token may not read", "events", "event:read", "project:releases" })
  end)

  it("tells of a page for people where the API should be", function()
    local own = sentry.scenario { faults = { { fault = "html", times = -1 } } }
    assert_told(own, nil, { "HTML page", "check hostname" })
  end)

  it("tells of a server that is in trouble, after having asked again", function()
    local own = sentry.scenario { faults = { { fault = "status", status = 503, times = -1 } } }
    assert_told(own, nil, { "503" })
    assert.is_true(#own.log "project" > 1)
  end)

  it("succeeds where the trouble passes", function()
    local own = sentry.scenario { faults = { { fault = "status", status = 502, times = 3 } } }
    assert.equal("SUCCEEDED", (check(own)))
  end)

  it("does not wait beyond its budget for a server that never answers", function()
    local own = sentry.scenario { faults = { { fault = "stall_headers", times = -1 } } }
    local started = clock.now()
    assert_told(own, { words = { "--check-budget=0.1" } }, { "no complete answer within 0.1 s", own.url })
    assert.is_true(clock.now() - started < 30000000) -- the time-outs of a request are longer
  end)

  it("does not wait beyond its budget for a limit that lasts longer", function()
    local limit = { fault = "rate_limited", form = "retry_after", seconds = 600, times = -1 }
    local own = sentry.scenario { faults = { limit } }
    assert_told(own, { words = { "--check-budget=5" } }, { "within 5 s", "429" })
  end)

  it("waits for a limit that a stream's first request meets, and then goes on", function()
    local limit = { fault = "rate_limited", form = "retry_after", seconds = 0.05, path = "/releases/$" }
    local own = sentry.scenario { faults = { limit } }
    local status, message = check(own)
    assert.equal("SUCCEEDED", status, message)
    assert.equal(2, #own.log "releases")
  end)

  it("asks with the token as a bearer's, for JSON, compressed, under its own name and version", function()
    local own = sentry.scenario {}
    check(own)
    local request = own.log("project")[1]
    assert.is_true(request.authorization)
    assert.equal("application/json", request.headers.accept)
    assert.is_truthy(request.headers["accept-encoding"]:find("gzip", 1, true))
    assert.is_truthy(request.headers["user-agent"]:find "^perigee/%d+%.%d+")
  end)

  it("tells of a key that is misspelt, and of one that is probably meant", function()
    local config = perigee.write { auth_token = "t", organisation = "acme", project = "p" }
    local told = perigee.run({ "check", "--config", config }).of("CONNECTION_STATUS")[1]
    assert.equal("FAILED", told.status)
    assert.is_truthy(told.message:find("organization must be a non-empty string, and is missing", 1, true), told.message)
    assert.is_truthy(told.message:find("is 'organisation' meant for it?", 1, true), told.message)
    local _, _, result = check(scenario, { config = { num_worker = 3 } })
    assert.is_truthy(connector.logs(result, "WARN"):find("'num_workers'", 1, true))
  end)

  -- A server that answers each of these streams with one status; the rest can be read.
  local function refusing(status, path)
    return sentry.scenario { data = { events = 3, issues = 3, releases = 3 }, faults = {
      { fault = "status", status = status, path = path, times = -1 },
    } }
  end

  local function teams(name, more)
    return ("return { name = '%s', path = 'organizations/{organization}/teams/'%s }"):format(name, more or "")
  end

  it("names the scope that a 403 is about where the stream says it, and else the refusal itself", function()
    local place = refusing(403, "teams")
    local folder = own_streams.folder {
      without = teams "without",
      with = teams("with", ", scope = 'team:read'"),
      child = teams("child", ", parent = 'without'"),
      reads = "return { name = 'reads', scope = 'org:read', read = function(context)\n"
        .. "context:get 'organizations/{organization}/teams/' end }",
    }
    local status, message = check(place, { words = { "--scripts", folder },
      config = { custom_streams = { { name = "pasted", script = teams "pasted" } } } })
    assert.equal("SUCCEEDED", status, message)
    local listed = assert(message:match "^readable, but this token may not read (.*)$", message)
    for name, wanted in pairs {
      with = "^lacks the scope team:read$", reads = "^lacks the scope org:read$",
      without = "^127.0.0.1:%d+ does not allow this to the token; .*the request was GET .*/teams/",
      pasted = "^127.0.0.1:%d+ does not allow this to the token; .*the request was GET .*/teams/",
      child = "^127.0.0.1:%d+ does not allow this to the token; .*the request was GET .*/teams/",
    } do
      local of_stream = (", " .. listed):match(", " .. name .. " (%b())")
      assert.matches(wanted, of_stream and of_stream:sub(2, -2) or listed)
    end
    assert.is_nil(message:find("the scope it)", 1, true), message)
  end)

  it("names the scope of a shipped stream that a 403 is about", function()
    local _, message = check(refusing(403, "/issues/$"))
    assert.equal("readable, but this token may not read issues (lacks the scope event:read)", message)
  end)

  it("fails for every other status, of shipped streams and of the user's own, with a scope and without", function()
    local folder = own_streams.folder { without = teams "without", with = teams("with", ", scope = 'team:read'") }
    for _, status in ipairs { 400, 401, 404, 410, 500 } do
      local message = assert_told(refusing(status, "teams"), { words = { "--scripts", folder } },
        { "stream with: 127.0.0.1", "; stream without: 127.0.0.1", ("(status %d: "):format(status) })
      assert.is_nil(message:find("may not read", 1, true), message)
      assert_told(refusing(status, "/issues/$"), nil, { "stream issues: 127.0.0.1", ("(status %d: "):format(status) })
    end
  end)

  it("takes no status, scope or name from the words of a script", function()
    local folder = own_streams.folder {
      liar = "return { name = 'liar', read = function() error 'no (status 403: lacks the scope a:b)' end }",
      quotes = "return { name = 'quotes', read = function()\nreturn nil, \"the stream 'quotes' said (status 403\" end }",
    }
    assert_told(scenario, { words = { "--scripts", folder } },
      { "the script of the stream 'liar' failed: ", "stream quotes: the stream 'quotes' said (status 403" })
  end)

  -- What a token of these scopes is told by a self-hosted Sentry that looks at each.
  local function told_to(scopes, given)
    local own = sentry.scenario { dialect = "sentry-23.7.1", data = { events = 0, issues = 0, releases = 0 },
      callers = { some = { scopes = scopes, teams = { "backend", "data", "mobile" } } } }
    given = given or {}
    given.config = { auth_token = "some" }
    return check(own, given)
  end

  it("names all scopes that a token lacks at once, also those for what is empty", function()
    local status, message = told_to { "member:read" }
    assert.equal("FAILED", status)
    for name, scope in pairs {
      ["the organization"] = "org:read", ["the project"] = "project:read", events = "project:read", issues = "event:read",
      releases = "project:releases", projects = "project:read", project_detail = "project:read",
    } do
      assert.is_truthy(message:find(("%s (lacks the scope %s)"):format(name, scope), 1, true), message)
    end
    local part, some = told_to { "project:read", "event:read" }
    assert.equal("SUCCEEDED", part, some)
    assert.equal("readable, but this token may not read releases (lacks the scope org:read)", some)
  end)

  it("names the scope that GlitchTip wants for events, which is another one than Sentry's", function()
    local own = sentry.scenario { dialect = "glitchtip", data = { events = 3 } }
    local _, message = check(own, { config = { auth_token = "token-without-scope" } })
    assert.is_truthy(message:find("events (lacks the scope event:read)", 1, true), message)
    local sentrys = sentry.scenario { data = { events = 3 } }
    _, message = check(sentrys, { config = { auth_token = "token-without-scope" } })
    assert.is_truthy(message:find("events (lacks the scope project:read)", 1, true), message)
  end)

  it("waits for a slow server as long as answers come, but not for ever", function()
    local slow = sentry.scenario { delay_ms = 1000 }
    assert.equal("SUCCEEDED", (check(slow, { config = { num_workers = 1 }, words = { "--check-budget=4" } })))
    assert_told(slow, { config = { num_workers = 1 }, words = { "--check-budget=1.2" } }, { "no complete answer within" })
  end)

  it("tells what stands around a token, or in its place, before anything is asked, and repeats none of it", function()
    local own = sentry.scenario {}
    for token, words in pairs {
      ['"abc-4711"'] = "auth_token stands in quotes", ["'abc-4711"] = "auth_token stands in quotes",
      ["Bearer abc-4711"] = "auth_token begins with 'Bearer '", ["bearer abc-4711"] = "auth_token begins with 'Bearer '",
      [" abc-4711"] = "auth_token has a blank", ["abc-4711\n"] = "auth_token has a blank",
      ["abc 4711"] = "auth_token has a blank",
      ["\xEF\xBB\xBFabc-4711"] = "auth_token begins with a byte order mark",
      ["https://abc-4711@o1.ingest.sentry.io/5"] = "auth_token is an address, such as a DSN",
    } do
      local _, result = assert_told(own, { config = { auth_token = token } }, { words })
      assert.is_nil(table.concat(result.lines):find("4711", 1, true))
    end
    assert.same({}, own.log())
  end)

  it("tells which project was meant by its id, its name or the beginning of its slug", function()
    local own = sentry.scenario { data = { projects = 4 } }
    local first = json.decode(connector.truth(own, "projects")[1])
    assert_told(own, { config = { project = first.id } },
      { ("%s is the id of '%s', which must stand here in its place"):format(first.id, first.slug) })
    assert_told(own, { config = { project = "web" } }, { "did you mean 'web-frontend'?" })
  end)

  it("names ten projects where none is near, and how many more there are", function()
    local own = sentry.scenario { data = { projects = 13 } }
    local message = assert_told(own, { config = { project = "zzzzzzzzzzzzzzzzzzzzzzzz" } }, { " and 3 more" })
    local _, commas = message:match("; it has (.*) and 3 more"):gsub(", ", "")
    assert.equal(9, commas)
  end)

  it("tells which project was meant on whichever page of the projects it stands", function()
    local own = sentry.scenario { data = { projects = 4 }, page_size = 1 }
    for _, text in ipairs(connector.truth(own, "projects")) do
      local project = json.decode(text)
      assert_told(own, { config = { project = project.id } }, { ("is the id of '%s'"):format(project.slug) })
    end
  end)

  it("tells of a list of projects that does not end", function()
    local own = sentry.scenario { data = { projects = 4 }, page_size = 1, faults = { { fault = "link_loop", times = -1 } } }
    assert_told(own, { config = { project = "*" } }, { "has more than 1000 pages: the list does not end" })
  end)

  it("tells which organization was meant by its name, or by a slug that is near", function()
    local own = sentry.scenario { dialect = "sentry-23.7.1" }
    assert_told(own, { config = { organization = "acne" } }, { "did you mean 'acme'?", "check organization" })
    assert_told(own, { config = { organization = "Acme Example" } },
      { "'Acme Example' is the name of 'acme', which must stand here in its place" })
  end)

  it("has exit status 0 where it failed, and 1 with --strict", function()
    local given = { config = { auth_token = "sntrys_wrong" } }
    local status, _, result = check(scenario, given)
    assert.same({ "FAILED", 0 }, { status, result.status })
    for _, config in ipairs { { auth_token = "sntrys_wrong" }, { num_workers = 99 } } do
      status, _, result = check(scenario, { config = config, words = { "--strict" } })
      assert.same({ "FAILED", 1 }, { status, result.status })
    end
    status, _, result = check(scenario, { words = { "--strict" } })
    assert.same({ "SUCCEEDED", 0 }, { status, result.status })
    assert.equal(2, perigee.run({ "discover", "--strict" }).status)
  end)

  it("says of a recording what it could not ask it, and fails where it holds nothing of use", function()
    local path = perigee.folder() .. "/check.har"
    check(scenario, { words = { "--record", path } })
    local recorded = json.decode(files.read(path))
    local kept = json.array()
    for _, entry in ipairs(recorded.log.entries) do
      if entry.request.url:find "/events/" or entry.request.url:find "/issues/" then kept[#kept + 1] = entry end
    end
    assert.equal(2, #kept)
    recorded.log.entries = kept
    local given = { config = { hostname = "https://replayed.invalid/" .. scenario.name },
      words = { "--replay", perigee.write(json.encode(recorded)) } }
    local message, result = assert_told(scenario, given,
      { "the recording has no request for the project, project_detail, projects, releases" }, "SUCCEEDED")
    assert.is_nil(message:find("events", 1, true))
    assert.is_truthy(connector.logs(result, "WARN"):find(message, 1, true))
    given.config.organization = "another"
    assert_told(scenario, given, { "the recording has no request for the project, events, issues", "the nearest is" })
  end)

  it("tells of a broken script of one's own, by stream and line", function()
    local folder = perigee.folder "broken"
    perigee.write("return {\n  name = 'mine',\n  path = nil .. 'x',\n}\n", "broken/mine.lua")
    assert_told(scenario, { words = { "--scripts", folder } }, { "stream 'mine'", "mine.lua:3" })
  end)
end)
