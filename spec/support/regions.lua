--- A scenario of the fake Sentry as sentry.io and all of its regions at once: reached by https and its port, through a proxy, by
--- which the specs see what went to which host.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local regions = {}

--- The organization's own document, with its region.
---@param region any
---@return string
function regions.organization(region)
  return json.encode { id = "2", slug = "acme", name = "Acme", links = { regionUrl = region } }
end

--- A fault that answers with this in place of a path.
function regions.answers(body, path, host)
  return { fault = "status", status = 200, body = body, path = path, host = host, times = -1 }
end

--- A fault that refuses a path.
function regions.refuses(status, path, host)
  return { fault = "status", status = status, path = path, host = host, times = -1 }
end

-- What sentry.io answers by itself, no region does.
local CENTRAL = "/(audit-logs|integrations|sentry-apps|sentry-app-installations)/$|/api/0/$"

--- A scenario whose organization is of this region.
---@param region any
---@param more table? of the scenario; `faults` go before those of a region
---@return FakeScenario
function regions.scenario(region, more)
  local spec = { dialect = "hosted", limits = false, data = { events = 12, issues = 4, projects = 2, releases = 6 } }
  for key, value in pairs(more or {}) do spec[key] = value end
  local document = regions.answers(regions.organization(region), "organizations/acme/$")
  local own = { regions.refuses(404, CENTRAL, "de.sentry.io"), document }
  spec.faults = table.move(own, 1, #own, #(spec.faults or {}) + 1, spec.faults or {})
  return sentry.scenario(spec)
end

--- What its reads are given.
---@param scenario FakeScenario
---@param given given?
---@param host string? that is configured; default: sentry.io
---@return given
function regions.given(scenario, given, host)
  local made = { words = given and given.words, state = given and given.state, config = {}, env = {} }
  for key, value in pairs(given and given.config or {}) do made.config[key] = value end
  for key, value in pairs(given and given.env or {}) do made.env[key] = value end
  made.config.hostname = made.config.hostname or ("https://%s/%s"):format(host or "sentry.io", scenario.name)
  made.config.ca_file = scenario.ca
  made.env.https_proxy = "http://127.0.0.1:" .. sentry.start().tunnel
  return made
end

--- Runs a verb.
---@return result
function regions.run(verb, scenario, given)
  return perigee.run(connector.words(verb, scenario, regions.given(scenario, given)))
end

--- A read of these entries.
---@return result
function regions.read(scenario, entries, given, host)
  return connector.read(scenario, entries, regions.given(scenario, given, host))
end

--- The hosts that were asked for, through tunnels, since `from`; and how many all are by now.
---@param from integer?
---@return table<string, integer> counts
---@return integer all
function regions.tunnels(from)
  local counts, all = {}, 0
  for line in files.read(sentry.start().dir .. "/tunnels"):gmatch "[^\n]+" do
    all = all + 1
    if all > (from or 0) then counts[line] = (counts[line] or 0) + 1 end
  end
  return counts, all
end

--- The requests of a scenario, each as "HOST PATH"; of those from number `from` on.
---@param from integer?
---@return string[]
function regions.asked(scenario, from)
  local list = {}
  for i, request in ipairs(scenario.log()) do
    assert(request.headers.host .. ":443" == request.via, request.via)
    if i > (from or 0) then list[#list + 1] = request.headers.host .. " " .. request.path:gsub("^/api/0/", "") end
  end
  return list
end

return regions
