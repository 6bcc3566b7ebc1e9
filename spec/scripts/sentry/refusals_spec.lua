-- What check says where Sentry refuses the token's user, whose token is well. The bodies are those of Sentry's source
-- (src/sentry/api/exceptions.py): SentryAPIException puts code, message and extra into `detail`.
local checked = require "spec.support.checked"
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local function refusing(detail)
  return sentry.scenario { dialect = "hosted", faults = { { fault = "status", status = 401, times = -1,
    body = json.encode { detail = detail }, content_type = "application/json" } } }
end

local function coded(code, message, extra) return { code = code, message = message, extra = extra or {} } end

local cases = {
  { "single sign-on", coded("sso-required", "Must login via SSO", { loginUrl = "/auth/login/acme/" }),
    { "single sign-on", "/auth/login/acme/", "an internal integration", "Must login via SSO" } },
  { "two-factor authentication", coded("2fa-required", "Organization requires two-factor authentication to be enabled"),
    { "two-factor authentication", "Security", "an internal integration" } },
  { "a disabled account", coded("member-disabled-over-limit", "Organization over member limit",
    { next = "/organizations/acme/disabled-member/" }), { "has disabled the account", "free a seat" } },
  { "an inactive user", "User inactive or deleted", { "inactive or deleted", "make a token of another user" } },
  { "a code that is new", coded("data-%s-secrecy", "Data secrecy"), { "gives the code 'data-%s-secrecy'", "Data secrecy" } },
}

describe("a 401 that is no fault of the token", function()
  teardown(perigee.cleanup)

  for _, case in ipairs(cases) do
    it(("(%s) is told by its code, and asks for no new token"):format(case[1]), function()
      local scenario = refusing(case[2])
      local message = checked.assert_told(scenario, nil, case[3])
      assert.is_nil(message:find("does not accept the authentication token", 1, true), message)
      local result = connector.read(scenario, { "issues" })
      assert.equal("config_error", connector.errors(result, "issues")[1].failure_type)
    end)
  end

  it("leads a browser to no other server", function()
    local message = checked.assert_told(refusing(coded("sso-required", "Must login via SSO", { loginUrl = "//evil.example/" })),
      nil, { "single sign-on" })
    assert.is_nil(message:find("evil", 1, true), message)
  end)
end)

describe("a 403 of a list whose feature is off", function()
  teardown(perigee.cleanup)

  it("is told as that, and asks for no scope", function() -- the body is that of Sentry's source (project_service_hooks.py)
    local body = '{"error_type":"unavailable_feature","detail":["You do not have that feature enabled"]}'
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", faults = { { fault = "status", status = 403, times = -1,
      path = "/hooks/$", body = body, content_type = "application/json" } } }
    local message = connector.errors(connector.read(scenario, { "service_hooks" }), "service_hooks")[1].message
    assert.is_truthy(message:find("has this switched off", 1, true), message)
    assert.is_truthy(message:find("You do not have that feature enabled", 1, true), message)
    assert.is_nil(message:find("lacks the scope", 1, true), message)
  end)
end)
