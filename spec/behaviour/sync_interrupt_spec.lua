-- Syncs that are ended at random moments while the server's records change, and run again: each row once, nothing missing,
-- and the state true, by what the sqlite3 program finds in the file. Most moments are writes to the file, so that those
-- between rows and their state are among them. PERIGEE_SEED repeats a run, as far as time allows, PERIGEE_MOMENT one moment
-- of it; PERIGEE_LONG=1 makes it 100 moments and not 10.
local connector = require "spec.support.connector"
local counted = require "spec.support.counted"
local database = require "spec.support.database"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local refusals = require "spec.support.refusals"
local sentry = require "spec.support.sentry"
local stored_streams = require "spec.support.stored_streams"

local MOMENTS, SEED, ONLY = require "spec.support.moments"(10, 100)
local ROUNDS = 2
local PAGE = 8 -- rows
local KEYS = { events = "id", issues = "id", projects = "id", releases = "version" }
local WRITES = 600 -- of a first sync, or a little more
local FIRST_REQUESTS, LEAST_REQUESTS = 20, 5 -- of a first sync, and of one with nothing new: one for each stream
local TIMED_OUT = 124 -- timeout's own status, where its signal was not KILL

local keyless = stored_streams.keyless

local function at_write(how)
  return function(words, trial)
    trial.scenario.change { faults = {} }
    words.env = refusals.environment { write = ("%s %d"):format(how, math.random(WRITES)) }
  end
end

-- One of its requests has no answer: it comes to no end before the signal.
local function by_signal(name)
  return function(words, trial, round)
    local request = math.random(round == 1 and FIRST_REQUESTS or LEAST_REQUESTS)
    trial.scenario.change { faults = { { fault = "stall_headers", request = request } } }
    words.ended = { name, 0.02 + math.random() * 0.5 }
  end
end

local endings = {
  ["killed at a write"] = at_write "kill",
  ["out of disk"] = at_write "full",
  killed = by_signal "KILL",
  terminated = by_signal "TERM",
}
local HOW = refusals.possible and { "killed at a write", "killed at a write", "out of disk", "killed", "terminated" }
  or { "killed", "terminated" }

local function new_trial(number)
  local full = number % 3 == 0
  local trial = { number = number, file = ("%s/moment%d.db"):format(perigee.folder(), number), full = full, how = {} }
  trial.scenario = sentry.scenario {
    data = { seed = SEED + number, events = 90, issues = 30, releases = 12, projects = 6, span_hours = 1 }, page_size = PAGE,
    -- What goes while a list is read anew may have been read before: then there is no saying what must be there.
    change = full and {} or { adds = 0.4, updates = 0.3, seed = SEED + number }, delay_ms = 3,
  }
  trial.scripts = own_streams.folder { keyless = keyless(12) }
  return trial
end

local function words_of(trial)
  local words = connector.words("sync", trial.scenario,
    { words = { "--to", trial.file, "--scripts", trial.scripts, "--checkpoint-records=10" } })
  if trial.full then words[#words + 1] = "--full=events" end
  return words
end

local function title(trial)
  return ("moment %d (PERIGEE_SEED=%d; %s)"):format(trial.number, SEED, table.concat(trial.how, ", then "))
end

local function run(trials, prepare)
  local list = {}
  for i, trial in ipairs(trials) do
    list[i] = words_of(trial)
    if prepare then prepare(trial, list[i]) end
  end
  for i, result in ipairs(perigee.run_all(list, 6)) do trials[i].result = result end
end

local function was_cut(trial, how)
  local result = trial.result
  if how == "killed" then assert(result.signal == 9, title(trial) .. " was not killed")
  elseif how == "terminated" then assert(result.status == TIMED_OUT, title(trial) .. " was not terminated") end
  return result.status ~= 0
end

local function assert_read(trial)
  assert(trial.result.status == 0, ("%s: %s %s"):format(title(trial), tostring(trial.result.status), trial.result.err))
end

local function assert_whole(trial, stream, key)
  local ok, wrong = pcall(database.assert_holds, trial.file, stream, key, connector.held(trial.scenario, stream))
  assert(ok, ("%s: %s"):format(title(trial), wrong))
end

describe("a sync that is ended at a random moment", function()
  local trials, cut = {}, 0

  setup(function()
    print(("sync_interrupt_spec: PERIGEE_SEED=%d"):format(SEED))
    for number = ONLY or 1, ONLY or MOMENTS do trials[#trials + 1] = new_trial(number) end
    for round = 1, ROUNDS do
      run(trials, function(trial, words)
        math.randomseed(SEED, trial.number * ROUNDS + round) -- the same for one moment alone
        trial.how[round] = HOW[math.random(#HOW)]
        endings[trial.how[round]](words, trial, round)
      end)
      for _, trial in ipairs(trials) do cut = cut + (was_cut(trial, trial.how[round]) and 1 or 0) end
    end
    counted(cut, "reads and syncs that were ended")
    for _, trial in ipairs(trials) do trial.scenario.change { change = {}, faults = {} } end
    run(trials)
  end)
  teardown(perigee.cleanup)

  it("was ended before its time in most cases, so that the rest of this means something", function()
    assert(ONLY or cut >= MOMENTS, ("%d syncs of %d were ended before their time"):format(cut, MOMENTS * ROUNDS))
  end)

  it("comes to its end from what is in the file", function()
    for _, trial in ipairs(trials) do assert_read(trial) end
  end)

  it("leaves a file that is sound, in which no run is left open", function()
    for _, trial in ipairs(trials) do
      assert.equal("ok", database.value(trial.file, "PRAGMA integrity_check"), title(trial))
      assert.equal(0, database.value(trial.file, "SELECT count(*) FROM _perigee_syncs WHERE result = 'running'"))
    end
  end)

  it("has each row once, as the server has it, and none is missing", function()
    for _, trial in ipairs(trials) do
      for stream, key in pairs(KEYS) do assert_whole(trial, stream, key) end
      assert.equal(1, database.value(trial.file, "SELECT count(*) FROM project_detail"), title(trial))
    end
  end)

  it("has each row without a key exactly as often as the server gave it with a state that was kept", function()
    for _, trial in ipairs(trials) do
      assert.same({ { "36", "12", "36" } },
        database.rows(trial.file, "SELECT count(*), count(DISTINCT n), count(DISTINCT _row) FROM keyless"), title(trial))
    end
  end)

  it("leaves nothing new for one more, which goes on from the state of each stream", function()
    for _, trial in ipairs(trials) do trial.full = false end
    run(trials)
    for _, trial in ipairs(trials) do
      assert_read(trial)
      assert.equal(0, database.value(trial.file,
        "SELECT sum(new) FROM _perigee_syncs WHERE sync = (SELECT max(sync) FROM _perigee_syncs)"), title(trial))
      assert.equal(5, database.value(trial.file, "SELECT count(*) FROM _perigee_states WHERE NOT is_replacing"), title(trial))
    end
  end)
end)

describe("a sync of rows without a key", function()
  local PAGES, AT_ONCE = 4, 6

  teardown(perigee.cleanup)

  local if_possible = refusals.possible and it or pending

  if_possible("is killed at each of its writes in turn, and has each row once after the next one", function()
    local scenario, scripts, list = sentry.scenario {}, own_streams.folder { keyless = keyless(PAGES) }, {}
    local function words(file, env)
      local made = connector.words("sync", scenario, { words = { "--to", file, "--scripts", scripts, "--streams=keyless" } })
      made.env, made.file = env, file
      return made
    end
    local function run_batch()
      local batch, before = {}, #list
      for n = 1, AT_ONCE do
        local write = before + n
        batch[n] = words(("%s/write%d.db"):format(perigee.folder(), write), refusals.environment { write = "kill " .. write })
        list[write] = batch[n]
      end
      return perigee.run_all(batch, AT_ONCE)
    end
    local killed = 0
    repeat -- how many writes there are shows where one of them kills nothing
      for _, result in ipairs(run_batch()) do killed = killed + (result.signal == 9 and 1 or 0) end
    until killed < #list
    assert(killed > 10 * PAGES, killed .. " were killed")
    for n = 1, killed do list[n] = words(list[n].file) end
    for n, result in ipairs(perigee.run_all({ table.unpack(list, 1, killed) }, AT_ONCE)) do
      assert.equal(0, result.status, result.err)
      local rows = database.rows(list[n].file, "SELECT count(*), count(DISTINCT n), count(DISTINCT _row) FROM keyless")
      assert.same({ { tostring(3 * PAGES), tostring(PAGES), tostring(3 * PAGES) } }, rows, "killed at write " .. n)
    end
  end)
end)
