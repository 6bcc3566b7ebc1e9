-- The sets of streams: what `sync` and `check` take where nobody names a stream, and by the words for more.
local database = require "spec.support.database"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

-- A stream of the organization's list of projects, under another name.
local function script(name, marks)
  return ("return { name = '%s', path = 'organizations/{organization}/projects/', primary_key = 'id', %s }"):format(name, marks)
end

local SHIPPED = { aa_plain = "", aa_suggested = "suggested = true,", aa_named = "only_named = true," }
local ADDED = { "aa_named", "aa_plain", "aa_suggested" }

-- An installed perigee that ships these streams, too.
local function installed()
  local root, share = perigee.folder "sets/bin", perigee.folder "sets/share/perigee"
  assert(os.execute(("cp %s %s/perigee && cp -r scripts schemas %s/"):format(perigee.binary, root, share)))
  for name, marks in pairs(SHIPPED) do
    perigee.write(script(name, marks), ("sets/share/perigee/scripts/streams/%s.lua"):format(name))
  end
  return root .. "/perigee"
end

describe("the sets of streams", function()
  local binary, scenario, own, config
  setup(function()
    binary, scenario = installed(), sentry.scenario { data = { events = 3, issues = 3, releases = 3 } }
    config = perigee.write(sentry.config(scenario))
    own = own_streams.folder { mine = script("mine", "") }
  end)
  teardown(perigee.cleanup)

  local function sync(...)
    local file = perigee.new_path ".db"
    local result = perigee.run { "sync", "--to", file, "--config", config, binary = binary, ... }
    return result, file
  end

  local function read_by(...)
    local result, file = sync(...)
    assert.equal(0, result.status, result.err)
    return database.value(file, "SELECT group_concat(stream, ' ') FROM (SELECT stream FROM _perigee_tables ORDER BY stream)")
  end

  local function joined(...)
    local all = {}
    for _, names in ipairs { ... } do table.move(names, 1, #names, #all + 1, all) end
    table.sort(all)
    return table.concat(all, " ")
  end

  it("are the five of airbyte/source-sentry, and one's own, where nobody names a stream", function()
    assert.same(streams.of_peer, streams.marked "default")
    assert.equal(joined(streams.of_peer), read_by())
    assert.equal(joined({ "mine" }, streams.of_peer), read_by("--scripts", own))
  end)

  it("are those that suit most by `suggested`, which may stand beside names", function()
    -- Fewer than all, for the shipped ones of the catalogue are many.
    local exclude = {}
    for _, name in ipairs(streams.marked "suggested") do
      if name ~= "issues" then exclude[#exclude + 1] = name end
    end
    local words = { "--exclude", table.concat(exclude, ","), "--scripts", own }
    assert.equal("aa_suggested issues mine", read_by("--streams", "suggested", table.unpack(words)))
    assert.equal("aa_plain aa_suggested issues mine", read_by("--streams", "aa_plain,suggested,issues", table.unpack(words)))
  end)

  it("are all by `all`, but for those that are read where they are named", function()
    local result = sync("--streams", "all", "--dry-run", "--json")
    local planned = table.concat(result.lines, "\n") .. result.err
    for _, name in ipairs { "aa_plain", "aa_suggested", table.unpack(streams.of_peer) } do assert.matches(name, planned) end
    assert.is_nil(planned:find("aa_named", 1, true))
    assert.equal("aa_named", read_by("--streams", "aa_named"))
  end)

  it("are what `check` asks for, one request each", function()
    local function asked(...)
      local before = #scenario.log()
      local result = perigee.run { "check", "--config", config, binary = binary, ... }
      assert.equal("SUCCEEDED", result.of("CONNECTION_STATUS")[1].status)
      local found = {}
      for at, one in ipairs(scenario.log()) do
        if at > before and one.path:find "organizations/[^/]+/projects/$" then found[#found + 1] = one.path end
      end
      return #found
    end
    assert.equal(asked("--streams", "issues"), asked())
    assert.equal(asked() + 1, asked("--streams", "default,aa_plain"))
    assert.equal(asked() + 2, asked("--streams", "aa_named,aa_plain"))
  end)

  it("leave out none that `discover` lists", function()
    local listed = {}
    for _, stream in ipairs(perigee.run({ "discover", binary = binary }).of "CATALOG"[1].streams) do
      listed[#listed + 1] = stream.name
    end
    assert.equal(joined(ADDED, streams.shipped), table.concat(listed, " "))
  end)

  it("leave out what the server does not have, unless it was named", function()
    local old = sentry.scenario { data = { events = 1, issues = 1, releases = 1 }, faults = {
      { fault = "status", status = 404, path = "/aa_suggested/$", times = -1 } } }
    local missing = "return { name = 'aa_suggested', path = 'organizations/{organization}/aa_suggested/', suggested = true }"
    perigee.write(missing, "sets/share/perigee/scripts/streams/aa_suggested.lua")
    local there = perigee.write(sentry.config(old))
    local function run(verb, ...) return perigee.run { verb, "--config", there, binary = binary, ... } end
    local exclude = {}
    for _, name in ipairs(streams.marked "suggested") do
      if name ~= "issues" then exclude[#exclude + 1] = name end
    end
    local synced = run("sync", "--to", perigee.new_path ".db", "--streams=suggested", "--exclude=" .. table.concat(exclude, ","))
    assert.equal(0, synced.status, synced.err)
    assert.matches("aa_suggested is left out: the server has no such list", synced.err)
    local found = run("check", "--streams=issues,suggested").of "CONNECTION_STATUS"[1]
    assert.equal("SUCCEEDED", found.status, found.message)
    assert.matches("the server has no such list, or not for this organization: [^\n]*aa_suggested", found.message)
    assert.equal("FAILED", run("check", "--streams=issues,aa_suggested").of "CONNECTION_STATUS"[1].status)
    perigee.write(script("aa_suggested", SHIPPED.aa_suggested), "sets/share/perigee/scripts/streams/aa_suggested.lua")
  end)

  it("say which word was meant, and make no file", function()
    local result, file = sync("--streams", "suggestd")
    assert.equal(1, result.status)
    assert.matches("there is no stream 'suggestd'", result.err)
    assert.is_nil(io.open(file))
    local checked = perigee.run { "check", "--config", config, "--streams", "isues" }
    assert.equal(1, checked.status)
    assert.matches("there is no stream 'isues'; did you mean 'issues'%?", table.concat(checked.lines, "\n"))
  end)
end)
