-- One read, split among processes by --shard: together they print what one read prints, each record once, of each server; and
-- what a split read cannot do is said before a record is read.
local connector = require "spec.support.connector"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local shards = require "spec.support.shards"

local LONG = os.getenv "PERIGEE_LONG" == "1"
local DIALECTS = { "sentry", "sentry9", "sentry-23.7.1", "glitchtip", "hosted" }
local STREAMS = { "events", "issues", "releases", "projects" }
local NOW, UNTIL = "2026-11-20T09:30:00Z", "2026-11-20T09:30:01Z"
local COUNTS = { 1, 2, 3, 7 }

local function scenario_of(dialect, more)
  local spec = { dialect = dialect, now = NOW, limits = false,
    data = { events = 160, issues = 20, releases = 8, projects = 4, span_hours = 400 } }
  for key, value in pairs(more or {}) do spec[key] = value end
  return sentry.scenario(spec)
end

local function catalog_of(mode, streams)
  local entries = {}
  for i, name in ipairs(streams or STREAMS) do entries[i] = { name, mode } end
  return perigee.write_catalog(entries)
end

local function assert_complete(results)
  for index = 0, #results do
    assert.equal(0, results[index].status, results[index].err .. connector.logs(results[index]))
  end
end

local function assert_same_as_one(scenario, catalog, results)
  local one = perigee.run(connector.words("read", scenario, { words = { "--catalog", catalog } }))
  for _, name in ipairs(STREAMS) do
    local difference = connector.difference(one.records(name), shards.records(results, name))
    assert.is_nil(difference, name .. ": " .. (difference or ""))
  end
end

local function requested(scenario) return #scenario.log "events" end

describe("a read in shards", function()
  teardown(perigee.cleanup)

  for at, dialect in ipairs(DIALECTS) do
    for i, count in ipairs(COUNTS) do
      for j, mode in ipairs { "full_refresh", "incremental" } do
        if LONG or count > 1 and (at + i + j) % 4 == 0 then
          it(("prints each record of %s once, in %d shards, %s"):format(dialect, count, mode), function()
            local scenario, catalog = scenario_of(dialect), catalog_of(mode)
            local results = shards.read(scenario, catalog, count, UNTIL)
            assert_complete(results)
            assert_same_as_one(scenario, catalog, results)
          end)
        end
      end
    end
  end

  it("asks for the pages of its own days alone where windows hold", function()
    local scenario = scenario_of("sentry", { page_size = 5, data = { events = 600, span_hours = 480 } })
    local catalog, most = catalog_of("full_refresh", { "events" }), 0
    perigee.run(connector.words("read", scenario, { config = { num_workers = 1 }, words = { "--catalog", catalog } }))
    local all = requested(scenario)
    for index = 0, 3 do
      local before = requested(scenario)
      local result = perigee.run(shards.words(scenario, catalog, index, 4, UNTIL, { config = { num_workers = 1 } }))
      assert.equal(0, result.status)
      most = math.max(most, requested(scenario) - before)
    end
    assert.is_true(most < 0.6 * all, ("%d of %d requests"):format(most, all))
  end)

  it("says where the server keeps to no windows, so that shards save nothing", function()
    local scenario, catalog = scenario_of("sentry9", { page_size = 20 }), catalog_of("incremental", { "events" })
    local result = perigee.run(shards.words(scenario, catalog, 0, 2, UNTIL))
    assert.equal(0, result.status)
    assert.matches("does not keep to start and end, so each shard requests the whole list", connector.logs(result, "WARN"))
  end)

  it("says what of it is split, and which shard reads a list that is not", function()
    local results = shards.read(scenario_of "sentry", catalog_of "incremental", 2, UNTIL)
    local logs = connector.logs(results[0])
    assert.matches("events: is split by days: shard 0/2 reads those %(UTC%) that fall to it, up to 2026%-11%-20T09:30:01", logs)
    assert.matches("issues: cannot be split: shard [01]/2 reads it whole", logs)
    for index = 0, 1 do
      local told = connector.logs(results[index]):match "issues: cannot be split: shard (%d)/2"
      assert.equal(told == tostring(index), #results[index].records "issues" > 0)
    end
  end)

  it("reads events by their own list, unless the configuration says through issues: then one shard reads them", function()
    local scenario, catalog = scenario_of "hosted", catalog_of("full_refresh", { "events" })
    local results = shards.read(scenario, catalog, 2, UNTIL, { config = { events_route = "issues" } })
    assert_complete(results)
    assert.is_nil(connector.difference(connector.truth(scenario, "events"), shards.records(results, "events")))
    assert.is_true(#results[0].records "events" == 0 or #results[1].records "events" == 0)
  end)

  it("splits children by their parents' keys, each with its own state", function()
    local scenario = scenario_of "sentry"
    local folder = own_streams.folder { hashes = [[return { name = "hashes", parent = "issues", primary_key = "id",
      path = "organizations/{organization}/issues/{parent.id}/events/", params = { full = "true" },
      cursor = { field = "dateCreated", ordered_by = { "dateCreated" } } }]] }
    local catalog, given = catalog_of("incremental", { "hashes" }), { words = { "--scripts", folder } }
    local one = perigee.run(connector.words("read", scenario, { words = { "--catalog", catalog, "--scripts", folder } }))
    local results = shards.read(scenario, catalog, 3, UNTIL, given)
    assert_complete(results)
    assert.is_true(#one.records "hashes" > 0)
    assert.is_nil(connector.difference(one.records "hashes", shards.records(results, "hashes")))
    local joined = shards.merge(results)
    assert.equal(0, joined.status, joined.err)
    local again = perigee.run(connector.words("read", scenario, { state = joined.lines[1],
      words = { "--catalog", catalog, "--scripts", folder } }))
    assert.same({ 0, 0 }, { again.status, #again.records "hashes" }, connector.logs(again))
  end)

  it("splits each of several projects, and the joined state has those of all", function()
    local scenario = scenario_of("sentry", { data = { events = 80, issues = 10, projects = 4, span_hours = 400,
      project_events = { backend = 60, mobile = 40 }, project_issues = { backend = 9 } } })
    local config = { project = "web-frontend, backend, m*" }
    for _, mode in ipairs { "full_refresh", "incremental" } do
      local catalog = catalog_of(mode)
      local one = perigee.run(connector.words("read", scenario, { config = config, words = { "--catalog", catalog } }))
      local results = shards.read(scenario, catalog, 3, UNTIL, { config = config })
      assert_complete(results)
      for _, name in ipairs(STREAMS) do
        assert.is_nil(connector.difference(one.records(name), shards.records(results, name)), name .. mode)
      end
      assert.equal(180, #one.records "events")
      local joined = shards.merge(results)
      assert.equal(0, joined.status, joined.err)
      local after = perigee.run(connector.words("read", scenario, { config = config, state = joined.lines[1],
        words = { "--catalog", catalog } }))
      assert.equal(0, after.status, connector.logs(after))
      for _, name in ipairs(STREAMS) do assert.same({}, after.records(name), name .. mode) end
      local lacking = shards.merge({ [0] = results[0], false, results[2] }, { "--missing=gaps" })
      local rest = perigee.run(connector.words("read", scenario, { config = config, state = lacking.lines[1],
        words = { "--catalog", catalog } }))
      assert.equal(0, rest.status, connector.logs(rest))
      if mode == "incremental" then
        assert.is_nil(connector.difference(results[1].records "events", rest.records "events"))
      end
    end
    local catalog, given = catalog_of "incremental", { config = config }
    given.state = connector.states(shards.read(scenario, catalog, 2, UNTIL, given)[0])
    local refused = perigee.run(shards.words(scenario, catalog, 1, 2, UNTIL, given))
    assert.equal(1, refused.status)
    assert.matches("is of shard 0/2, and this is 1/2", connector.errors(refused)[1].message)
  end)

  it("goes on after a kill, and the joined state of all leaves to a single read what came meanwhile, and nothing else", function()
    local scenario = scenario_of("sentry", { page_size = 5, delay_ms = 5 })
    local catalog, printed = catalog_of "incremental", {}
    local given = { words = { "--checkpoint-records=5" } }
    local results = {}
    for index = 0, 2 do
      local words = shards.words(scenario, catalog, index, 3, UNTIL, given)
      -- The state is in a file before the process is ended: what comes after it counts as lost with the process.
      words.wrap = function(command, out) return ("%s | head -n 30 >%s"):format(command, out) end
      local cut = perigee.run_all({ words })[1]
      local state = connector.states(cut)
      local rest = perigee.run(shards.words(scenario, catalog, index, 3, UNTIL, { state = #state > 0 and state or nil,
        words = given.words }))
      assert.equal(0, rest.status, connector.logs(rest))
      results[index] = rest
      for _, result in ipairs { cut, rest } do
        for _, text in ipairs(result.records "events") do printed[text] = true end
      end
    end
    for _, text in ipairs(connector.truth(scenario, "events")) do assert.is_true(printed[text], text) end
    local joined = shards.merge(results)
    assert.equal(0, joined.status, joined.err)
    local held = connector.truth(scenario, "events")
    scenario.spec.data.later = { { events = 9 } }
    scenario.change {}
    local after = perigee.run(connector.words("read", scenario, { state = joined.lines[1], words = { "--catalog", catalog } }))
    assert.equal(0, after.status, connector.logs(after))
    local all = connector.truth(scenario, "events")
    assert.equal(#held + 9, #all)
    local known = {}
    for _, text in ipairs(held) do known[text] = true end
    local new = {}
    for _, text in ipairs(all) do if not known[text] then new[#new + 1] = text end end
    assert.is_nil(connector.difference(new, after.records "events"))
    for _, name in ipairs { "issues", "releases", "projects" } do assert.same({}, after.records(name), name) end
  end)

  it("refuses what is no shard, or leaves open up to when all read, before a record is read", function()
    local scenario, catalog = scenario_of "sentry", catalog_of "incremental"
    for words, said in pairs {
      ["--shard=3/3 --until=" .. UNTIL] = "%-%-shard 3/3: shards are counted from 0, so the last one is 2/3",
      ["--shard=0/0 --until=" .. UNTIL] = "%-%-shard 0/0: there must be one shard at least",
      ["--shard=a/b --until=" .. UNTIL] = "%-%-shard a/b: this is no shard; shards are told as 0/4",
      ["--shard=-1/4 --until=" .. UNTIL] = "%-%-shard %-1/4: this is no shard",
      ["--shard=1/4"] = "%-%-shard 1/4 needs %-%-until TIME, the same one for all 4 shards, such as %-%-until 20",
      ["--shard=1/4 --until=noon"] = "%-%-until noon is no time such as",
      ["--until=" .. UNTIL] = "%-%-until says up to when all shards read; without %-%-shard",
      ["--shard=0/2 --until=2999-01-01"] = "%-%-until lies in the future: by the server's clock it is 20",
    } do
      local list = { "--catalog", catalog }
      for word in words:gmatch "%S+" do list[#list + 1] = word end
      local result = perigee.run(connector.words("read", scenario, { words = list }))
      assert.equal(1, result.status)
      assert.matches(said, connector.errors(result)[1].message)
      assert.same({}, result.records "events")
    end
    local one = perigee.run(connector.words("read", scenario, { words = { "--catalog", catalog, "--shard=0/1" } }))
    assert.same({ 0, 160 }, { one.status, #one.records "events" })
    assert.is_nil(connector.state(one, "events")._shard)
  end)

  it("refuses the state of another shard, of no shard that is cut, and that of a shard for a read without shards", function()
    local scenario, catalog = scenario_of "sentry", catalog_of("incremental", { "events" })
    local states = connector.states(perigee.run(shards.words(scenario, catalog, 0, 2, UNTIL)))
    local cut = { type = "STREAM", stream = { stream_descriptor = { name = "events" }, stream_state = {
      walk = { gaps = { { lo = { dateCreated = "2026-11-01T00:00:00Z" } } } } } } }
    local later = { type = "STREAM", stream = { stream_descriptor = { name = "events" }, stream_state = {
      dateCreated = "2026-11-25T00:00:00Z" } } }
    local function words(index, count, until_text, state)
      return shards.words(scenario, catalog, index, count, until_text, { state = state })
    end
    for _, one in ipairs {
      { words(1, 2, UNTIL, states), "of shard 0/2, and this is 1/2: hand each shard its own" },
      { words(0, 3, UNTIL, states), "of shard 0/2, and this is 0/3: hand each shard its own" },
      { words(0, 2, "2026-11-19", states), "and --until 2026-11-19T00:00:00.000000Z lies before" },
      { shards.words(scenario, catalog, 0, 2, UNTIL, { state = states, config = { events_route = "issues" } }),
        "is of a read that was split in another way" },
      { words(0, 2, UNTIL, { cut }), "of a read that was cut, which cannot go on in shards" },
      { words(0, 2, UNTIL, { later }), "goes up to 2026-11-25T00:00:00.000000Z, and --until" },
      { connector.words("read", scenario, { state = states, words = { "--catalog", catalog } }),
        "is of shard 0/2: join the states of all shards by `perigee state merge`" },
    } do
      local result = perigee.run(one[1])
      assert.equal(1, result.status)
      local message = connector.errors(result)[1].message
      assert.is_truthy(message:find(one[2], 1, true), message)
    end
  end)

  it("goes on the next day as the same shard, and joined or not nothing comes twice", function()
    local scenario, catalog = scenario_of "sentry", catalog_of("incremental", { "events" })
    local first, second = "2026-11-18T00:00:00Z", UNTIL
    local all, results = {}, {}
    for index = 0, 2 do
      local one = perigee.run(shards.words(scenario, catalog, index, 3, first))
      local two = perigee.run(shards.words(scenario, catalog, index, 3, second, { state = connector.states(one) }))
      results[index] = two
      for _, result in ipairs { one, two } do
        for _, text in ipairs(result.records "events") do all[#all + 1] = text end
      end
    end
    assert.is_nil(connector.difference(connector.truth(scenario, "events"), all))
    assert.equal(0, shards.merge(results).status)
  end)

  it("uses its part of the server's limits, and all of them where each shard has a token of its own", function()
    local config = require "config.shard"
    assert.equal(4, config.sharing { shard = "1/4" })
    assert.equal(1, config.sharing { shard = "1/4", own_limits = true })
    assert.equal(1, config.sharing {})
  end)
end)
