-- What a server shows of passwords and keys stays out of records, unless include_secrets names it.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

-- One answer for a stream, and what of it may go out.
local CASES = {
  integrations = { path = "/integrations/$",
    body = '[{"id":"1","configData":{"team_table":[{"integration_key":"K-9"}],"service_table":[{"integration_key":"K-9"}]}}]',
    out = '{"id":"1","configData":{}}' },
  audit_logs = { path = "/audit-logs/$", body = '{"rows":[{"id":"1","dateCreated":"2026-11-01T00:00:00Z","data":{"public":"p",'
    .. '"secret_key":"K-9","key":"K-9","sentry:token":"K-9","sentry:symbol_sources":[{"password":"K-9"}],"slug":"a"}}]}',
    out = '{"id":"1","dateCreated":"2026-11-01T00:00:00Z","data":{"public":"p","slug":"a"}}' },
}

local NO_MORE = '<http://127.0.0.1/>; rel="next"; results="false"; cursor="0:100:0"'

local function scenario_of(path, body)
  local fault = { fault = "status", path = path, status = 200, body = body, headers = { Link = NO_MORE }, times = -1 }
  return sentry.scenario { dialect = "sentry-23.7.1", data = { events = 1 }, faults = { fault } }
end

describe("a credential in an answer", function()
  teardown(perigee.cleanup)

  it("of a symbol server stays out of a project's options", function()
    local scenario = scenario_of("/projects/acme/web-frontend/$", files.read "spec/fixtures/sentry-23.7.1/project.json")
    local plain = connector.read(scenario, { "project_detail" })
    assert.equal(0, plain.status, plain.err)
    local record = plain.records "project_detail"[1]
    assert.is_nil(record:find("not-a-real-password", 1, true))
    assert.is_truthy(record:find('"symbolSources"', 1, true))
    for _, name in ipairs { "project_detail", "sentry:symbol_sources", "project_detail.options.sentry:symbol_sources" } do
      local whole = connector.read(scenario, { "project_detail" }, { config = { include_secrets = { name } } })
      assert.is_truthy(whole.records "project_detail"[1]:find("not-a-real-password", 1, true), name)
    end
  end)

  for stream, case in pairs(CASES) do
    it("of " .. stream .. " stays out of its records", function()
      local scenario = scenario_of(case.path, case.body)
      local plain = connector.read(scenario, { stream })
      assert.same({ case.out }, plain.records(stream))
      local whole = connector.read(scenario, { stream }, { config = { include_secrets = { stream } } })
      assert.is_truthy(whole.records(stream)[1]:find("K-9", 1, true))
    end)
  end
end)
