-- Refresh tokens that a server changes each time: kept by the platform, or by the database of a sync.
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local files = require "spec.support.files"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local posted_api = require "spec.support.posted_api"

describe("a refresh token that changes", function()
  local api
  setup(function() api = posted_api.start_rotating() end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  local function read(config, ...) return api.read(nil, { folder = api.folder, config = config, words = { ... } }) end

  -- The configuration that a CONTROL line has, which alone may tell the new token.
  local function handed_over(result)
    local found, told = nil, 0
    for _, line in ipairs(result.lines) do
      local text = line:match('^{"type":"CONTROL","control":{"type":"CONNECTOR_CONFIG","emitted_at":%d+,'
        .. '"connectorConfig":{"config":(.*)}}}$')
      found = found or text
      told = told + (line:find "refresh%-token" and 1 or 0)
    end
    assert.equal(1, told)
    assert.is_nil(result.err:find "refresh%-token")
    return json.decode(found)
  end

  it("goes to the platform in a line of its own, with the configuration as it was, and works in the next run", function()
    local first_config, recording = files.read(perigee.write(api.config)), perigee.new_path ".har"
    local spread = first_config:gsub("^{", "{\n  ")
    local first = api.read(nil, { folder = api.folder, config = spread, words = { "--record", recording } })
    assert.equal(0, first.status, connector.logs(first))
    local config = handed_over(first)
    assert.matches("^refresh%-token%-%d%-of%-many$", config.secrets[2].value)
    assert.are_not.equal(api.config.secrets[2].value, config.secrets[2].value)
    local unchanged = json.decode(first_config)
    unchanged.secrets[2].value = config.secrets[2].value
    assert.same(unchanged, config)
    assert.is_nil(files.read(recording):find "refresh%-token%-%d")
    assert.matches("the server gave a new secret in place of 'refresh'; a CONTROL line holds", connector.logs(first, "INFO"))
    local second = read(config)
    assert.equal(0, second.status, connector.logs(second))
    assert.equal(7, #second.records())
    local message = own_streams.error_of(read(config), "mine")
    assert.matches("/token/told was refused: status 400, invalid_grant %(the refresh token was used%)", message)
    api.config = handed_over(second)
  end)

  it("is a warning where nothing keeps it", function()
    local result = api.run("try", nil, { folder = api.folder, words = { "mine" } })
    assert.equal(0, result.status, result.err)
    local told = table.concat(result.lines, "\n") .. result.err
    assert.matches("the server gave a new secret in place of 'refresh'; nothing keeps the new one here", told)
    assert.is_nil(told:find "refresh%-token%-%d")
  end)
end)

describe("a refresh token that changes, in a sync", function()
  local api
  setup(function() api = posted_api.start_rotating() end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  local function sync(to, config)
    local result = perigee.run { "sync", "--config", perigee.write(config or api.config), "--scripts", api.folder, "--to", to,
      "--streams=mine" }
    local told = table.concat(result.lines, "\n") .. result.err
    assert.equal(0, result.status, told)
    assert.is_nil(told:find "refresh%-token%-%d")
    return told
  end

  it("is kept in a table of the database, for the same configuration, and a new configuration goes before it", function()
    local to = perigee.new_path ".db"
    sync(to)
    local function kept() return database.rows(to, "SELECT value, name FROM _perigee_secrets ORDER BY written") end
    local first = kept()
    assert.equal("refresh", first[1][2])
    assert.matches("^refresh%-token%-%d%-of%-many$", first[1][1])
    sync(to)
    assert.equal(1, #kept())
    assert.are_not.equal(first[1][1], kept()[1][1])
    local function with(value)
      return { secrets = { api.config.secrets[1], { name = "refresh", value = value, host = api.origin } } }
    end
    sync(to, with(kept()[1][1]))
    assert.equal(2, #kept())
    assert.matches("nothing keeps the new one here", sync(perigee.new_path "/", with(kept()[2][1])))
  end)
end)
