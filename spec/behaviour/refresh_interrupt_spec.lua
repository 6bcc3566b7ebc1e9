-- Reads of a whole list that are killed at one of their writes, and begun again: what has changed comes, in a file, in a folder
-- of JSON lines, and by `read` with a ledger, whose platform has what stands before the last state alone.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local refusals = require "spec.support.refusals"
local sentry = require "spec.support.sentry"

local DAY = 86400
local DATA = { issues = 120, events = 0 }
local CONFIG = { refresh = "P1D", track_deletes = true }
local LONG = os.getenv "PERIGEE_LONG" == "1"
local MOMENTS, STEP = LONG and 40 or 6, LONG and 1 or 6 -- every so many writes of a refresh

local function scenario_of()
  return sentry.scenario { data = DATA, page_size = 10 }
end

local function change(scenario)
  local data = { later = { { resolves = 40, assigns = 20, deletes = { issues = 5 } } } }
  for name, value in pairs(DATA) do data[name] = value end
  scenario.change { data = data, clock = { shift_seconds = DAY + 60 } }
end

local function sync_words(scenario, to)
  return connector.words("sync", scenario,
    { config = CONFIG, words = { "--to", to, "--streams=issues", "--checkpoint-records=10" } })
end

-- What is there, as often as it is to be ended at a moment; each run is killed there, and run again.
local function killed_and_run_again(make)
  local list, killed = {}, 0
  for n = 1, MOMENTS do
    list[n] = make(n)
    list[n].env = refusals.environment { write = "kill " .. n * STEP }
  end
  local ended = perigee.run_all(list, 4)
  for n, result in ipairs(ended) do
    killed = killed + (result.signal == 9 and 1 or 0)
    list[n] = make(n, result)
  end
  assert(killed >= MOMENTS // 3, killed .. " were killed")
  local again = perigee.run_all(list, 4)
  for n, result in ipairs(again) do assert(result.status == 0, ("write %d: %s"):format(n * STEP, result.err)) end
  return ended, again
end

local function copies(from, ending)
  local paths = {}
  for n = 1, MOMENTS do
    paths[n] = perigee.new_path(ending)
    assert(os.execute(("cp -r '%s' '%s'"):format(from, paths[n])))
  end
  return paths
end

local function texts_of_folder(folder)
  local texts = {}
  for _, entry in ipairs(cjson.decode(files.read(folder .. "/manifest.json")).streams) do
    for _, name in ipairs(entry.files) do
      for text in files.read(folder .. "/" .. name):gmatch "[^\n]+" do texts[text] = true end
    end
  end
  return texts
end

-- The records before the last state: those behind it a platform may have lost.
local function kept(result)
  local texts, waiting = {}, {}
  for _, line in ipairs(result.lines) do
    local text = line:match '^{"type":"RECORD".-"data":(.*),"emitted_at":%d+}}$'
    if text then waiting[#waiting + 1] = text end
    if line:find '^{"type":"STATE"' then
      for _, one in ipairs(waiting) do texts[one] = true end
      waiting = {}
    end
  end
  return texts
end

local function assert_has(scenario, texts, n)
  for _, text in ipairs(connector.truth(scenario, "issues")) do assert(texts[text], ("moment %d lacks %s"):format(n, text)) end
end

local function count_gone(texts)
  local count = 0
  for text in pairs(texts) do count = count + (text:find '"_deleted_at":"' and 1 or 0) end
  return count
end

describe("a read of a whole list that is killed at a write", function()
  teardown(perigee.cleanup)

  local if_possible = refusals.possible and it or pending

  if_possible("leaves a SQLite file with which the next one brings all that has changed, and what is gone", function()
    local scenario, file = scenario_of(), perigee.new_path ".db"
    assert.equal(0, perigee.run(sync_words(scenario, file)).status)
    change(scenario)
    local paths = copies(file, ".db")
    killed_and_run_again(function(n) return sync_words(scenario, paths[n]) end)
    for _, path in ipairs(paths) do
      local query = "DELETE FROM issues WHERE _deleted_at IS NOT NULL; SELECT changes()"
      assert.equal(5, database.value(path, query))
      database.assert_holds(path, "issues", "id", connector.held(scenario, "issues"))
    end
  end)

  if_possible("leaves a folder of JSON lines with which the next one does", function()
    local scenario, folder = scenario_of(), perigee.new_path ""
    assert.equal(0, perigee.run(sync_words(scenario, folder .. "/")).status)
    change(scenario)
    local paths = copies(folder, "")
    killed_and_run_again(function(n) return sync_words(scenario, paths[n] .. "/") end)
    for n, path in ipairs(paths) do
      local texts = texts_of_folder(path)
      assert_has(scenario, texts, n)
      assert.is_true(count_gone(texts) >= 5)
    end
  end)

  if_possible("goes on by `read` from the last state, and all that has changed comes before a state", function()
    local scenario, folder, list = scenario_of(), perigee.folder "ledger", { { "issues", "incremental" } }
    local catalog = perigee.write_catalog(list)
    local words = { "--ledger=" .. folder, "--catalog=" .. catalog, "--checkpoint-records=10" }
    local first = perigee.run(connector.words("read", scenario, { config = CONFIG, words = words }))
    assert.equal(0, first.status, first.err)
    change(scenario)
    local paths, states = copies(folder, ""), connector.states(first)
    local ended, again = killed_and_run_again(function(n, before)
      local told = before and connector.states(before) or {}
      return connector.words("read", scenario, { config = CONFIG, state = #told > 0 and told or states,
        words = { "--ledger=" .. paths[n], table.unpack(words, 2) } })
    end)
    for n = 1, MOMENTS do
      local texts = kept(first)
      for _, result in ipairs { ended[n], again[n] } do
        for text in pairs(kept(result)) do texts[text] = true end
      end
      assert_has(scenario, texts, n)
      assert.is_true(count_gone(texts) >= 5)
    end
  end)
end)
