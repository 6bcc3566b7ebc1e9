-- Makes the recordings in spec/recordings and the demo's anew, from the fake Sentry 23.7.1:
-- build/perigee lua spec/support/make_recordings.lua
-- What is expected of the former is then written by: build/perigee test spec/recordings --update
local cjson = require "cjson"
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local STREAMS = { { "events", "incremental" }, { "issues", "incremental" }, { "project_detail", "full_refresh" },
  { "projects", "incremental" }, { "releases", "incremental" } }

local function succeeded(result)
  assert(result.status == 0, table.concat(result.lines, "\n"))
  return result
end

local RECORDED_AT = "http://127%.0%.0%.1:59000" -- in the links within the fixtures' records

-- Small pages, projects of other teams than the token's user is in, archived releases.
local function for_specs(folder)
  local scenario = sentry.scenario { dialect = "sentry-23.7.1", page_size = 3,
    data = { events = 7, issues = 7, projects = 4, releases = 5, archived = 5 } }
  for _, entry in ipairs(STREAMS) do
    succeeded(connector.read(scenario, { entry }, { words = { "--record", folder .. entry[1] .. ".har" } }))
  end
end

-- The entries of one recording after another, as if one server had been asked at that time: of this machine neither
-- address nor clock is left.
local function joined(paths, scenario, moment)
  local head, parts = nil, {}
  for i, path in ipairs(paths) do
    local before, entries = assert(files.read(path)):match '^(.-"entries":%[)(.*)%]}}%s*$'
    head, parts[i] = head or before, entries
  end
  local text = head .. table.concat(parts, ",") .. "]}}\n"
  for _, own in ipairs { scenario.url, RECORDED_AT } do text = text:gsub(own, "https://sentry.example.com") end
  text = text:gsub('("startedDateTime":")[^"]*', "%1" .. moment)
  return (text:gsub('("time":)%d+', "%140"):gsub('("timings":)%b{}', '%1{"send":0,"wait":40,"receive":0}'))
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- The states of incremental streams; the other one is read in full again.
local function to_go_on_from(result)
  local list = {}
  for _, state in ipairs(connector.states(result)) do
    if state.stream.stream_descriptor.name ~= "project_detail" then list[#list + 1] = state end
  end
  return list
end

-- The records that a real Sentry gave; what comes within the hour after them is made after their form.
local function for_demo(folder)
  local data = { fixtures = "sentry-23.7.1" }
  local scenario = sentry.scenario { data = data, clock = { fixed = "2026-11-20T12:05:00Z" } }
  local function path(name) return perigee.folder() .. "/" .. name .. ".har" end
  local function recorded(name) return { config = { project = "checkout" }, words = { "--record", path(name) } } end
  assert(connector.check(scenario, recorded "check") == "SUCCEEDED")
  succeeded(perigee.run(connector.words("discover", scenario, recorded "discover")))
  local first = succeeded(connector.read(scenario, STREAMS, recorded "read"))
  write(folder .. "sentry.har", joined({ path "check", path "discover", path "read" }, scenario, "2026-11-20T12:05:00.000000Z"))

  data.later = { { project = "checkout", events = 4, issues = 1, releases = 1, projects = 1, updates = { issues = 2 } } }
  scenario.change { data = data, clock = { fixed = "2026-11-20T13:05:00Z" } }
  local given = recorded "later"
  given.state = cjson.encode(to_go_on_from(first))
  succeeded(connector.read(scenario, STREAMS, given))
  write(folder .. "later.har", joined({ path "later" }, scenario, "2026-11-20T13:05:00.000000Z"))
end

for_specs "spec/recordings/"
for_demo "demo/"
perigee.cleanup()
