--- Issues that are resolved, assigned, merged or deleted keep their lastSeen: a sync reads the whole list once a day, so that its
--- table says what the server says.
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local DAY = 86400
local DATA = { issues = 250, events = 0, projects = 2, project_issues = { backend = 30 } }
local PAGES = 3 -- of the 250 issues
local NEW = 2 -- requests where nothing is new: the newest issues lie in the lookback, so that a page below is looked at
local RECENT = 12 -- issues in the lookback, which come again where they have changed

local function scenario_of(more)
  local spec = { data = DATA }
  for name, value in pairs(more or {}) do spec[name] = value end
  return sentry.scenario(spec)
end

-- Something happens on the server, and so many seconds after its beginning is the next sync.
local function later(scenario, seconds, ...)
  local data = { later = { ... } }
  for name, value in pairs(scenario.spec.data) do
    if name ~= "later" then data[name] = value end
  end
  scenario.change { data = data, clock = { shift_seconds = seconds } }
end

local function sync(scenario, file, config, ...)
  return perigee.run(connector.words("sync", scenario, { config = config, words = { "--to", file, "--streams=issues", ... } }))
end

local function done(scenario, file, config, ...)
  local result = sync(scenario, file, config, "--json", ...)
  assert.equal(0, result.status, result.err)
  return connector.summary(result).issues
end

local function requests(scenario, count) return #scenario.log "issues" - count end

local CHANGES = { resolves = 20, assigns = 10 }

local function assert_same(scenario, file) database.assert_holds(file, "issues", "id", connector.held(scenario, "issues")) end

describe("a list that changes without moving its cursor", function()
  teardown(perigee.cleanup)

  it("is read whole once a day by a sync, and what has changed is in the table then", function()
    local scenario, file = scenario_of(), perigee.new_path ".db"
    assert.equal(250, done(scenario, file).new)
    later(scenario, DAY // 2, CHANGES)
    local count = #scenario.log "issues"
    assert.is_true(done(scenario, file).updated <= RECENT)
    assert.equal(NEW, requests(scenario, count))
    assert.has_error(function() assert_same(scenario, file) end)
    later(scenario, DAY + 60, CHANGES)
    count = #scenario.log "issues"
    assert.is_true(done(scenario, file).updated >= 20)
    assert_same(scenario, file)
    assert.is_true(requests(scenario, count) <= NEW + PAGES + 1)
    count = #scenario.log "issues"
    assert.equal(0, done(scenario, file).updated)
    assert.equal(NEW, requests(scenario, count))
  end)

  it("is not read whole where the configuration says so, and more often where it says that", function()
    local scenario, file = scenario_of(), perigee.new_path ".db"
    done(scenario, file)
    later(scenario, 2 * DAY, CHANGES)
    local count = #scenario.log "issues"
    for _, off in ipairs { "off", { issues = "off" }, { ["*"] = "P1W" } } do
      assert.is_true(done(scenario, file, { refresh = off }).updated <= RECENT)
    end
    assert.equal(3 * NEW, requests(scenario, count))
    done(scenario, file, { refresh = { issues = "PT1H" } })
    assert_same(scenario, file)
    later(scenario, 2 * DAY + 3600, CHANGES, CHANGES)
    done(scenario, file, { refresh = "PT1H" })
    assert_same(scenario, file)
  end)

  it("is read whole of each project by itself", function()
    local scenario, file = scenario_of(), perigee.new_path ".db"
    local both = { project = "web-frontend, backend" }
    done(scenario, file, { project = "web-frontend" })
    later(scenario, DAY // 2)
    done(scenario, file, both)
    later(scenario, DAY + 60, CHANGES, { resolves = 9, project = "backend" })
    local updated = done(scenario, file, both).updated
    assert.is_true(updated >= 20, updated)
    later(scenario, DAY // 2 + DAY + 60, CHANGES, { resolves = 9, project = "backend" })
    assert.is_true(done(scenario, file, both).updated > 0)
    local truth = {}
    for _, record in ipairs(scenario.truth().issues) do truth[#truth + 1] = record end
    database.assert_holds(file, "issues", "id", truth)
  end)

  it("is read whole where it is a stream of one's own that says how often, and all of it goes out", function()
    local scripts = own_streams.folder { mine = [[
return {
  name = "mine", path = "projects/{organization}/{project}/issues/", params = { query = "" }, primary_key = "id",
  cursor = { field = "lastSeen", ordered_by = "lastSeen", changes = true }, refresh = { every = "P1D", without = { "count" } },
}]] }
    local scenario, file = scenario_of(), perigee.new_path ".db"
    local function mine()
      local result = perigee.run(connector.words("sync", scenario,
        { words = { "--to", file, "--streams=mine", "--scripts", scripts, "--json" } }))
      assert.equal(0, result.status, result.err)
      return connector.summary(result).mine
    end
    mine()
    later(scenario, DAY + 60, CHANGES)
    local second = mine()
    assert.is_true(second.updated >= 20 and second.unchanged >= 200)
    database.assert_holds(file, "mine", "id", connector.held(scenario, "issues"))
    assert.equal(0, mine().updated)
  end)

  it("is told of by --dry-run and --plan, and warned of where it is misspelt", function()
    local scenario, file = scenario_of(), perigee.new_path ".db"
    done(scenario, file)
    local function reads()
      return table.concat(sync(scenario, file, nil, "--dry-run").lines, "\n"):match "\n  reads    ([^\n]*)"
    end
    assert.matches("^what is new since .*; the whole list for what has changed from 20", reads())
    later(scenario, DAY + 60)
    assert.matches("^what is new since .*, and the whole list for what has changed$", reads())
    local status = perigee.run { "status", "--to", file }
    assert.matches("\nissues: the whole list is read for what has changed from 20", table.concat(status.lines, "\n"))
    local misspelt = sync(scenario, file, { refresh = { isues = "off", events = "P1D" } })
    assert.matches("refresh of the configuration: there is no stream 'isues'; did you mean 'issues'%?", misspelt.err)
    local wrong = sync(scenario, file, { refresh = "daily" })
    assert.matches('refresh must be a duration such as "P1D"', wrong.err)
  end)

  it("comes in `read` only where the configuration says so, with a state that tells when", function()
    local scenario = scenario_of()
    local issues = { { "issues", "incremental" } }
    local first = connector.read(scenario, issues)
    assert.is_nil(connector.state(first).refresh)
    later(scenario, DAY + 60, CHANGES)
    local second = connector.read(scenario, issues, { state = connector.states(first) })
    assert.is_true(#second.records() <= RECENT)
    local third = connector.read(scenario, issues, { state = connector.states(second), config = { refresh = "P1D" } })
    local came = {}
    for _, result in ipairs { first, second, third } do
      for _, text in ipairs(result.records "issues") do came[text] = true end
    end
    for _, text in ipairs(connector.truth(scenario, "issues")) do assert.is_true(came[text], text) end
    assert.is_true(#third.records() >= DATA.issues - RECENT)
    assert.matches("the whole list is read for records that have changed and kept their lastSeen", connector.logs(third))
    assert.is_string(connector.state(third).refresh.done)
    local fourth = connector.read(scenario, issues, { state = connector.states(third), config = { refresh = "P1D" } })
    assert.same({}, fourth.records())
  end)
end)

-- ---- what was sent is noted

local ISSUES = { { "issues", "incremental" } }

-- A read that goes on from another one, by a folder in which it is noted what was sent.
local function read(scenario, folder, before, config, ...)
  local words = { folder and "--ledger=" .. folder or nil, ... }
  local result = connector.read(scenario, ISSUES, { state = before and connector.states(before), words = words,
    config = config or { refresh = "P1D" } })
  assert.equal(0, result.status, connector.logs(result))
  return result
end

local folders = 0

local function new_folder()
  folders = folders + 1
  return perigee.folder("ledger" .. folders)
end

local function changed_since(scenario, texts)
  local known, changed = {}, {}
  for _, text in ipairs(texts) do known[text] = true end
  for _, text in ipairs(connector.truth(scenario, "issues")) do
    if not known[text] then changed[#changed + 1] = text end
  end
  return changed
end

describe("a read with a ledger", function()
  teardown(perigee.cleanup)

  it("sends of a list that is read whole again what has changed, once", function()
    local scenario, folder = scenario_of(), new_folder()
    local first = read(scenario, folder)
    later(scenario, DAY + 60, CHANGES)
    local second = read(scenario, folder, first)
    assert.is_nil(connector.difference(changed_since(scenario, first.records "issues"), second.records "issues"))
    assert.is_true(#second.records "issues" >= 20)
    later(scenario, 2 * DAY + 120, CHANGES)
    assert.same({}, read(scenario, folder, second).records())
  end)

  it("sends all rows without a folder, or with one that is empty or of another reader", function()
    local scenario, folder = scenario_of(), new_folder()
    local first = read(scenario, folder)
    local other = read(scenario, folder)
    later(scenario, DAY + 60, CHANGES)
    for _, where in ipairs { false, new_folder(), folder } do
      local all = read(scenario, where or nil, where == folder and connector.read(scenario, ISSUES) or first)
      assert.is_true(#all.records "issues" >= DATA.issues - RECENT)
    end
    assert.is_true(#read(scenario, folder, other).records "issues" < 40)
  end)

  it("sends again what a platform has lost that goes on from an older state", function()
    local scenario, folder = scenario_of(), new_folder()
    local first = read(scenario, folder)
    later(scenario, DAY + 60, CHANGES)
    local lost = read(scenario, folder, first)
    local again = read(scenario, folder, first)
    assert.is_nil(connector.difference(changed_since(scenario, first.records "issues"), again.records "issues"))
    assert.is_true(#lost.records "issues" >= 20)
  end)

  it("sends what has changed back while it was not noted what was sent", function()
    local scenario, folder = scenario_of(), new_folder()
    local first = read(scenario, folder)
    later(scenario, DAY + 60)
    local without = read(scenario, nil, first)
    later(scenario, 2 * DAY + 120)
    assert.is_true(#read(scenario, folder, without).records "issues" >= DATA.issues - RECENT)
  end)

  it("says what has no effect without a `refresh`", function()
    local result = read(scenario_of(), new_folder(), nil, { track_deletes = true })
    local told = connector.logs(result, "WARN")
    assert.matches("%-%-ledger has no effect without `refresh` in the configuration", told)
    assert.matches("`track_deletes` has no effect without `refresh`", told)
  end)

  it("says of a folder that is not there that it cannot be written", function()
    local result = connector.read(scenario_of(), ISSUES, { words = { "--ledger=" .. perigee.new_path "" .. "/none" } })
    assert.equal(1, result.status)
    assert.matches("^%-%-ledger: .*/none/sent.db: ", connector.errors(result)[1].message)
  end)

  it("tells of records that are gone, by their key and since when, and once", function()
    local scenario, folder = scenario_of(), new_folder()
    local config = { refresh = "P1D", track_deletes = true }
    local first = read(scenario, folder, nil, config)
    later(scenario, DAY + 60, { deletes = { issues = 7 } })
    local held = {}
    for _, record in ipairs(connector.held(scenario, "issues")) do held[record.key] = true end
    local gone = read(scenario, folder, first, config).records "issues"
    assert.equal(7, #gone)
    for _, text in ipairs(gone) do
      local id = text:match '^{"id":"(%d+)","_deleted_at":"2%d%d%d%-[^"]*Z"}$'
      assert.is_true(id and not held[id], text)
    end
    local without = read(scenario, nil, first, config)
    assert.matches("`track_deletes` of the configuration has no effect", connector.logs(without, "WARN"))
  end)
end)

describe("a sync that tracks deletes", function()
  teardown(perigee.cleanup)

  it("has `discover` say so of lists of one project, where the configuration has both", function()
    local scenario = sentry.scenario { data = DATA }
    local function declares(config)
      local words, found = connector.words("discover", scenario, { config = config }), {}
      for _, stream in ipairs(perigee.run(words).of "CATALOG"[1].streams) do
        if stream.json_schema.properties._deleted_at then found[#found + 1] = stream.name end
      end
      return found
    end
    assert.same({ "issues" }, declares { refresh = "P1D", track_deletes = true })
    assert.same({}, declares { track_deletes = true })
    assert.same({}, declares { refresh = "P1D" })
  end)

  local TRACKS = { track_deletes = true, refresh = "P1D" }

  local function marked(file) return database.value(file, "SELECT count(*) FROM issues WHERE _deleted_at IS NOT NULL") end

  it("has the rows of records that are gone say since when", function()
    local scenario, file = scenario_of(), perigee.new_path ".db"
    done(scenario, file, TRACKS)
    later(scenario, DAY + 60, { deletes = { issues = 7 }, merges = 2 })
    local count = #scenario.log "issues"
    done(scenario, file, TRACKS)
    local twice = NEW + 2 * (PAGES + 1) -- as something lacks; a look at the top again each time
    assert.is_true(requests(scenario, count) >= twice - 2 and requests(scenario, count) <= twice, requests(scenario, count))
    assert.same({ 9, 250 }, { marked(file), database.value(file, "SELECT count(*) FROM issues") })
    local there = database.rows(file, "SELECT id FROM issues WHERE _deleted_at IS NULL")
    assert.equal(#connector.held(scenario, "issues"), #there)
    later(scenario, 2 * DAY + 120)
    assert.equal(0, done(scenario, file, TRACKS).updated)
  end)

  it("takes nothing for deleted where the list was not read to its end, or the project may not be read", function()
    local scenario, file = scenario_of(), perigee.new_path ".db"
    done(scenario, file, TRACKS)
    later(scenario, DAY + 60, { deletes = { issues = 7 } })
    for _, fault in ipairs { { page = "last", status = 500 }, { status = 403 }, { status = 404 } } do
      fault.fault, fault.path, fault.times = "status", "/issues/", -1
      scenario.change { faults = { fault } }
      assert.equal(1, sync(scenario, file, TRACKS).status)
      assert.equal(0, marked(file))
    end
    scenario.change { faults = {} }
    done(scenario, file, TRACKS)
    assert.equal(7, marked(file))
  end)

  it("adds the lines of what has changed to a folder of JSON lines, and of what is gone", function()
    local scenario, folder = scenario_of(), perigee.new_path "" .. "/"
    assert.equal(250, done(scenario, folder, TRACKS).new)
    later(scenario, DAY + 60, CHANGES, { deletes = { issues = 4 } })
    local changed = done(scenario, folder, TRACKS).new
    assert.is_true(changed >= 20 and changed <= 34, changed)
    later(scenario, 2 * DAY + 120, CHANGES, { deletes = { issues = 4 } })
    assert.equal(0, done(scenario, folder, TRACKS).new)
  end)
end)

-- ---- lists that change while they are read

describe("random histories of issues that change while they are read", function()
  teardown(perigee.cleanup)

  local HISTORIES, ROUNDS = os.getenv "PERIGEE_LONG" == "1" and 30 or 3, 2
  local SEED = math.tointeger(tonumber(os.getenv "PERIGEE_SEED")) or os.time()
  local QUICK = { refresh = "PT1H", track_deletes = true }

  local function new_trial(number)
    local seed = SEED + number
    return { number = number, file = perigee.new_path ".db", scenario = sentry.scenario {
      data = { seed = seed, issues = 60, events = 0 }, page_size = 6,
      change = { adds = 0.4, updates = 0.6, deletes = 0.2, resolves = 0.5, assigns = 0.3, lists = { "issues" }, seed = seed },
    } }
  end

  local function run(trials)
    local list = {}
    for i, trial in ipairs(trials) do
      list[i] = connector.words("sync", trial.scenario,
        { config = QUICK, words = { "--to", trial.file, "--streams=issues", "--checkpoint-records=7" } })
    end
    for i, result in ipairs(perigee.run_all(list, 3)) do
      assert(result.status == 0, ("history %d (PERIGEE_SEED=%d): %s"):format(i, SEED, result.err))
    end
  end

  -- A record that is there is never taken for deleted; after a read that nothing disturbs, none that is gone stays.
  local function assert_true(trial, quiet)
    local there = {}
    for _, record in ipairs(connector.held(trial.scenario, "issues")) do there[record.key] = true end
    local words = ("history %d (PERIGEE_SEED=%d)"):format(trial.number, SEED)
    for _, row in ipairs(database.rows(trial.file, "SELECT id, _deleted_at IS NOT NULL FROM issues")) do
      local gone = row[2] == "1"
      assert(not (gone and there[row[1]]), words .. ": a record that is there was taken for deleted: " .. row[1])
      assert(not quiet or gone or there[row[1]], words .. ": a record that is gone stays: " .. row[1])
    end
  end

  it("leave tables that say what the server says, and take nothing for deleted that is there", function()
    local trials = {}
    for number = 1, HISTORIES do trials[number] = new_trial(number) end
    for round = 1, ROUNDS do
      run(trials)
      for _, trial in ipairs(trials) do
        assert_true(trial)
        trial.scenario.change { clock = { shift_seconds = round * 7200 } }
      end
    end
    for _, trial in ipairs(trials) do trial.scenario.change { change = {} } end
    run(trials)
    for _, trial in ipairs(trials) do
      assert_true(trial, true)
      database.value(trial.file, "DELETE FROM issues WHERE _deleted_at IS NOT NULL; SELECT 1")
      assert_same(trial.scenario, trial.file)
    end
  end)
end)
