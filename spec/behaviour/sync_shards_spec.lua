-- One sync, split among processes by --shard, each into a file of its own: together they hold what one sync holds.
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local UNTIL = "2026-11-20T09:30:01Z"

local function words(scenario, to, shard, more, config)
  return connector.words("sync", scenario, { config = config, words = { "--to", to, "--shard", shard, "--until", UNTIL, "--quiet",
    table.unpack(more or {}) } })
end

local function column(file, sql)
  local list = {}
  for i, row in ipairs(database.rows(file, sql)) do list[i] = row[1] end
  return list
end

local function has_table(file, stream)
  return database.value(file, "SELECT count(*) FROM sqlite_schema WHERE name = " .. database.text(stream)) == 1
end

describe("a sync in shards", function()
  local scenario
  setup(function()
    scenario = sentry.scenario { now = "2026-11-20T09:30:00Z", limits = false,
      data = { events = 160, issues = 20, releases = 8, projects = 4, span_hours = 400 } }
  end)
  teardown(perigee.cleanup)

  it("keeps each record in the file of one shard, and a list that is not split in one file alone", function()
    local files, list = {}, {}
    for index = 0, 2 do
      files[index] = perigee.folder() .. ("/three-%d.db"):format(index)
      list[index + 1] = words(scenario, files[index], index .. "/3")
    end
    for _, result in ipairs(perigee.run_all(list, 3)) do assert.equal(0, result.status, result.err) end
    local ids, issues, details = {}, 0, 0
    for index = 0, 2 do
      for _, id in ipairs(column(files[index], "SELECT id FROM events")) do ids[#ids + 1] = id end
      if has_table(files[index], "issues") then issues = issues + 1 end
      if has_table(files[index], "project_detail") then details = details + 1 end
    end
    local held = {}
    for i, record in ipairs(connector.held(scenario, "events")) do held[i] = record.key end
    assert.is_nil(connector.difference(held, ids))
    assert.same({ 1, 1 }, { issues, details })
    -- The next sync of the same shard goes on; another shard is refused, and so is a sync of all: no list of theirs comes.
    assert.equal(0, perigee.run(words(scenario, files[0], "0/3", { "--streams=events" })).status)
    local tables = "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name)"
    local there = database.value(files[0], tables)
    for _, other in ipairs { words(scenario, files[0], "1/3"), words(scenario, files[0], "2/3"),
      connector.words("sync", scenario, { words = { "--to", files[0], "--quiet" } }) } do
      local result = perigee.run(other)
      assert.equal(1, result.status)
      assert.matches("is of shard 0/3", result.err)
      assert.equal(there, database.value(files[0], tables))
    end
  end)

  it("reads a stream anew where --full says so, and replaces what this shard has of it", function()
    local file = perigee.folder() .. "/full.db"
    local first = perigee.run(words(scenario, file, "1/2", { "--streams=events", "--json" }))
    assert.same({ 0, "2026-11-20T09:30:01.000000Z" }, { first.status, connector.summary(first).events.next_from })
    local before = database.value(file, "SELECT count(*) FROM events")
    assert.equal(0, perigee.run(words(scenario, file, "1/2", { "--streams=events", "--full=events" })).status)
    assert.is_true(before > 0 and before < 160)
    assert.equal(before, database.value(file, "SELECT count(*) FROM events"))
  end)

  it("has nothing to do, and makes nothing, where all that is wanted is another shard's", function()
    local made = 0
    for index = 0, 1 do
      local file = perigee.folder() .. ("/lone-%d.db"):format(index)
      local result = perigee.run(words(scenario, file, index .. "/2", { "--streams=issues" }))
      assert.equal(0, result.status, result.err)
      local there = io.open(file)
      made = made + (there and 1 or 0)
    end
    assert.equal(1, made)
  end)

  it("is refused without a time for all, and for a dry run, before anything is made", function()
    local file = perigee.folder() .. "/none.db"
    for _, one in ipairs {
      { { "--shard=1/2" }, "needs --until TIME" }, { { "--shard=2/2", "--until", UNTIL }, "the last one is 1/2" },
      { { "--shard=1/2", "--dry-run", "--until", UNTIL }, "--dry-run tells of a whole sync" },
    } do
      local result = perigee.run(connector.words("sync", scenario, { words = { "--to", file, table.unpack(one[1]) } }))
      assert.equal(1, result.status)
      assert.is_truthy(result.err:find(one[2], 1, true), result.err)
      assert.is_nil(io.open(file))
    end
  end)
end)
