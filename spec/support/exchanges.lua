--- Requests to a pretended server, as the specs of HTTP make them.
local assert = require "luassert"
local http = require "http"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local exchanges = { EVENTS = "/api/0/projects/acme/web-frontend/events/" }

local NOW = "2026-11-20T12:00:00Z"

-- A scenario with few events, the same each time; `more` are further keys.
function exchanges.scenario(more)
  local spec = { now = NOW, data = { events = 20 } }
  for key, value in pairs(more or {}) do spec[key] = value end
  return sentry.scenario(spec)
end

function exchanges.faulty(...)
  return exchanges.scenario { faults = { ... } }
end

function exchanges.authorized(options)
  options = options or {}
  options.headers = options.headers or {}
  options.headers.Authorization = "Bearer " .. sentry.token
  return options
end

function exchanges.get(place, options)
  return http.get(place .. exchanges.EVENTS, exchanges.authorized(options))
end

-- The response's body, of which everything must be there.
function exchanges.body(place)
  local response = assert(exchanges.get(place))
  assert.equal(200, response.status)
  return assert(response:text())
end

-- Sends a request in a process of its own, with PERIGEE_… and other variables: { status, text, message, code, version }.
function exchanges.ask(url, env, before)
  local result = perigee.interpret(([[
    local http, json = require "http", require "json"
    %s
    local options = { headers = { Authorization = "Bearer %s" } }
    local response, message, code = http.get(%q, options)
    if not response then return print(json.encode { message = message, code = code }) end
    local text, why, wrong = response:text()
    print(json.encode { status = response.status, text = text, message = why, code = wrong, version = response.version })
  ]]):format(before or "", sentry.token, url), env)
  assert.equal("", result.err)
  return json.decode(result.lines[1])
end

function exchanges.assert_failed(code, message, response, why, got)
  assert.is_nil(response)
  assert.equal(code, got)
  assert.matches(message, why)
end

return exchanges
