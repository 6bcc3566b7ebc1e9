-- What `check` says by the scopes of a token: of the streams that were chosen, and of those that were not.
local checked = require "spec.support.checked"
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local check = connector.check

-- A server with a token of these scopes, which is the configuration's.
local function with_scopes(scopes, more)
  local spec = { dialect = "sentry-23.7.1", data = { events = 2, issues = 2, releases = 2 },
    callers = { mine = { scopes = scopes } } }
  for name, value in pairs(more or {}) do spec[name] = value end
  return sentry.scenario(spec), { auth_token = "mine" }
end

describe("check, of a token's scopes,", function()
  teardown(perigee.cleanup)

  it("names all streams at once that they do not allow and nobody chose, and succeeds", function()
    local scenario, config = with_scopes { "org:read", "event:read" }
    local status, message, result = check(scenario, { config = config, words = { "--streams", "issues" } })
    assert.same({ "SUCCEEDED", "" }, { status, message })
    local told = connector.logs(result, "INFO")
    assert.matches("streams that were not chosen, this token may not read .* events %(lacks the scope project:read%)", told)
    for _, name in ipairs { "project_detail", "projects", "releases" } do
      assert.matches(name .. " %(lacks the scope project:", told)
    end
    assert.is_nil(told:find("issues", 1, true))
    assert.equal(1, #scenario.log "index")
  end)

  it("says nothing of those that were not chosen where all are allowed, or the server does not tell the scopes", function()
    local whole, config = with_scopes(sentry.all_scopes)
    local _, _, result = check(whole, { config = config, words = { "--streams", "issues" } })
    assert.equal("", connector.logs(result, "INFO"))
    local silent = sentry.scenario { dialect = "glitchtip" }
    assert.equal("", connector.logs(select(3, check(silent, { words = { "--streams", "issues" } })), "INFO"))
  end)

  it("fails where a stream was chosen by its name, and names all of these that are not allowed", function()
    local scenario, config = with_scopes { "org:read", "project:releases", "event:read" }
    checked.assert_told(scenario, { config = config, words = { "--streams", "issues,events,projects" } },
      { "events (lacks the scope project:read)", "projects (lacks the scope project:read)" })
    local own = with_scopes({}, { callers = { mine = { scopes = { "org:read", "project:read" } } } })
    checked.assert_told(own, { config = config, words = { "--streams", "events,issues" } },
      { "issues (lacks the scope event:read)" })
    local status = check(own, { config = config, words = { "--streams", "default" } })
    assert.equal("SUCCEEDED", status)
  end)

  it("is not kept from its verdict by a server that does not answer for them", function()
    for _, fault in ipairs { { fault = "status", status = 500 }, { fault = "stall_headers" } } do
      fault.path, fault.times = "/api/0/$", -1
      local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { events = 2 }, faults = { fault } }
      local status, message = check(scenario, { words = { "--check-budget", "1" } })
      assert.same({ "SUCCEEDED", "" }, { status, message })
    end
  end)
end)
