-- What is told of mistakes that people make. A row is one of them: the words that must be told, and by which verbs.
local connector = require "spec.support.connector"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local raw_server = require "spec.support.raw_server"
local sentry = require "spec.support.sentry"

---@class Mistake
---@field [1] string what it is
---@field says string[] all of it is told
---@field at string[] by which verbs
---@field on string? the scenario, of `places` below
---@field stream string? that is read or tried; default: mine
---@field script string? of that stream, with {origin} for the server's
---@field scripts table<string, string>? further ones
---@field config table? what differs in the configuration
---@field texts table<string, string>? of config, catalog, state, replay: the file's bytes
---@field env table?
---@field answer string? what a server of its own answers each connection with; {port} in the configuration is its port
---@field never string[]? none of it is told

local ALL, LISTS = { "check", "read", "try" }, { "read", "try" }
local TEAMS = "path = 'organizations/{organization}/teams/', primary_key = 'id'"

local function mine(fields) return ("return { name = 'mine', %s }"):format(fields) end

---@type Mistake[]
local mistakes = {}
local function row(mistake) mistakes[#mistakes + 1] = mistake end

-- ---- scopes: a refusal names the one that the stream declares

local OTHER = "base = '{origin}/api/0/', path = 'organizations/acme/teams/', auth = { Authorization = 'Bearer {secrets.k}' }"
local CHILD = "path = 'organizations/{organization}/issues/{parent.id}/hashes/', primary_key = 'id', parent = 'issues'"
local OWN_EVENTS = "path = 'projects/{organization}/{project}/events/', primary_key = 'id'"

for name, more in pairs {
  ["of a stream of one's own"] = { script = mine(TEAMS .. ", scope = 'team:read'"), scope = "team:read" },
  ["of another API"] = { script = mine(OTHER .. ", scope = 'orders.read'"), scope = "orders.read" },
  ["of a child's parents"] = { script = mine(CHILD .. ", scope = 'hash:read'"), scope = "event:read" },
  ["of a `read`"] = { script = mine "scope = 'team:read', read = function(context) context:get 'projects/' end",
    scope = "team:read" },
  ["of events"] = { stream = "events", scope = "project:read" },
  ["of releases"] = { stream = "releases", scope = "project:releases" },
  ["of issues of several projects"] = { stream = "issues", config = { project = "backend, web-frontend" },
    scope = "event:read", at = { "read" } },
  ["of events at GlitchTip"] = { stream = "events", on = "glitchtip", scope = "event:read" },
  ["of one's own events at GlitchTip, as Sentry has it"] = { script = mine(OWN_EVENTS .. ", scope = 'project:read'"),
    on = "glitchtip", scope = "event:read" },
  ["of one's own events at GlitchTip"] = { script = mine(OWN_EVENTS .. ", scope = 'event:admin'"), on = "glitchtip",
    scope = "event:admin" },
  ["of the list that has what `projects` lacks"] = { stream = "projects", on = "projects_alone", scope = "org:read",
    at = { "read" } },
  ["of the list in the place of one that is gone"] = { stream = "projects", on = "without_projects", scope = "org:read",
    at = LISTS },
  ["of the lists of issues through which events are read"] = { stream = "events", on = "projects_alone", scope = "event:read",
    config = { events_route = "issues" }, at = { "read" } },
} do
  row { "a scope that the token lacks, " .. name, on = more.on or "unscoped", at = more.at or ALL, stream = more.stream,
    script = more.script, config = more.config, says = { "lacks the scope " .. more.scope } }
end

-- ---- names: the one that was meant is looked for on all pages

row { "a project's slug", config = { project = "web-fronted" }, on = "small_pages", at = { "check" },
  says = { "did you mean 'web-frontend'?" } }
row { "one of several projects' slugs", config = { project = "backend, web-fronted" }, on = "small_pages", at = { "check" },
  says = { "has no 'web-fronted' (did you mean 'web-frontend'?)" } }
row { "an organization's slug", config = { organization = "acne" }, on = "old_small_pages", at = { "check" },
  says = { "did you mean 'acme'?" } }
row { "a project's slug, where the list is longer than what is looked at", config = { project = "zzzzzzzzzzzzzzzzz" },
  on = "endless", at = { "check" }, says = { "; of that list, only the first 100 pages were looked at" } }
row { "a stream's name", stream = "isues", at = LISTS, says = { "did you mean 'issues'?" } }
row { "a field's name", script = mine(TEAMS .. ", curser = {}"), at = { "check", "discover", "read", "try" },
  says = { "no field 'curser' (did you mean 'cursor'?)" } }

-- ---- addresses

local PLAIN = raw_server.response "400 Bad Request"
row { "https where plain http is spoken", config = { hostname = "127.0.0.1:{port}" }, answer = PLAIN, stream = "issues",
  at = ALL, says = { "where plain http is spoken there, the address begins with http://" }, never = { "certificate" } }
row { "http where TLS is spoken", config = { hostname = "http://127.0.0.1:{port}" }, stream = "issues", at = ALL,
  answer = raw_server.response("400 Bad Request", "Client sent an HTTP request to an HTTPS server."),
  says = { "wants TLS at this port; its address begins with https://" } }
row { "a proxy that wants a password", config = { hostname = "http://sentry.invalid", proxy = "http://127.0.0.1:{port}" },
  answer = raw_server.response "407 Proxy Authentication Required", stream = "issues", at = ALL,
  says = { "is behind a proxy that wants a user and a password; a proxy with both is written http://user:password@host:port" } }
row { "NO_PROXY beside a proxy of the configuration",
  config = { hostname = "http://sentry.invalid", proxy = "http://127.0.0.1:1" }, env = { NO_PROXY = "sentry.invalid" },
  at = { "check" }, says = { "NO_PROXY names sentry.invalid, but `proxy`" } }

row { "a hostname that is none", at = { "check", "read" }, says = { "hostname sentry.<io makes no usable address" },
  texts = { config = '{"hostname":"sentry.<io","custom_streams":[{"name":"a","script":"return {}"}]}' } }

-- ---- more than there may be

local SECRET = '{"name":"s%d","value":"value-%d","host":"https://h%d.example.com"}'
local many = {}
for i = 1, 70 do many[i] = SECRET:format(i, i, i) end
row { "more secrets than there may be", at = { "check", "read" }, says = { "holds more than 64 secrets, which is the most" },
  texts = { config = ('{"auth_token":"t","organization":"o","secrets":[%s]}'):format(table.concat(many, ",")) } }

-- ---- encodings of what we are handed

local function wide(text) return "\xFF\xFE" .. text:gsub(".", "%0\0") end
local HANDED = {
  config = '{"auth_token":"t","organization":"o","project":"pé"}',
  catalog = '{"streams":[{"stream":{"name":"é"},"sync_mode":"full_refresh","destination_sync_mode":"append"}]}',
  state = '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"é"},"stream_state":{}}}]',
  replay = '{"log":{"entries":[],"comment":"é"}}',
}
for what, text in pairs(HANDED) do
  local hint = what ~= "replay"
  row { what .. " in UTF-16", texts = { [what] = wide(text) }, at = { "read" },
    says = { hint and "it is UTF-16; save it as UTF-8" or "cannot be replayed: line 1, column 1: " } }
  row { what .. " in Latin-1", texts = { [what] = (text:gsub("é", "\xE9")) }, at = { "read" },
    says = { "the text is not UTF-8" .. (hint and "; it may be Latin-1; save it as UTF-8" or "") } }
  if hint then
    row { what .. " behind a byte order mark", texts = { [what] = "\u{FEFF}" .. text }, at = { "read" },
      says = { "it begins with a byte order mark; save it without" } }
  end
end
row { "a script in UTF-16", script = wide(mine(TEAMS)), at = { "check", "discover", "read", "try" },
  says = { "mine.lua: it is UTF-16, or no text; save it as UTF-8" } }
row { "a schema in UTF-16", script = mine(TEAMS), scripts = { ["mine.json"] = wide "{}" }, at = { "discover", "check" },
  says = { "its schema mine.json: is not JSON: ", "it is UTF-16; save it as UTF-8" } }

-- ---- states of others

row { "a state in camelCase", stream = "issues", at = { "read" },
  says = { "in the camelCase of Airbyte's API (it has streamState)" },
  texts = { state = '{"stateType":"stream","streamState":[{"streamDescriptor":{"name":"issues"},"streamState":{}}]}' } }
row { "a state of Singer's", stream = "issues", at = { "read" }, says = { "is a state of Singer's" },
  texts = { state = '{"bookmarks":{"issues":{"lastSeen":"2026-01-01T00:00:00Z"}}}' } }

-- ---- recordings of browsers

local function saved(response)
  local url = "https://made.invalid/api/0/organizations/acme/teams/"
  local entry = { _initiator = { type = "script" }, _resourceType = "fetch", response = response,
    request = { method = "GET", url = url .. "?limit=100&per_page=100" } }
  return json.encode { log = { version = "1.2", creator = { name = "WebInspector" }, entries = { entry } } }
end
local function without_body(content, status, size)
  return saved { status = status or 200, headers = json.array(), content = content, bodySize = size or -1, _error = json.null }
end
local SAVED = { "the recording was saved without bodies: of this one it tells 5120 bytes, and no text",
  'in a browser, "Save all as HAR with content"', "record by --record" }

for name, har in pairs {
  ["without content"] = without_body({ size = 5120, mimeType = "application/json" }),
  ["with null for content"] = without_body({ size = 5120, text = json.null, mimeType = "application/json" }),
  ["whose sizes stand beside the content"] = without_body({ mimeType = "application/json" }, 200, 5120),
} do
  row { "a recording " .. name, script = mine(TEAMS .. ", paging = 'none'"), texts = { replay = har }, at = { "read" },
    config = { hostname = "https://made.invalid" }, says = SAVED }
end
row { "a recording of what the browser had in its cache", script = mine(TEAMS .. ", paging = 'none'"), at = { "read" },
  texts = { replay = without_body({ size = 0 }, 304) }, config = { hostname = "https://made.invalid" },
  says = { "which the browser had in its cache; record anew with the cache disabled" } }

-- ---- hooks, and what they give

local function hook(name, body) return mine(TEAMS .. (", %s = function(record) %s end"):format(name, body)) end
for name, given in pairs {
  ["a filter without a result"] = { hook("filter", ""), "mine.lua:1: this filter returned nothing; " },
  ["a transform without a result"] = { hook("transform", ""), "mine.lua:1: this transform must return the record, " },
  ["a function in what a transform returns"] = { hook("transform", "return { a = { b = print } }"),
    "mine.lua:1: what this transform returned cannot go out: the field 'b' is a function" },
  ["a number that JSON has not"] = { hook("transform", "return { a = 0 / 0 }"), "mine.lua:1: what this transform returned " },
  ["null that is looked into"] = { hook("filter", "return require 'json'.null.x"), "mine.lua:1: null stands here (json.null)" },
  ["a table that is raised"] = { hook("filter", "error { code = 5 }"), "mine.lua:1: a table was raised: {code = 5}; " },
} do
  row { name, script = given[1], at = ALL, says = { given[2], "the record's id is" }, never = { "scripts/" } }
end

-- ---- secrets

row { "a secret in `params`", script = mine(TEAMS .. ", params = { key = '{secrets.k}' }"), at = ALL,
  says = { "'params' has {secrets.k}, and no secret is filled in there; write auth = { query = { … } }" },
  never = { "<secret:" } }
row { "a secret in `path`", script = mine "path = 'x/{secrets.k}/', primary_key = 'id'", at = ALL, says = { "'secrets.k', " },
  never = { "<secret:", "sesame" } }
row { "a secret that is not there", script = mine(TEAMS .. ", auth = { ['X-Key'] = '{secrets.other}' }"), at = ALL,
  says = { "the stream's `auth` needs the secret 'other'; put it into `secrets` in the configuration" } }

local function places()
  local few, narrow = { events = 3, issues = 3, releases = 3 }, { scopes = { "project:read" }, teams = { "mobile" } }
  local callers = { unscoped = { scopes = { "member:read" }, teams = { "backend" } }, narrow = narrow }
  return {
    usual = { data = few }, unscoped = { dialect = "sentry-23.7.1", data = few, callers = callers, token = "unscoped" },
    glitchtip = { dialect = "glitchtip", data = few, token = "token-without-scope" },
    projects_alone = { dialect = "sentry-23.7.1", data = few, callers = callers, token = "narrow" },
    without_projects = { dialect = "sentry-23.7.1", data = few, callers = callers, token = "narrow",
      faults = { { fault = "status", status = 404, path = "/api/0/projects/$", times = -1 } } },
    small_pages = { data = few, page_size = 1 }, old_small_pages = { dialect = "sentry-23.7.1", data = few, page_size = 1 },
    endless = { data = few, page_size = 1, faults = { { fault = "link_loop", path = "/projects/$", times = -1 } } },
  }
end

-- The token that a scenario is asked with, beside what it is made of.
local function start(spec)
  local token = spec.token
  spec.token = nil
  return { scenario = sentry.scenario(spec), token = token or sentry.token }
end

describe("a mistake is told of:", function()
  local started, made = {}, places()
  teardown(perigee.cleanup)

  local function place_of(name)
    started[name] = started[name] or start(made[name])
    return started[name]
  end

  local function config_of(mistake, place, port)
    local origin = place.scenario.url
    local config = sentry.config(place.scenario, { auth_token = place.token,
      secrets = { { name = "k", value = place.token, host = origin:match "^%a+://[^/]*" } } })
    for name, value in pairs(mistake.config or {}) do
      config[name] = type(value) == "string" and value:gsub("{port}", tostring(port)) or value
    end
    return config
  end

  local function folder_of(mistake, origin)
    if not mistake.script then return nil end
    local scripts = { mine = (mistake.script:gsub("{origin}", origin)) }
    for name, text in pairs(mistake.scripts or {}) do scripts[name] = text end
    return own_streams.folder(scripts)
  end

  local function words_of(mistake, verb, port)
    local place, texts, stream = place_of(mistake.on or "usual"), mistake.texts or {}, mistake.stream or "mine"
    local words = { verb, "--config", perigee.write(texts.config or config_of(mistake, place, port)), env = mistake.env }
    local function add(...) table.move({ ... }, 1, select("#", ...), #words + 1, words) end
    add(table.unpack(connector.USUAL))
    add "--retry-attempts=1"
    local folder = folder_of(mistake, place.scenario.url)
    if folder then add("--scripts", folder) end
    if verb == "try" then table.insert(words, 2, stream) end
    if verb == "read" then
      add("--catalog", texts.catalog and perigee.write(texts.catalog) or perigee.write_catalog { stream })
      if texts.state then add("--state", perigee.write(texts.state)) end
    end
    if texts.replay then add("--replay", perigee.write(texts.replay)) end
    return words
  end

  local function assert_told(mistake, verb, port)
    local result = perigee.run(words_of(mistake, verb, port))
    local told = (table.concat(result.lines, "\n"):gsub('\\"', '"')) .. result.err
    for _, words in ipairs(mistake.says) do
      assert(told:find(words, 1, true), ("%s does not say '%s': %s"):format(verb, words, told))
    end
    for _, words in ipairs(mistake.never or {}) do
      assert.is_nil(connector.errors(result)[1] and connector.errors(result)[1].message:find(words, 1, true), told)
    end
  end

  for _, mistake in ipairs(mistakes) do
    it(mistake[1], function()
      if not mistake.answer then
        for _, verb in ipairs(mistake.at) do assert_told(mistake, verb) end
        return
      end
      raw_server.with(mistake.answer, function(server)
        for _, verb in ipairs(mistake.at) do assert_told(mistake, verb, server.port) end
      end)
    end)
  end
end)
