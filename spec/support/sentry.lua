--- The fake Sentry for specs: starts spec/support/sentry/server.py once a process and writes its scenarios.
--- What a scenario can say stands in spec/support/sentry/scenario.py.
local cjson = require "cjson"

local TOKEN = "sentry-token-for-specs"
local HERE = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"

local sentry = { token = TOKEN }

--- The scopes that all shipped streams need.
sentry.all_scopes = { "alerts:read", "event:read", "member:read", "org:integrations", "org:read", "org:write", "project:read",
  "project:releases", "team:read" }

--- The tokens that every scenario knows, by whose they are: see spec/support/sentry/callers.py.
sentry.tokens = {
  owner = TOKEN, -- of two of the four teams, backend and data
  member = "token-of-member", -- of the team mobile
  integration = "token-of-integration",
  organization = "sntrys_token-of-organization",
  outsider = "token-of-outsider", -- a user of another organization
  without_scope = "token-without-scope",
}

---@class FakeSentry the running server
---@field pid integer
---@field http integer the ports
---@field tls integer
---@field tls_expired integer
---@field tls_wrong_host integer
---@field tls_untrusted integer
---@field tunnel integer
---@field ca string the file of the authority that `tls` is signed by
---@field dir string the folder of scenarios and logs
---@field pipe file* the server's standard output

---@type FakeSentry?
local running
local count = 0

---@class FakeRequest a line of a scenario's log; done and bytes come a moment after the answer is out
---@field n integer
---@field time number
---@field method string
---@field path string below the scenario's name: /api/0/...
---@field query table<string, string>
---@field endpoint string? events, issues, releases, projects, org_projects, project, organization, ...
---@field authorization boolean whether a known token was sent
---@field headers table<string, string>
---@field connection integer
---@field via string http, tls, ...
---@field page integer?
---@field fault string?
---@field status integer
---@field rows integer?
---@field done boolean?
---@field ended number? when the last bytes of its answer went out
---@field bytes integer?

---@class FakeRecord a record that the server holds
---@field key string
---@field project string
---@field cursor string the value of its cursor field, where its text has one or not
---@field listed string the time by which the server lists it
---@field text string its bytes as served
---@field status string? of an issue

---@class FakeScenario
---@field name string
---@field url string
---@field tls string
---@field tls_expired string
---@field tls_wrong_host string
---@field tls_untrusted string
---@field ca string
---@field port integer? its own port, with own_port
---@field spec table
---@field log fun(endpoint: string?): FakeRequest[]
---@field truth fun(): table<string, FakeRecord[]>
---@field history fun(): table[]
---@field cells fun(): table<string, table[]>
---@field change fun(changes: table)

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function read_line(command)
  local pipe = assert(io.popen(command, "r"))
  local line = pipe:read("l")
  pipe:close()
  return line
end

local function write_file(path, text)
  local file = assert(io.open(path .. ".new", "wb"))
  assert(file:write(text))
  assert(file:close())
  assert(os.rename(path .. ".new", path)) -- at once: the server never reads half a file
end

local read_file = require("spec.support.files").read

-- cjson gives null as a light userdata, which is true in a test, and every number as a float.
local function decoded(text)
  local function cleaned(value)
    if value == cjson.null then return nil end
    if type(value) == "number" then return math.tointeger(value) or value end
    if type(value) ~= "table" then return value end
    local copy = {}
    for key, item in pairs(value) do
      copy[key] = cleaned(item)
    end
    return copy
  end
  return cleaned(cjson.decode(text))
end

-- The server ends by then, should nobody end it: later than a soak.
local SECONDS = math.max(7200, 60 * (tonumber(os.getenv "PERIGEE_SOAK") or 0) // 1 + 600)

--- Starts the server where it does not run yet.
---@return FakeSentry
function sentry.start()
  if running then return running end
  local dir = assert(read_line("mktemp -d"), "mktemp gave no folder")
  local script = quoted(HERE .. "sentry/server.py")
  -- exec: the server's parent must be this process, whose death ends it.
  local pipe = assert(io.popen(("exec python3 %s --remove --seconds %d --dir %s"):format(script, SECONDS, quoted(dir)), "r"))
  local line = pipe:read("l")
  if not line then
    pipe:close()
    error("the fake Sentry did not start: see what python3 " .. HERE .. "sentry/server.py says")
  end
  local server = decoded(line)
  server.dir, server.pipe = dir, pipe
  -- Collected before the pipe, whose own collection waits for the server to end.
  server.guard = setmetatable({}, {
    __gc = function()
      if running == server then sentry.stop() end
    end,
  })
  running = server
  return server
end

--- Ends the server and removes its folder.
function sentry.stop()
  if not running then return end
  local server = running
  running = nil
  os.execute(("kill %d"):format(server.pid))
  server.pipe:close()
end

-- Asks the server outside HTTP: see server.py.
local function ask(what, name)
  local server = sentry.start()
  write_file(server.dir .. "/ask", cjson.encode { ask = what, name = name })
  os.execute(("kill -USR1 %d"):format(server.pid))
  local line = assert(server.pipe:read("l"), "the fake Sentry has ended")
  local reply = decoded(line)
  assert(not reply.error, reply.error)
  return reply
end

-- The requests of a log, each joined with the line that says that its answer is out.
local function read_log(path, endpoint)
  local requests, by_number = {}, {}
  local file = io.open(path, "rb")
  if not file then return requests end
  for line in file:lines "L" do
    local entry = line:sub(-1) == "\n" and decoded(line) or { done = true } -- else it is being written
    local request = by_number[entry.n or 0]
    if request then
      for key, value in pairs(entry) do
        request[key] = value
      end
    elseif not entry.done then
      by_number[entry.n] = entry
      if not endpoint or entry.endpoint == endpoint then requests[#requests + 1] = entry end
    end
  end
  file:close()
  return requests
end

local function address(scenario, server)
  local port = scenario.port or server.http
  scenario.url = ("http://127.0.0.1:%d/%s"):format(port, scenario.name)
  for _, via in ipairs { "tls", "tls_expired", "tls_wrong_host", "tls_untrusted" } do
    scenario[via] = ("https://localhost:%d/%s"):format(server[via], scenario.name)
  end
  scenario.ca = server.ca
end

--- Makes a scenario; the server is started where it is not.
---@param spec table see spec/support/sentry/scenario.py; an empty table where the defaults will do
---@return FakeScenario
function sentry.scenario(spec)
  local server = sentry.start()
  count = count + 1
  local scenario = { name = ("s%d"):format(count), spec = spec }
  local path = server.dir .. "/" .. scenario.name
  write_file(path .. ".json", cjson.encode(spec))
  if spec.own_port then scenario.port = ask("listen", scenario.name).port end
  address(scenario, server)

  --- The requests so far, in order; only those of one endpoint where it is named.
  function scenario.log(endpoint)
    return read_log(path .. ".log", endpoint)
  end

  --- The records that the server holds now: {events = {...}, issues = {...}, projects = {...}, releases = {...}}.
  function scenario.truth()
    return decoded(read_file(ask("truth", scenario.name).file))
  end

  --- Every version of every record that was ever visible: since and until are numbers of requests.
  function scenario.history()
    return decoded(read_file(ask("history", scenario.name).file))
  end

  --- What stats_v2 and sessions count, cell by cell: {stats = {...}, sessions = {...}}.
  function scenario.cells()
    return decoded(read_file(ask("cells", scenario.name).file))
  end

  --- Replaces top-level keys of the scenario; records stay, but for new batches in data.later.
  function scenario.change(changes)
    for key, value in pairs(changes) do
      scenario.spec[key] = value
    end
    write_file(path .. ".json", cjson.encode(scenario.spec))
  end

  return scenario
end

--- A connector's config for a scenario; `overrides` replace or add keys.
---@param scenario FakeScenario
---@param overrides table?
---@return table
function sentry.config(scenario, overrides)
  local config = { auth_token = TOKEN, hostname = scenario.url, organization = "acme", project = "web-frontend" }
  for key, value in pairs(overrides or {}) do
    config[key] = value
  end
  return config
end

return sentry
