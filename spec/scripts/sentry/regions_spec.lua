-- What check says on sentry.io where an organization or a token is of another region. The pretended server is asked as a
-- proxy, so that the address is sentry.io's.
local checked = require "spec.support.checked"
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local regions = require "sentry.regions"
local sentry = require "spec.support.sentry"
local support = require "spec.support.regions"

local organization, answers, refuses = support.organization, support.answers, support.refuses

-- What a check says by the name of `host`, of a server with these faults.
local function told(host, faults, wanted, config)
  local scenario = sentry.scenario { dialect = "hosted", faults = faults }
  config = config or {}
  config.hostname = ("http://%s/%s"):format(host, scenario.name)
  return (checked.assert_told(scenario, { config = config,
    env = { http_proxy = scenario.url:match "^http://[^/]+" } }, wanted))
end

describe("another region of sentry.io", function()
  teardown(perigee.cleanup)

  it("is named where a token is not known", function()
    local message = told("sentry.io", {}, { "does not accept the authentication token", "https://de.sentry.io" },
      { auth_token = "sntrys_unknown" })
    assert.is_truthy(message:find("or of another region, such as https://de.sentry.io", 1, true), message)
    told("de.sentry.io", {}, { "or of another region, such as https://us.sentry.io" }, { auth_token = "sntrys_unknown" })
  end)

  it("is named where an organization is not known", function()
    told("us.sentry.io", {}, { "knows no organization 'acne'", "or of another region, such as https://de.sentry.io" },
      { organization = "acne" })
  end)

  it("is the one that the list of organizations names for this one, where that is there", function()
    local list = "[" .. organization "https://de.sentry.io" .. "]"
    local message = told("us.sentry.io", { answers(list, "^/api/0/organizations/$"), refuses(404, "organizations/acme/$"),
      refuses(404, "projects/acme/") }, { "the organization acme is of the region https://de.sentry.io" })
    assert.is_nil(message:find("such as", 1, true), message)
  end)

  it("is the one that the organization itself names, where the server does not read its project", function()
    local own = answers(organization "https://de.sentry.io", "organizations/acme/$")
    for _, status in ipairs { 404, 401 } do
      told("sentry.io", { own, refuses(status, "projects/acme/"), refuses(status, "organizations/acme/projects") },
        { "the organization acme is of the region https://de.sentry.io" })
    end
  end)

  it("is named as one that is not sentry.io's, where the organization names that, and gets nothing", function()
    for _, address in ipairs { "https://sentry.example.com", "https://de.sentry.io.example.com", "http://de.sentry.io" } do
      local own = answers(organization(address), "organizations/acme/$")
      local message = told("sentry.io", { own, refuses(401, "projects/acme/") },
        { ("the organization acme says that it is of the region %s, which is not below https://sentry.io"):format(address),
          "nothing is sent there" })
      assert.is_nil(message:find("put that into hostname", 1, true), message)
    end
  end)

  it("is named by a read of what is not known here, and by none of a server of one's own", function()
    local scenario = sentry.scenario { dialect = "hosted" }
    for host, wanted in pairs { [""] = "it; check",
      ["us.sentry.io"] = "or of another region, such as https://de.sentry.io; check" } do
      local named = host ~= "" and { hostname = ("http://%s/%s"):format(host, scenario.name) } or {}
      named.organization = "acne"
      local result = connector.read(scenario, { "releases" }, { config = named,
        env = { http_proxy = host ~= "" and scenario.url:match "^http://[^/]+" or nil } })
      local message = connector.errors(result, "releases")[1].message
      assert.is_truthy(message:find("or the token may not see " .. (host == "" and wanted or "it, " .. wanted), 1, true), message)
    end
  end)

  it("is not named where a project is misspelt, which sentry.io passes on to any region", function()
    local message = told("sentry.io", { answers(organization "https://de.sentry.io", "organizations/acme/$") },
      { "did you mean 'web-frontend'?" }, { project = "web-fronted" })
    assert.is_nil(message:find("region", 1, true), message)
  end)

  it("is not named of a server of one's own", function()
    local scenario = sentry.scenario { dialect = "hosted" }
    local message = checked.assert_told(scenario, { config = { auth_token = "sntrys_unknown" } }, { "401" })
    assert.is_nil(message:find("region", 1, true), message)
  end)

  it("is one below sentry.io alone", function()
    for address, hosted in pairs { ["https://sentry.io/api/0/"] = true, ["https://acme.sentry.io"] = true,
      ["https://DE.sentry.io:443/"] = true, ["https://sentry.io.example.com/"] = false, ["https://mysentry.io/"] = false,
      ["https://sentry.example.com/"] = false } do
      assert.equal(hosted, regions.is_hosted(address), address)
    end
  end)
end)
