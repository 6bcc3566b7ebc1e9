-- Each allocation and each system call that can fail, failing in turn, also inside of libraries: nothing crashes or hangs, what
-- goes out is whole, success means that everything is there, and what a state says was sent was sent. Places are taken from
-- a run without failures, one of each stack; of those PERIGEE_SEED chooses a sample, PERIGEE_LONG=1 takes all of them.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local counted = require "spec.support.counted"
local database = require "spec.support.database"
local failing = require "spec.support.failing"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local LONG = os.getenv "PERIGEE_LONG" == "1"
local SEED = math.tointeger(tonumber(os.getenv "PERIGEE_SEED")) or os.time()
local SAMPLE = 15 -- places of each kind in each scenario
local STREAMS = { { "events", "incremental" }, { "issues", "incremental" }, { "projects", "incremental" } }
local sanitized = (os.getenv "PERIGEE" or ""):find "sanitize" ~= nil

local OWN = [[return { name = "own", path = "projects/{organization}/{project}/events/", primary_key = "id",
  cursor = { field = "dateCreated", ordered_by = { "dateCreated" } }, filter = function() return true end }]]

-- A sample that the seed repeats, without order.
local function sample(list)
  if LONG or #list <= SAMPLE then return list end
  local state, chosen, rest = SEED & 0x7FFFFFFF, {}, table.move(list, 1, #list, 1, {})
  for i = 1, SAMPLE do
    state = (state * 1103515245 + 12345) & 0x7FFFFFFF
    chosen[i] = table.remove(rest, (state >> 8) % #rest + 1)
  end
  return chosen
end

describe("where a call fails,", function()
  local scenario, own_folder
  setup(function()
    scenario = sentry.scenario { data = { events = 14, issues = 9, projects = 3 }, page_size = 5 }
    own_folder = perigee.folder "own"
    perigee.write(OWN, "own/own.lua")
  end)
  teardown(perigee.cleanup)

  -- ---- what is run: its words, and what is wrong with how it ended, compared with a run without failures

  local function read_words(streams, state)
    local words = connector.words("read", scenario, { words = { "--scripts", own_folder }, state = state })
    words[#words + 1] = "--catalog=" .. perigee.write_catalog(streams)
    return words
  end

  -- What went on from the last states, and what went out before, is all that there is.
  local function lacks_after(streams, result, base)
    local states = connector.states(result)
    if #states == 0 then return nil end
    local again = perigee.run(read_words(streams, states))
    if again.status ~= 0 then return "it cannot be gone on with: " .. connector.failures(again) end
    local there = {}
    for _, one in ipairs { result, again } do
      for _, record in ipairs(one.records()) do there[record] = true end
    end
    for _, record in ipairs(base.records()) do
      if not there[record] then return "a state is ahead of its records: " .. record:sub(1, 100) end
    end
  end

  local function reading(streams)
    return {
      words = function() return read_words(streams) end,
      wrong = function(result, base)
        if result.status == 0 then return connector.difference(base.records(), result.records()) end
        return lacks_after(streams, result, base)
      end,
    }
  end

  local function table_of(path)
    return database.value(path, [[SELECT group_concat(id) FROM
      (SELECT id FROM events UNION ALL SELECT id FROM issues ORDER BY id)]])
  end

  local function syncing(path)
    return connector.words("sync", scenario, { words = { "--to", path, "--streams=events,issues" } })
  end

  local expected_rows
  local function wrong_sync(_, _, words)
    local again = perigee.run(syncing(words.path))
    if again.status ~= 0 then return "it cannot be gone on with: " .. again.err end
    local rows = table_of(words.path)
    expected_rows = expected_rows or rows
    return rows ~= expected_rows and "rows are missing or too many" or nil
  end

  local scenarios = {
    ["of a check"] = {
      words = function() return connector.words("check", scenario) end,
      wrong = function(result)
        local told = result.of "CONNECTION_STATUS"[1]
        return result.status == 0 and not told and "there is no status" or nil
      end,
    },
    ["of a discovery"] = {
      words = function() return connector.words("discover", scenario) end,
      wrong = function(result) return result.status == 0 and not result.of "CATALOG"[1] and "there is no catalog" or nil end,
    },
    ["of a read"] = reading(STREAMS),
    ["of a read of one's own stream"] = reading { { "own", "incremental" } },
    ["of a sync into SQLite"] = {
      is_for_people = true,
      words = function()
        local path = perigee.new_path ".db"
        local words = syncing(path)
        words.path = path
        return words
      end,
      wrong = wrong_sync,
    },
  }

  -- ---- the runs

  local function wrong_line(result)
    for _, line in ipairs(result.lines) do
      if not pcall(cjson.decode, line) then return "a line is no JSON: " .. line:sub(1, 200) end
    end
  end

  local function wrong_end(result, base, words, case)
    if result.signal then return "signal " .. result.signal end
    if result.status ~= 0 and #result.lines == 0 and result.err == "" and not words.fails:find "%+$" then
      return "it ended without a word"
    end
    return not case.is_for_people and wrong_line(result) or case.wrong(result, base, words)
  end

  local function check_all(case, places, base)
    local jobs, wrong = {}, {}
    for _, place in ipairs(places) do
      jobs[#jobs + 1] = failing.at(case.words(), place)
      if place.kind == "call" then jobs[#jobs + 1] = failing.at(case.words(), place, true) end
    end
    for i, result in ipairs(perigee.run_all(jobs, 3)) do
      local what = wrong_end(result, base, jobs[i], case)
      if what then wrong[#wrong + 1] = ("FAIL=%s: %s\n%s%s"):format(jobs[i].fails, what, result.err:sub(1, 300),
        table.concat(result.lines, "\n", math.max(1, #result.lines - 1)):sub(1, 300)) end
    end
    counted(#jobs, "injected failures")
    assert.same({}, wrong, ("PERIGEE_SEED=%d repeats them"):format(SEED))
  end

  for name, case in pairs(scenarios) do
    for _, kind in ipairs { "allocation", "call" } do
      it(("an %s %s, the run ends as it should"):format(kind, name):gsub("an call", "a system call"), function()
        if sanitized then return pending "the sanitizers have an allocator of their own" end
        local words = case.words()
        local places = failing.note(words)
        local base = perigee.run(words)
        assert.equal(0, base.status, base.err)
        local of_kind = {}
        for _, place in ipairs(places()) do
          if place.kind == kind then of_kind[#of_kind + 1] = place end
        end
        assert.is_true(#of_kind > 3, "too few places were found")
        check_all(case, sample(of_kind), base)
      end)
    end
  end
end)
