-- A configuration for streams of other APIs alone, which has none of what the default API needs.
local connector = require "spec.support.connector"
local names_of = require "spec.support.streams"
local other_api = require "spec.support.other_api"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"

describe("a configuration without auth_token, organization and project", function()
  local api, folder, config
  setup(function()
    api = other_api.start(perigee.write("", "asked-alone.log"))
    folder = own_streams.folder {
      reads = "return { name = 'reads', read = function(context) context:emit { id = context:get('projects/').id } end }",
    }
    config = perigee.write(other_api.secrets(api))
  end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  local function run(verb, ...)
    return perigee.run { verb, "--config", config, "--retry-base=0.01", ... }
  end

  local function alone()
    return own_streams.folder {
      articles = ("return { name = 'articles', base = '%s', path = 'articles', records = 'data.items', primary_key = 'id',\n"
        .. "paging = { page = 'page', first = 1 }, page_size = { per_page = 50 },\n"
        .. "auth = { Authorization = 'Token {secrets.knowledge_base}' } }"):format(api.url),
    }
  end

  it("is checked by the streams of the user's own alone", function()
    local result = run("check", "--scripts", alone())
    local told = result.of("CONNECTION_STATUS")[1]
    assert.equal("SUCCEEDED", told.status, told.message)
  end)

  it("fails the check for a stream that asks the default API after all", function()
    local told = run("check", "--scripts", folder).of("CONNECTION_STATUS")[1]
    assert.equal("FAILED", told.status)
    assert.equal("stream reads: this stream asks Sentry, and the configuration has no auth_token, organization and project",
      told.message)
  end)

  it("has all streams in discover", function()
    local names = {}
    for i, stream in ipairs(run("discover", "--scripts", alone()).of("CATALOG")[1].streams) do names[i] = stream.name end
    assert.same(names_of.shipped_and "articles", names)
  end)

  it("lets such streams be read, and fails the shipped ones each by itself", function()
    local result = run("read", "--scripts", alone(), "--catalog", perigee.write_catalog { "articles", "events", "projects" })
    assert.equal(1, result.status)
    assert.equal(7, #result.records "articles")
    for _, name in ipairs { "events", "projects" } do
      local told = connector.errors(result, name)
      assert.equal(1, #told)
      assert.equal("config_error", told[1].failure_type)
      assert.matches("this stream asks Sentry, and the configuration has no auth_token", told[1].message)
    end
  end)

  it("is wrong where there is no such stream, or where one of the three is given or misspelt", function()
    for _, case in ipairs { { "{}" }, { '{"organization":"acme"}', alone() }, { '{"auth_tokn":"x"}', alone() } } do
      local words = { "check", "--config", perigee.write(case[1]) }
      if case[2] then table.move({ "--scripts", case[2] }, 1, 2, #words + 1, words) end
      local told = perigee.run(words).of("CONNECTION_STATUS")[1]
      assert.equal("FAILED", told.status, case[1])
      assert.matches("auth_token must be a non%-empty string, and is missing", told.message)
    end
  end)
end)
