-- perigee state merge: what shards printed becomes one state; what does not belong together, or is missing, is named.
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local shards = require "spec.support.shards"

local UNTIL = "2026-11-20T09:30:01Z"

local function message_of(result) return (result.err:gsub("\n$", "")) end

local function assert_refused(result, said)
  assert.same({ 1, {} }, { result.status, result.lines })
  assert.is_truthy(result.err:find(said, 1, true), message_of(result))
end

local function state_of(result, stream)
  for _, one in ipairs(json.decode(result.lines[1])) do
    if one.stream.stream_descriptor.name == stream then return one.stream.stream_state end
  end
end

describe("state merge", function()
  local scenario, catalog, results
  setup(function()
    scenario = sentry.scenario { now = "2026-11-20T09:30:00Z", limits = false, page_size = 5,
      data = { events = 160, issues = 20, releases = 8, projects = 4, span_hours = 400 } }
    catalog = perigee.write_catalog { { "events", "incremental" }, { "issues", "incremental" }, { "releases", "incremental" } }
    results = shards.read(scenario, catalog, 3, UNTIL)
  end)
  teardown(perigee.cleanup)

  local function go_on(joined, words)
    return perigee.run(connector.words("read", scenario, { state = joined.lines[1],
      words = { "--catalog", catalog, table.unpack(words or {}) } }))
  end

  it("makes one state, from which a single read goes on and brings nothing again", function()
    local joined = shards.merge(results)
    assert.same({ 0, "" }, { joined.status, joined.err })
    local state = state_of(joined, "events")
    assert.same({ "2026-11-20T09:20:01.000000Z", nil, nil }, { state.dateCreated, state.walk, state._shard })
    local after = go_on(joined)
    assert.equal(0, after.status, connector.logs(after))
    for _, name in ipairs { "events", "issues", "releases" } do assert.same({}, after.records(name), name) end
  end)

  it("is the first to say that all is complete up to a time: a shard's state says so of its own days alone", function()
    for index = 0, 2 do assert.is_nil(connector.state(results[index], "events").dateCreated) end
  end)

  it("takes the files in any order, and what it printed itself is a state for another read in shards", function()
    local joined = shards.merge { [0] = results[2], results[0], results[1] }
    assert.equal(0, joined.status, joined.err)
    for index = 0, 1 do
      local after = perigee.run(shards.words(scenario, catalog, index, 2, UNTIL, { state = joined.lines[1] }))
      assert.equal(0, after.status, connector.logs(after))
      assert.same({}, after.records "events")
    end
  end)

  it("names a missing shard, and with --missing gaps leaves its days to the next read, which brings these alone", function()
    for missing = 0, 2 do
      local some = {}
      for index = 0, 2 do some[index] = index ~= missing and results[index] end
      assert_refused(shards.merge(some), ("shard %d/3 is missing: name the file of its states, too"):format(missing))
      local joined = shards.merge(some, { "--missing", "gaps" })
      assert.equal(0, joined.status, joined.err)
      local said = ("shard %d/3 is missing: what it was to read stays open"):format(missing)
      assert.is_truthy(joined.err:find(said, 1, true), joined.err)
      local after = go_on(joined)
      assert.equal(0, after.status, connector.logs(after))
      assert.is_nil(connector.difference(results[missing].records "events", after.records "events"))
      for _, name in ipairs { "issues", "releases" } do
        assert.is_nil(connector.difference(results[missing].records(name), after.records(name)), name)
      end
    end
  end)

  it("keeps open what a shard left open, for the next read", function()
    local words = shards.words(scenario, catalog, 1, 3, UNTIL, { words = { "--checkpoint-records=5", "--retry-attempts=1" } })
    scenario.change { faults = { { fault = "status", status = 500, path = "/events/", request = 5, times = -1 } } }
    local broken = perigee.run(words)
    scenario.change { faults = {} }
    assert.equal(1, broken.status)
    assert.is_table(connector.state(broken, "events").walk)
    local joined = shards.merge { [0] = results[0], broken, results[2] }
    assert.equal(0, joined.status, joined.err)
    assert.is_truthy(#state_of(joined, "events").walk.gaps > 0)
    local after, printed, all = go_on(joined), {}, broken.records "events"
    local again = -#results[1].records "events"
    for _, text in ipairs(after.records "events") do all[#all + 1] = text end
    for _, text in ipairs(all) do printed[text], again = true, again + 1 end
    for _, text in ipairs(results[1].records "events") do assert.is_true(printed[text], text) end
    assert.is_true(again <= #state_of(joined, "events").walk.gaps, again .. " came again: one may, at each place")
  end)

  it("refuses states that do not belong together, or are of no shard, by the names of their files", function()
    local ALL, two = "2026-11-20T09:30:01.000000Z: only states", shards.read(scenario, catalog, 2, UNTIL)
    local earlier = perigee.run(shards.words(scenario, catalog, 1, 3, "2026-11-19"))
    local plain = perigee.run(connector.words("read", scenario, { words = { "--catalog", catalog } }))
    local other = perigee.run(shards.words(scenario, catalog, 1, 3, UNTIL, { config = { project = "backend" } }))
    assert_refused(shards.merge { [0] = results[0], two[1], results[2] }, " of shard 1/2 up to " .. ALL)
    assert_refused(shards.merge { [0] = results[0], earlier, results[2] }, " of shard 1/3 up to 2026-11-19T00:")
    assert_refused(shards.merge { [0] = results[0], results[0], results[2] }, "are both of shard 0/3")
    assert_refused(shards.merge { [0] = plain, results[1], results[2] }, "the state of the stream 'events' is of no shard")
    local lacking = "shard 0/3 is missing (of events of backend, issues of backend)"
    assert_refused(shards.merge { [0] = results[0], other, results[2] }, lacking)
    local odd = perigee.run { "state", "merge", perigee.write "{}", perigee.write "" }
    assert_refused(odd, "holds no state")
    assert_refused(perigee.run { "state", "merge", "/nowhere.jsonl" }, "/nowhere.jsonl")
    assert_refused(perigee.run { "state", "marge", "x" }, "state marge: there is `state merge FILE...` alone")
    assert_refused(shards.merge(results, { "--missing=holes" }), "--missing holes: --missing gaps is all that there is")
  end)

  it("joins full reads: complete ones are complete, others are gone on with", function()
    local full = perigee.write_catalog { "events" }
    local complete = shards.read(scenario, full, 2, UNTIL)
    assert.same({ __ab_full_refresh_sync_complete = true }, state_of(shards.merge(complete), "events"))
    local joined = shards.merge({ [0] = complete[0], false }, { "--missing=gaps" })
    local after = perigee.run(connector.words("read", scenario, { state = joined.lines[1], words = { "--catalog", full } }))
    assert.equal(0, after.status, connector.logs(after))
    local printed = {}
    for _, text in ipairs(shards.records({ [0] = complete[0], after }, "events")) do printed[text] = true end
    for _, text in ipairs(connector.truth(scenario, "events")) do assert.is_true(printed[text], text) end
    local whole = #connector.truth(scenario, "events")
    assert.is_true(#after.records "events" < whole * 0.8, #after.records "events" .. " came again")
  end)
end)
