-- Syncs into PostgreSQL that are ended, or lose their connection, and go on: each row once, nothing missing, and the state
-- true, by what psql finds. A library that is preloaded knows each time that libpq sends something, so that small syncs meet
-- all moments there are, and larger ones random ones, while the server's records change. PERIGEE_SEED repeats a run, as far
-- as time allows; PERIGEE_LONG=1 makes it 100 moments and not 12.
local connector = require "spec.support.connector"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local postgres = require "spec.support.postgres"
local refusals = require "spec.support.refusals"
local sentry = require "spec.support.sentry"
local stored_streams = require "spec.support.stored_streams"

local MOMENTS, SEED = require "spec.support.moments"(12, 100)
local ROUNDS = 2
local PAGE = 8 -- rows
local KEYS = { events = "id", issues = "id", projects = "id", releases = "version" }
local SENDS = 120 -- of a first sync of all streams, or fewer
local AT_ONCE = 6

-- Its `n` is an integer where the usual schema has a time, so that it stands in a column beside.
local keyless = stored_streams.keyless

local function words_of(scenario, schema, ...)
  return connector.words("sync", scenario, { words = { "--to", postgres.address(), "--schema", schema, ... } })
end

local function at_send(how, n) return refusals.environment { send = ("%s %d"):format(how, n) } end

setup(postgres.start)
teardown(function()
  postgres.stop()
  perigee.cleanup()
end)

describe("a sync of rows without a key", function()
  local PAGES = 2
  local scenario, scripts

  setup(function() scenario, scripts = sentry.scenario {}, own_streams.folder { keyless = keyless(PAGES) } end)

  local function words(schema, env)
    -- A state is committed as soon as the next row without a key comes, so that there are many transactions.
    local made = words_of(scenario, schema, "--scripts", scripts, "--streams=keyless", "--json")
    made.env = env
    return made
  end

  local function assert_rows(schema, title)
    local rows = postgres.rows("SELECT count(*), count(DISTINCT n__text), count(DISTINCT _row) FROM keyless", schema)
    assert.same({ { tostring(3 * PAGES), tostring(PAGES), tostring(3 * PAGES) } }, rows, title)
  end

  -- Each time in turn, until there is none any more that a run could meet.
  local function run_each(how, has_met)
    local results = {}
    repeat
      local batch, before = {}, #results
      for n = 1, AT_ONCE do batch[n] = words(how .. before + n, at_send(how, before + n)) end
      for n, result in ipairs(perigee.run_all(batch, AT_ONCE)) do results[before + n] = has_met(result) and result or nil end
    until #results < before + AT_ONCE
    return results
  end

  it("is killed each time that it sends something, in turn, and has each row once after the next one", function()
    local killed, again = 0, {}
    for n in ipairs(run_each("kill", function(result) return result.signal == 9 end)) do
      killed, again[n] = n, words("kill" .. n)
    end
    assert(killed > 40, killed .. " were killed")
    for n, result in ipairs(perigee.run_all(again, AT_ONCE)) do
      assert.equal(0, result.status, result.err)
      assert_rows("kill" .. n, "killed at " .. n)
      assert.equal(0, postgres.value("SELECT count(*) FROM _perigee_syncs WHERE result = 'running'", "kill" .. n))
    end
  end)

  for how, title in pairs { cut = "before", deaf = "behind" } do
    it("loses its connection each time, " .. title .. " what it sends, and goes on by itself with each row once", function()
      local warned, refused = 0, 0
      for n, result in ipairs(run_each(how, function(result) return result.status ~= 0 or result.err:find "trying again" end)) do
        local moment = ("%s %d: %s"):format(how, n, result.err)
        if result.status == 0 then
          assert_rows(how .. n, moment)
          assert.matches('"new":6,', result.lines[1], moment)
          warned = warned + 1
        else -- while it was opened: nothing is under way then, and the error says what happened
          refused = refused + 1
          assert(n == refused, moment)
          assert.matches("^error: postgresql://[^\n]+\n$", result.err:gsub("warning: hostname[^\n]+\n", ""), moment)
        end
      end
      assert(warned > 25 and refused < 30, ("%d went on, %d were refused"):format(warned, refused))
    end)
  end
end)

describe("a first sync that names no stream", function()
  local ASKED = 5 -- how many streams it looks for, in a transaction each, which sends four times
  local scenario

  setup(function() scenario = sentry.scenario { data = { events = 3, issues = 2, releases = 1, projects = 1 } } end)

  -- Of the 60 first times that it sends something, each third: 3 and 4 have no common divisor, so that all kinds are met.
  it("loses its connection while it looks which tables are there, and goes on by itself", function()
    local batch, looked = {}, 0
    for at = 1, 60, 3 do
      batch[#batch + 1] = words_of(scenario, "looks" .. at, "--json")
      batch[#batch].env = at_send(at % 2 == 0 and "cut" or "deaf", at)
    end
    for n, result in ipairs(perigee.run_all(batch, AT_ONCE)) do
      if result.err:find "trying again" then
        assert.equal(0, result.status, result.err)
        assert.equal(3, postgres.value("SELECT count(*) FROM events", "looks" .. 3 * n - 2))
        looked = looked + 1
      end
    end
    assert(looked >= ASKED, looked .. " went on")
  end)
end)

describe("a sync into PostgreSQL that is ended at a random moment", function()
  local trials, cut = {}, 0

  local endings = {
    ["killed as it sends"] = function(trial, words) words.env = at_send("kill", trial.draw(SENDS)) end,
    ["killed some time"] = function(trial, words) words.ended = { "KILL", 0.05 + trial.draw(500) / 1000 } end,
    ["terminated some time"] = function(trial, words) words.ended = { "TERM", 0.05 + trial.draw(500) / 1000 } end,
    ["cut before it sends"] = function(trial, words) words.env = at_send("cut", trial.draw(SENDS)) end,
    ["cut behind what it sends"] = function(trial, words) words.env = at_send("deaf", trial.draw(SENDS)) end,
  }
  local HOW = { "killed as it sends", "killed as it sends", "killed some time", "terminated some time", "cut before it sends",
    "cut behind what it sends" }

  local function new_trial(number)
    local full = number % 3 == 0
    local trial = { number = number, schema = "moment" .. number, full = full, how = {} }
    trial.scenario = sentry.scenario {
      data = { seed = SEED + number, events = 90, issues = 30, releases = 12, projects = 6, span_hours = 1 }, page_size = PAGE,
      -- What goes while a list is read anew may have been read before: then there is no saying what must be there.
      change = full and {} or { adds = 0.4, updates = 0.3, seed = SEED + number }, delay_ms = 3,
    }
    trial.draw = function(most) return math.random(most) end
    trial.scripts = own_streams.folder { keyless = keyless(12) }
    return trial
  end

  local function title(trial)
    return ("moment %d (PERIGEE_SEED=%d; %s)"):format(trial.number, SEED, table.concat(trial.how, ", then "))
  end

  local function run(prepare)
    local list = {}
    for i, trial in ipairs(trials) do
      list[i] = words_of(trial.scenario, trial.schema, "--scripts", trial.scripts, "--checkpoint-records=10")
      if trial.full then list[i][#list[i] + 1] = "--full=events" end
      if prepare then prepare(trial, list[i]) end
    end
    for i, result in ipairs(perigee.run_all(list, AT_ONCE)) do trials[i].result = result end
  end

  local function assert_read(trial)
    assert(trial.result.status == 0, ("%s: %s %s"):format(title(trial), tostring(trial.result.status), trial.result.err))
  end

  local function assert_all_whole()
    for _, trial in ipairs(trials) do
      for stream, key in pairs(KEYS) do
        local ok, wrong = pcall(postgres.assert_holds, trial.schema, stream, key, connector.held(trial.scenario, stream))
        assert(ok, ("%s: %s"):format(title(trial), wrong))
      end
      assert.equal(1, postgres.value("SELECT count(*) FROM project_detail", trial.schema), title(trial))
      assert.same({ { "36", "12", "36" } },
        postgres.rows("SELECT count(*), count(DISTINCT n__text), count(DISTINCT _row) FROM keyless", trial.schema), title(trial))
    end
  end

  setup(function()
    print(("postgres_interrupt_spec: PERIGEE_SEED=%d"):format(SEED))
    for number = 1, MOMENTS do trials[number] = new_trial(number) end
    for round = 1, ROUNDS do
      run(function(trial, words)
        math.randomseed(SEED, trial.number * ROUNDS + round)
        trial.how[round] = HOW[math.random(#HOW)]
        endings[trial.how[round]](trial, words)
      end)
      for _, trial in ipairs(trials) do
        if trial.result.status ~= 0 or trial.result.err:find "trying again" then cut = cut + 1 end
      end
    end
    for _, trial in ipairs(trials) do trial.scenario.change { change = {} } end
    run()
  end)

  it("was ended, or lost its connection, in most cases, so that the rest of this means something", function()
    assert(cut >= MOMENTS, ("%d syncs of %d"):format(cut, MOMENTS * ROUNDS))
  end)

  it("comes to its end from what is in the database, with each row once, and none missing", function()
    for _, trial in ipairs(trials) do assert_read(trial) end
    assert_all_whole()
  end)

  it("leaves nothing new for one more, which goes on from the state of each stream", function()
    for _, trial in ipairs(trials) do trial.full = false end
    run()
    for _, trial in ipairs(trials) do
      assert_read(trial)
      assert.equal(0, postgres.value(
        "SELECT sum(new) FROM _perigee_syncs WHERE sync = (SELECT max(sync) FROM _perigee_syncs)", trial.schema), title(trial))
      assert.equal(5, postgres.value("SELECT count(*) FROM _perigee_states WHERE NOT is_replacing", trial.schema), title(trial))
    end
  end)
end)
