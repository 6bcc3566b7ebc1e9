-- A user's list of projects lacks those of other teams. They are in the organization's list, and come one by one, as the
-- user's list would have them.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local json = require "json"
local json_text = require "spec.support.json_text"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local LINK = { Link = '<https://sentry.example/?cursor=0:0:0>; rel="next"; results="false"; cursor="0:0:0"' }
local ENTRY = { "projects", "incremental" }

local function read(scenario, given)
  local result = connector.read(scenario, { given and given.entry or ENTRY }, given)
  assert.equal(given and given.fails and 1 or 0, result.status, table.concat(result.lines, "\n"):sub(1, 3000))
  return result
end

-- Without what a server says of a project to each caller, and of its features in a list and by itself.
local function normal(texts)
  local list = {}
  for i, text in ipairs(texts) do
    list[i] = text:gsub('"is(%u[%l]+e[dr])": ?%l+', '"%1":0'):gsub('"features": ?%b[]', '"features":0')
  end
  return list
end

local function warned(result, words)
  return connector.logs(result, "WARN"):find(words, 1, true) ~= nil
end

local function slugs(result)
  local list = {}
  for i, text in ipairs(result.records()) do list[i] = json.decode(text).slug end
  table.sort(list)
  return list
end

teardown(perigee.cleanup)

describe("projects", function()
  for _, dialect in ipairs { "sentry-23.7.1", "sentry9", "sentry", "glitchtip" } do
    for _, who in ipairs { "owner", "member", "integration" } do
      it(("are all that the organization has, of %s, for the token of: %s"):format(dialect, who), function()
        local scenario = sentry.scenario { dialect = dialect, data = { projects = 43, teams = dialect ~= "glitchtip" },
          page_size = 10 }
        for _, mode in ipairs { "incremental", "full_refresh" } do
          local result = read(scenario, { entry = { "projects", mode }, config = { auth_token = sentry.tokens[who] } })
          assert.is_nil(connector.difference(normal(connector.truth(scenario, "projects")), normal(result.records())))
          assert.is_false(warned(result, "missing"))
        end
        local alone = #scenario.log "project" // 2
        local own_lists = dialect ~= "glitchtip" and who ~= "integration"
        assert.equal(own_lists, alone > 0)
      end)
    end
  end

  it("are the 130 of a recorded server, of which its list has 71", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { fixtures = "sentry-23.7.1" } }
    local records, listed = read(scenario).records(), json_text.elements(files.read "spec/fixtures/sentry-23.7.1/projects.json")
    assert.equal(130, #records)
    assert.equal(71, #listed)
    assert.same(listed, { table.unpack(records, 1, 71) })
    local wanted, got = {}, {}
    for _, part in ipairs { "", "_p2" } do
      for _, row in ipairs(json.decode(files.read("spec/fixtures/sentry-23.7.1/org_projects" .. part .. ".json"))) do
        wanted[#wanted + 1] = row.id
      end
    end
    for i, text in ipairs(records) do got[i] = json.decode(text).id end
    assert.is_nil(connector.difference(wanted, got))
  end)

  it("of other teams are asked for once, and those that come later by one request each", function()
    local data = { projects = 11 }
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = data }
    local first = read(scenario)
    assert.equal(11, #first.records())
    local asked = #scenario.log "project"
    assert.is_true(asked > 0)
    local again = read(scenario, { state = connector.states(first) })
    assert.same({}, again.records())
    assert.equal(asked, #scenario.log "project")
    data.later = { { projects = 8 } } -- of each team two
    scenario.change { data = data }
    local third = read(scenario, { state = connector.states(again) })
    assert.equal(8, #third.records())
    local new = #scenario.log "project" - asked
    assert.is_true(new > 0 and new < 8)
    assert.same({}, read(scenario, { state = connector.states(third) }).records())
    assert.equal(asked + new, #scenario.log "project")
  end)

  it("of other teams come again when what the organization's list shows of them has changed", function()
    local function serving(name, latest)
      local row = ('[{"id":"5","slug":"service-03","name":"%s","dateCreated":"2026-01-01T00:00:00Z","latestRelease":%s}]')
        :format(name, latest)
      return { { fault = "status", path = "organizations/acme/projects/", times = -1, status = 200, body = row, headers = LINK } }
    end
    local data = { projects = 4 } -- its token's user is in no team
    local token = { config = { auth_token = "teamless" } }
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = data, faults = serving("A", "null"),
      callers = { teamless = { kind = "owner", teams = {} } } }
    local result = read(scenario, token)
    assert.same({ "service-03" }, slugs(result))
    for _, change in ipairs { { "A", '{"version":"2"}', 0 }, { "B", '{"version":"2"}', 1 }, { "B", "null", 0 } } do
      scenario.change { faults = serving(change[1], change[2]) }
      token.state = connector.states(result)
      result = read(scenario, token)
      assert.equal(change[3], #result.records())
    end
    assert.equal(2, #scenario.log "project")
  end)

  it("have the members of the user's list alone, also where that is empty", function()
    local recorded = {}
    for name in pairs(json.decode(files.read "spec/fixtures/sentry-23.7.1/projects.json")[1]) do recorded[name] = true end
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 9 },
      callers = { teamless = { kind = "owner", teams = {} } } }
    for _, token in ipairs { "teamless", sentry.tokens.owner } do
      local result = read(scenario, { config = { auth_token = token } })
      assert.equal(9, #result.records())
      for _, text in ipairs(result.records()) do
        local names = {}
        for name in pairs(json.decode(text)) do names[name] = true end
        assert.same(recorded, names)
        assert.is_nil(text:find("securityToken", 1, true))
      end
    end
  end)

  it("that the token may not see are told of, the others are read, and the next read asks for them again", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 12 }, closed_membership = true }
    local token = { auth_token = sentry.tokens.member }
    local result = read(scenario, { config = token })
    assert.same({ "mobile", "service-06", "service-10" }, slugs(result))
    assert.is_true(warned(result, "9 of 9 records that projects/ lacks could not be read, and are missing; the next read "
      .. "asks for them again. The first: "), connector.logs(result, "WARN"))
    scenario.change { closed_membership = false }
    local state = connector.states(result)
    assert.equal(9, #read(scenario, { state = state, config = token }).records())
  end)

  it("of which one has gone since it was listed come without it, and that is told", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 8 },
      faults = { { fault = "status", path = "projects/acme/mobile/", status = 404, times = -1 } } }
    local result = read(scenario)
    assert.equal(7, #result.records())
    assert.is_true(warned(result, "records that projects/ lacks could not be read"))
  end)

  it("are those of the user's list, with a warning, where the token may not read the organization's", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 12 },
      callers = { narrow = { kind = "owner", scopes = { "project:read" }, teams = { "mobile" } } } }
    local result = read(scenario, { config = { auth_token = "narrow" } })
    assert.same({ "mobile", "service-06", "service-10" }, slugs(result))
    assert.is_true(warned(result, "org:read"))
    assert.is_true(warned(result, "records that only this list has may be missing"))
  end)

  it("are none for a user of another organization, which is told, and an error for an organization's token", function()
    for _, dialect in ipairs { "sentry-23.7.1", "sentry", "sentry9" } do
      local scenario = sentry.scenario { dialect = dialect, data = { projects = 4, teams = true } }
      local result = read(scenario, { config = { auth_token = sentry.tokens.outsider } })
      assert.same({}, result.records())
      assert.is_true(warned(result, "belongs to another organization"))
      assert.is_true(warned(result, "records that only this list has may be missing"))
    end
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 4 } }
    local refused = read(scenario, { config = { auth_token = sentry.tokens.organization }, fails = true })
    assert.equal("config_error", connector.errors(refused, "projects")[1].failure_type)
  end)

  it("are an error where there is no such organization, and a warning where a server lacks its list alone", function()
    for _, dialect in ipairs { "sentry-23.7.1", "sentry", "sentry9" } do
      local scenario = sentry.scenario { dialect = dialect, data = { projects = 4 } }
      local result = read(scenario, { config = { organization = "acmee" }, fails = true })
      local failure = connector.errors(result, "projects")[1]
      assert.equal("config_error", failure.failure_type, dialect)
      assert.matches("knows no such organization or project.*organizations/acmee/projects/", failure.message, dialect)
      scenario.change { faults = { { fault = "status", path = "organizations/acme/projects/", status = 404, times = -1 } } }
      assert.is_true(warned(read(scenario), "records that only this list has may be missing"), dialect)
    end
  end)

  it("are incomplete where one cannot be read for another reason, and the next read goes on", function()
    for path, request in pairs { ["/projects/acme/service-"] = 4, ["organizations/acme/projects/"] = 1 } do
      local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 24 },
        faults = { { fault = "status", path = path, request = request, status = 500, times = -1 } } }
      local words = { "--retry-attempts=1", "--checkpoint-records=1" }
      local cut = read(scenario, { fails = true, words = words, config = { num_workers = 1 } })
      assert.equal("transient_error", connector.errors(cut, "projects")[1].failure_type)
      assert.is_true(#cut.records() < 24)
      scenario.change { faults = {} }
      local rest = read(scenario, { state = connector.states(cut) })
      local all = cut.records()
      table.move(rest.records(), 1, #rest.records(), #all + 1, all)
      assert.is_nil(connector.difference(normal(connector.truth(scenario, "projects")), normal(all)))
    end
  end)

  it("are asked for until enough are shown, when they are tried, and a plan tells of both lists", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 60 } }
    local config = perigee.write(sentry.config(scenario, { auth_token = sentry.tokens.member, num_workers = 2 }))
    local function try(...)
      local result = perigee.run { "try", "projects", "--config", config, ... }
      local text = table.concat(result.lines, "\n")
      assert.equal(0, result.status, text)
      return text
    end
    assert.is_truthy(try("--plan"):find("/organizations/acme/projects/, and by itself each record of that", 1, true))
    assert.equal(0, #scenario.log "project")
    assert.is_truthy(try("--limit", "20"):find("1 record · which the list lacks", 1, true))
    assert.is_true(#scenario.log "project" < 30)
  end)

  it("before start_date are not asked for", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 8 } }
    assert.same({}, read(scenario, { config = { start_date = "2098-01-01T00:00:00Z" } }).records())
    assert.equal(0, #scenario.log "project")
  end)

  it("are not asked for one by one where the organization's list takes the place of the user's", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 8 },
      faults = { { fault = "gone", path = "/api/0/projects/", query = "", times = -1 } } }
    assert.equal(8, #read(scenario).records())
    assert.equal(0, #scenario.log "project")
  end)

  local CHILD = { mine = [[return { name = "mine", parent = "projects", primary_key = "id",
    path = "projects/{organization}/{parent.slug}/issues/", params = { query = "" } }]] }

  it("are not asked for by a check of a stream that is read for each of them", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 9 } }
    local status, message = connector.check(scenario, { words = { "--scripts", own_streams.folder(CHILD) } })
    assert.equal("SUCCEEDED", status, message)
    assert.equal(0, #scenario.log "org_projects")
    for _, request in ipairs(scenario.log "project") do assert.matches("/web%-frontend/$", request.path) end
  end)

  it("are all parents of a stream that is read for each of them", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { projects = 9, project_issues = { mobile = 3 } } }
    local result = own_streams.read(scenario, CHILD, "mine")
    assert.equal(0, result.status, connector.logs(result))
    local asked = {}
    for _, request in ipairs(scenario.log "issues") do asked[request.path] = true end
    local count = 0
    for _ in pairs(asked) do count = count + 1 end
    assert.equal(9, count)
    assert.equal(43, #result.records())
  end)
end)

describe("organizations", function()
  local function of(scenario, who)
    local result = read(scenario, { entry = "organizations", config = { auth_token = sentry.tokens[who] } })
    local records = {}
    for i, text in ipairs(result.records "organizations") do records[i] = json.decode(text) end
    return records, result
  end

  it("are the configured one where the list is empty, as for an integration's token, with the members of a list's", function()
    for _, dialect in ipairs { "sentry-23.7.1", "hosted" } do
      local scenario = sentry.scenario { dialect = dialect }
      local listed = of(scenario, "owner")
      assert.equal("/api/0/organizations/", scenario.log()[#scenario.log()].path)
      local found, result = of(scenario, "integration")
      assert.equal("", connector.logs(result, "WARN"), dialect)
      listed[1].access, listed[1].onboardingTasks = nil, nil
      assert.same(listed, found, dialect)
    end
  end)

  it("are told of as missing where the list is empty and the configured one is not the token's", function()
    local refused = { fault = "status", status = 403, path = "organizations/acme/$", times = -1 }
    local found, result = of(sentry.scenario { dialect = "sentry-23.7.1", faults = { refused } }, "integration")
    assert.same({}, found)
    assert.is_true(warned(result, "1 of 1 records that organizations/ lacks could not be read, and are missing"))
  end)

  it("are those of the list alone where the token sees some", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1" }
    local found = of(scenario, "outsider")
    assert.equal(1, #found)
    assert.is_true(found[1].slug ~= "acme")
    assert.same({}, scenario.log "organization")
  end)
end)
