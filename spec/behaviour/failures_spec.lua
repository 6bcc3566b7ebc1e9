-- Each allocation and each system call that can fail, failing in turn, also inside of libraries: nothing crashes, hangs or leaks,
-- what goes out is whole, success means that everything is there, and what a state says was sent was sent. Which ones fail, and
-- how each run must end, says spec/support/failing_runs.lua.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local failing_runs = require "spec.support.failing_runs"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local sorted_names = require "lib.sorted_names"

local SAMPLE = 5 -- places of each kind in each scenario
local STREAMS = { { "events", "incremental" }, { "issues", "incremental" }, { "projects", "incremental" } }

local OWN = [[return { name = "own", path = "projects/{organization}/{project}/events/", primary_key = "id",
  cursor = { field = "dateCreated", ordered_by = { "dateCreated" } }, filter = function() return true end }]]

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

  local function recording_words()
    local words = read_words(STREAMS)
    words.path = perigee.new_path ".har"
    table.move({ "--record", words.path }, 1, 2, #words + 1, words)
    return words
  end

  local function replay_words(path)
    local words = read_words(STREAMS)
    table.move({ "--replay", path }, 1, 2, #words + 1, words)
    return words
  end

  local recorded
  local function recorded_once()
    if not recorded then
      local words = recording_words()
      assert.equal(0, perigee.run(words).status)
      recorded = words.path
    end
    return recorded
  end

  local function reading(streams, words)
    return {
      words = words or function() return read_words(streams) end,
      wrong = function(result, base)
        if result.status == 0 then return connector.difference(base.records(), result.records()) end
        return lacks_after(streams, result, base)
      end,
    }
  end

  -- ---- syncs: which rows are there, told by their ids

  local function rows_of_file(path)
    return database.value(path, [[SELECT group_concat(id) FROM
      (SELECT id FROM events UNION ALL SELECT id FROM issues ORDER BY id)]])
  end

  -- A record may stand there twice where a sync was cut.
  local function rows_of_folder(path)
    local ids, seen = {}, {}
    for _, entry in ipairs(cjson.decode(files.read(path .. "manifest.json")).streams) do
      for _, file in ipairs(entry.files) do
        for line in files.read(path .. file):gmatch "[^\n]+" do
          local id = cjson.decode(line).id
          if not seen[id] then ids[#ids + 1] = id end
          seen[id] = true
        end
      end
    end
    table.sort(ids)
    return table.concat(ids, ",")
  end

  local function syncing(ending, rows_of, begun)
    local function words_to(path)
      return connector.words("sync", scenario, { words = { "--to", path, "--streams=events,issues" } })
    end
    local function synced()
      local path = perigee.new_path(ending)
      assert.equal(0, perigee.run(words_to(path)).status)
      return path
    end
    local expected -- of a run without failures: a first case that went wrong must not speak for all
    return {
      is_for_people = true,
      words = function()
        local path = begun and begun(synced) or perigee.new_path(ending)
        local words = words_to(path)
        words.path = path
        return words
      end,
      wrong = function(_, _, words)
        local again = perigee.run(words_to(words.path))
        if again.status ~= 0 then return "it cannot be gone on with: " .. again.err end
        local rows = rows_of(words.path)
        expected = expected or rows_of(synced())
        return rows ~= expected and ("rows are missing or too many: %s in place of %s"):format(rows, expected) or nil
      end,
    }
  end

  -- A file that lacks some of what was there, as after a sync that was cut.
  local whole
  local function half_a_file(synced)
    local path = perigee.new_path ".db"
    if not whole then
      whole = synced()
      database.rows(whole, "DELETE FROM issues; DELETE FROM _perigee_states WHERE stream = 'issues'")
    end
    assert(os.execute(("cp '%s' '%s'"):format(whole, path)))
    return path
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
      words = function() return connector.words("discover", scenario, { words = { "--scripts", own_folder } }) end,
      wrong = function(result) return result.status == 0 and not result.of "CATALOG"[1] and "there is no catalog" or nil end,
    },
    ["of a read"] = reading(STREAMS),
    ["of a read of one's own stream"] = reading { { "own", "incremental" } },
    ["of a read that is recorded"] = {
      words = recording_words,
      wrong = function(result, base, words)
        local text = files.text(words.path)
        local is_begun = text and text ~= "" -- it is made before its first bytes are written
        local is_told = table.concat(result.lines, "\n"):find("cannot write the recording", 1, true) -- as on a full disk
        if is_begun and not is_told and not pcall(cjson.decode, text) then return "the recording is no JSON" end
        if result.status ~= 0 then return lacks_after(STREAMS, result, base) end
        local replayed = perigee.run(replay_words(words.path))
        return connector.difference(base.records(), result.records()) or connector.difference(base.records(), replayed.records())
      end,
    },
    ["of a replay"] = reading(STREAMS, function() return replay_words(recorded_once()) end),
    ["of a sync into SQLite"] = syncing(".db", rows_of_file),
    ["of a sync that goes on"] = syncing(".db", rows_of_file, half_a_file),
    ["of a sync into JSON lines"] = syncing("/", rows_of_folder),
  }

  for _, name in ipairs(sorted_names(scenarios)) do -- in one order, as the seed chooses for one after the other
    local case = scenarios[name]
    case.sample, case.each_site = SAMPLE, true
    for _, kind in ipairs { "allocation", "call" } do
      it(("an %s %s, the run ends as it should"):format(kind, name):gsub("an call", "a system call"), function()
        failing_runs.check(case, kind)
      end)
    end
  end
end)
