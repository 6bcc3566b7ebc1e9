-- Where a configuration comes from, when no file holds one.
local api = require "api.default"
local perigee = require "spec.support.perigee"
local resolve = require "config.resolve"

describe("a configuration from a recording", function()
  teardown(perigee.cleanup)

  it("has the host, organization and project of the recorded request, and no token", function()
    local config = assert(resolve.recorded(nil, "https://sentry.example.com/prefix/api/0/projects/acme/web/events/?full=true"))
    assert.same({ "https://sentry.example.com/prefix/api/0/", "acme", "web", "none" },
      { config.base_url, config.organization, config.project, config.auth_token })
  end)

  it("has a file's own values first, and any where nothing tells them", function()
    local file = perigee.write { organization = "other", num_workers = 2 }
    local config = assert(resolve.recorded(file, "https://sentry.example.com/api/0/organizations/acme/issues/"))
    assert.same({ "https://sentry.example.com/api/0/", "other", "project", 2 },
      { config.base_url, config.organization, config.project, config.num_workers })
  end)

  it("has them from a later request where the first does not tell", function()
    local har = perigee.write('{"url":"https://a.example/api/0/projects/"},'
      .. '{"url":"https://a.example/api/0/organizations/acme/x/"}')
    assert.equal("acme", assert(resolve.recorded(nil, "https://a.example/api/0/projects/", har)).organization)
  end)

  it("takes each of a field's words, however often another was refused before", function()
    for _, wrong in ipairs { "cleaned", "clean-ish" } do
      local config, message = resolve.recorded(perigee.write { text = wrong }, nil)
      assert.is_nil(config)
      assert.matches("text must be 'as_sent' or 'clean'$", message)
    end
    for _, word in ipairs { "as_sent", "clean" } do
      assert.equal(word, assert(resolve.recorded(perigee.write { text = word }, nil)).text)
    end
  end)

  it("is refused with its file where something in that is wrong", function()
    local file = perigee.write { num_workers = "many" }
    local config, message, failure_type = resolve.recorded(file, nil)
    assert.same({ nil, file .. ": num_workers must be a whole number from 1 to 20, and is a string", "config_error" },
      { config, message, failure_type })
    for _, text in ipairs { "[1]", "5" } do
      file = perigee.write(text)
      assert.is_nil((resolve.recorded(file, nil)))
    end
  end)
end)

describe("a place in an address", function()
  it("is as much as the address tells", function()
    local place_of = api.environment().place_of
    for address, place in pairs {
      ["https://a.example/api/0/projects/acme/web/"] = { hostname = "https://a.example", organization = "acme", project = "web" },
      ["https://a.example/p/api/0/organizations/acme/x/?y=1"] = { hostname = "https://a.example/p", organization = "acme" },
      ["https://a.example/other?u=/api/0/projects/a/b/"] = { hostname = "https://a.example" },
      ["https://a.example"] = { hostname = "https://a.example" },
    } do assert.same(place, place_of(address)) end
    assert.is_nil(place_of "no address")
  end)

  it("is found in a recording's text, whatever stands before it", function()
    local text = '{"url": "https://a.example/api/0/organizations/acme/"}, {"url": "https://a.example/api/0/projects/acme/web/x/"}'
    local find = api.environment().find_place
    assert.equal("https://a.example/api/0/projects/acme/web/x/", find(text))
    assert.equal("https://a.example/api/0/organizations/acme/x/?a=b", find '"https://a.example/api/0/organizations/acme/x/?a=b"')
    assert.is_nil(find '{"url": "https://a.example/api/0/projects/"}')
  end)
end)

describe("a message about the configuration", function()
  it("names the variables of its fields where it comes from the environment, and only there", function()
    local message = "put it into auth_token; check organization"
    assert.equal(message .. " (in the environment, auth_token is SENTRY_AUTH_TOKEN, organization is SENTRY_ORG)",
      resolve.explain(message, { "auth_token", "organization" }, {}))
    assert.equal(message, resolve.explain(message, nil, {}))
    assert.equal(message, resolve.explain(message, { "num_workers" }, {}))
    for _, options in ipairs { { config = "x.json" }, { replay = "x.har" } } do
      assert.equal(message, resolve.explain(message, { "auth_token" }, options))
    end
  end)
end)
