-- `perigee init`: a configuration from what a person types, or from the environment and the options.
local cjson = require "cjson"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local terminal = require "spec.support.terminal"

local function mode_of(path)
  local pipe = assert(io.popen(("stat -c %%a '%s'"):format(path)))
  local mode = pipe:read "l"
  pipe:close()
  return mode
end

local function init(scenario, file, env, ...)
  return perigee.run { "init", "--hostname", scenario.url, "--config", file, env = env, ... }
end

describe("init", function()
  local it_on_terminal = terminal.it(_ENV)
  local scenario
  setup(function() scenario = sentry.scenario {} end)
  teardown(perigee.cleanup)

  it("writes what the environment and the options say into a file that its owner alone may read", function()
    local file = perigee.new_path ".json"
    local result = init(scenario, file, { SENTRY_AUTH_TOKEN = sentry.token }, "--project=backend")
    assert.equal(0, result.status, result.err)
    assert.same({ auth_token = sentry.token, hostname = scenario.url, organization = "acme", project = "backend" },
      cjson.decode(files.read(file)))
    assert.equal("600", mode_of(file))
    assert.equal("SUCCEEDED", perigee.run({ "check", "--config", file }).of "CONNECTION_STATUS"[1].status)
    assert.is_nil((table.concat(result.lines, "\n") .. result.err):find(sentry.token, 1, true))
  end)

  it("takes several projects, a pattern, or none for all of them", function()
    for _, project in ipairs { "", "web-*", "backend,mobile" } do
      local file = perigee.new_path ".json"
      local result = init(scenario, file, { SENTRY_AUTH_TOKEN = sentry.token }, "--project", project)
      assert.equal(0, result.status, result.err)
      assert.equal(project, cjson.decode(files.read(file)).project)
    end
    local unsaid = init(scenario, perigee.new_path ".json", { SENTRY_AUTH_TOKEN = sentry.token })
    assert.is_truthy(unsaid.err:find("name one by --project, or several with commas, a pattern such as 'web-*', or '' for all", 1,
      true), unsaid.err)
  end)

  it_on_terminal("asks for a token that is not shown, and for one of several projects", function()
    local file = perigee.new_path ".json"
    local result = terminal.run({ "init", "--hostname", scenario.url, "--config", file }, {
      { wait = "token (not shown): " }, { send = sentry.token .. "\r" },
      { wait = "projects: backend, mobile, web-frontend" }, { wait = "project (* for all): " }, { send = "mobile\r" },
    })
    assert.equal(0, result.status, result.output)
    assert.equal("mobile", cjson.decode(files.read(file)).project)
    assert.equal(sentry.token, cjson.decode(files.read(file)).auth_token)
    assert.is_nil(result.raw:find(sentry.token, 1, true))
  end)

  it("writes nothing where the server does not know what was given, and says what was meant", function()
    local file, env = perigee.new_path ".json", { SENTRY_AUTH_TOKEN = sentry.token }
    local result = init(scenario, file, env, "--project=web-fronted")
    assert.equal(1, result.status)
    assert.matches("has no project 'web%-fronted'; did you mean 'web%-frontend'%?", result.err)
    assert.matches("error: [^\n]*does not accept the authentication token", init(scenario, file,
      { SENTRY_AUTH_TOKEN = "token-of-nobody" }).err)
    assert.is_nil(io.open(file))
  end)

  it("names, for the sync that may follow, a database called like the API", function()
    local result = init(scenario, perigee.new_path ".json", { SENTRY_AUTH_TOKEN = sentry.token }, "--project=backend")
    assert.matches("\n  perigee sync %-%-config %S+ %-%-to sentry%.db\n", table.concat(result.lines, "\n") .. "\n")
  end)

  it("says which file it is that --config names", function()
    local help = table.concat(perigee.run({ "init", "--help" }).lines, "\n")
    assert.matches("\n  %-%-config FILE +the file to write %(config%.json%)\n", help)
    assert.is_nil(help:find("the connector's configuration", 1, true))
  end)

  it("looks into no file that is there, not even one that is a link to nowhere, and writes to no pipe", function()
    local there = perigee.folder() .. "/pipe"
    assert(os.execute(("mkfifo '%s' && ln -s nowhere '%s/link'"):format(there, perigee.folder())))
    for _, path in ipairs { there, perigee.folder() .. "/link", perigee.folder() } do
      assert.matches("is there already, and is not written over", init(scenario, path, { SENTRY_AUTH_TOKEN = sentry.token }).err)
    end
    assert.matches("error: %-%-config %-: init writes a file; name one\n$",
      init(scenario, "-", { SENTRY_AUTH_TOKEN = sentry.token }).err)
  end)

  it("tells what lacks where nobody can be asked, and writes over no file", function()
    local file = perigee.new_path ".json"
    assert.matches("error: standard input is no terminal, so set SENTRY_AUTH_TOKEN in the environment\n$",
      init(scenario, file).err)
    assert.matches("error: standard input is no terminal, so name one by %-%-project, or several [^\n]*\n$",
      init(scenario, file, { SENTRY_AUTH_TOKEN = sentry.token }).err)
    local there = perigee.write { any = "file" }
    assert.matches("is there already, and is not written over", init(scenario, there).err)
    assert.equal('{"any":"file"}', files.read(there))
  end)
end)
