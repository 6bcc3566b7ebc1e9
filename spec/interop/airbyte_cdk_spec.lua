-- The standard tests of a source that airbyte-cdk has, over perigee's executable: those that pass, by name. Its tests of images
-- need an engine, and are left out.
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local venv = require "spec.support.venv"

local OWN = [[return { name = "large_teams", path = "organizations/{organization}/teams/", primary_key = "id" }]]

-- What the tests are to read: a whole configuration, one with a stream of the user's own, two that are wrong.
local ACCEPTANCE = [[
connector_image: perigee/source-sentry:dev
test_strictness_level: high
acceptance_tests:
  spec: {tests: [{config_path: whole.json}, {config_path: own.json}]}
  connection:
    tests:
      - {config_path: whole.json, status: succeed}
      - {config_path: own.json, status: succeed}
      - {config_path: token.json, status: failed}
      - {config_path: project.json, status: failed}
  discovery: {tests: [{config_path: whole.json}, {config_path: own.json}]}
  basic_read:
    tests:
      - {config_path: whole.json, empty_streams: &empty [
          {name: feedback, bypass_reason: the pretended Sentry has none},
          {name: uptime_results, bypass_reason: the pretended Sentry has none}]}
      - {config_path: own.json, empty_streams: *empty}
  full_refresh: {tests: [{config_path: token.json, status: failed}, {config_path: project.json, status: failed}]}
]]

-- Each test, and the configurations that it passes with.
local PASSED = {
  test_spec = {}, test_config_matches_spec = { "own", "whole" }, test_discover = { "own", "whole" },
  test_check = { "own", "project", "token", "whole" }, test_basic_read = { "own", "project", "token", "whole" },
  test_fail_read_with_bad_catalog = { "own", "project", "token", "whole" },
}

local function expected()
  local names = {}
  for test, configs in pairs(PASSED) do
    for _, config in ipairs(configs) do names[#names + 1] = ("%s['%s' Test Scenario]"):format(test, config) end
    if #configs == 0 then names[#names + 1] = test end
  end
  table.sort(names)
  return names
end

local function absolute(path) return path:sub(1, 1) == "/" and path or os.getenv "PWD" .. "/" .. path end

describe("airbyte-cdk's standard tests of a source", function()
  teardown(perigee.cleanup)

  it("pass, all 17 of them, on configurations that are right and wrong", function()
    local data = { events = 60, issues = 20, projects = 6, releases = 20 }
    local scenario = sentry.scenario { dialect = "hosted", limits = false, data = data,
      callers = { [sentry.tokens.owner] = { kind = "owner", scopes = sentry.all_scopes, teams = { "backend" } } } }
    local configs = { whole = {}, own = { custom_streams = { { name = "large_teams", script = OWN } } },
      token = { auth_token = "none" }, project = { project = "web-fronted" } }
    local root = perigee.folder "root"
    for name, overrides in pairs(configs) do
      perigee.write(sentry.config(scenario, overrides), ("root/%s.json"):format(name))
    end
    perigee.write(ACCEPTANCE, "root/acceptance-test-config.yml")
    perigee.write(files.read "deploy/airbyte/metadata.yaml", "root/metadata.yaml")
    local result = perigee.run { binary = venv.programs "airbyte_cdk" .. "/python", "-B", "-m", "pytest", "-q", "-rA", "-p",
      "no:cacheprovider", "-k", "not docker_image", "spec/interop/standard_tests.py",
      env = { PERIGEE = absolute(perigee.binary), PERIGEE_ROOT = root } }
    local text, passed = table.concat(result.lines, "\n"), {}
    for name in text:gmatch "\nPASSED %S+::TestPerigee::([^\n]+)" do passed[#passed + 1] = name end
    table.sort(passed)
    assert.same(expected(), passed, text:sub(-3000))
    assert.equal(17, #passed)
    assert.is_nil(text:find("\nFAILED", 1, true) or text:find("\nERROR", 1, true), text:sub(-3000))
  end)
end)
