-- A replay gives the same bytes each time, also where a real read asks for several lists at once.
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local scripted_api = require "spec.support.scripted_api"

local ACCOUNTS, PROJECTS = 12, 3
local ENTRIES = { { "tasks", "incremental" }, "projects", "accounts" }

local function answers()
  local all = { accounts = { body = scripted_api.rows(1, ACCOUNTS) } }
  for account = 1, ACCOUNTS do
    all["of/" .. account] = { body = scripted_api.rows(1, PROJECTS) }
    for project = 1, PROJECTS do
      all[("of/%d/%d?page=1"):format(account, project)] = { body = scripted_api.rows(1, 10) }
      all[("of/%d/%d?page=2"):format(account, project)] = { body = scripted_api.rows(11, 15) }
      all[("of/%d/%d?page=3"):format(account, project)] = { body = scripted_api.rows(1, 0) }
    end
  end
  return all
end

describe("a replay of children of children, and of several streams", function()
  local api, folder, har
  setup(function()
    api = scripted_api.start { { "", stream = "", answers = answers() } }
    local function stream(name, more)
      return ('return { name = "%s", base = "%s", %s }'):format(name, api.base(1), more)
    end
    folder = own_streams.folder {
      accounts = stream("accounts", 'path = "accounts", primary_key = "id"'),
      projects = stream("projects", 'parent = "accounts", path = "of/{parent.id}", primary_key = { "account", "id" }, '
        .. 'add = { account = "{parent.id}" }'),
      tasks = stream("tasks", 'parent = "projects", path = "of/{parent.account}/{parent.id}", paging = { page = "page" }, '
        .. 'primary_key = { "account", "project", "id" }, cursor = { field = "at" }, '
        .. 'add = { account = "{parent.account}", project = "{parent.id}" }'),
    }
    har = folder .. "/tasks.har"
    assert.equal(0, perigee.run(own_streams.words("read", folder, { entries = ENTRIES, words = { "--record", har } })).status)
  end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  it("prints the same bytes six times", function()
    local first
    for _ = 1, 6 do
      local result = perigee.run(own_streams.words("read", folder, { entries = ENTRIES, words = { "--replay", har } }))
      assert.equal(0, result.status, result.err)
      assert.equal(ACCOUNTS * PROJECTS * 15, #result.records "tasks")
      first = first or table.concat(result.lines, "\n")
      assert.equal(first, table.concat(result.lines, "\n"))
    end
  end)

  it("passes its test six times", function()
    assert.equal(0, perigee.run({ "test", folder, "--update" }).status)
    for _ = 1, 6 do
      local result = perigee.run { "test", folder }
      assert.equal(0, result.status, table.concat(result.lines, "\n"))
    end
  end)
end)
