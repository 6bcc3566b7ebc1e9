-- Reads that are ended at random moments while the server's records change, and resumed from the last state that was
-- printed: nothing that the server held all the time may be missing in the end, nor anything that it holds then.
-- Only whole lines count, and of the records only those that a state covers. PERIGEE_SEED repeats a run, as far as time
-- allows, PERIGEE_MOMENT one moment of it; PERIGEE_LONG=1 makes it 200 moments and not 30.
local connector = require "spec.support.connector"
local counted = require "spec.support.counted"
local kept = require "spec.support.kept"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local MOMENTS, SEED, ONLY = require "spec.support.moments"(30, 200)
local MOST_CUTS = 3
local STREAMS = { "events", "issues", "releases", "projects" }
local DIALECTS = { "sentry", "sentry9", "glitchtip", "hosted", "sentry-23.7.1" }
local WHOLE_SECONDS = { hosted = true, ["sentry-23.7.1"] = true } -- of their lists of issues

local random -- of the moment that is being made

local function between(low, high) return low + random() * (high - low) end
local function pick(list) return list[math.floor(between(1, #list + 1))] end

local function generator(seed)
  local state = seed & 0xFFFFFFFF
  return function()
    state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
    return state / 0x100000000
  end
end

local endings, names = require "spec.support.endings"(between)

-- ---- one read and its resumptions

-- Projects of 23.7.1 come as their caller sees them, not as the history has them.
local function streams_of(dialect)
  return dialect == "sentry-23.7.1" and { "events", "issues", "releases" } or STREAMS
end

local function new_trial(number)
  local own = generator(SEED * 1000 + number)
  random = own
  local dialect = DIALECTS[number % #DIALECTS + 1]
  local data = {
    seed = SEED + number, events = math.floor(between(40, 160)), issues = math.floor(between(20, 60)), releases = 12,
    projects = 6, span_hours = pick { 0.1, 1, 6 }, tie = pick { 0, 0, 0.4 }, late = dialect == "glitchtip" and 0.2 or 0,
  }
  local route = dialect ~= "glitchtip" and pick { "project", "issues" } or nil -- that has no list of an issue's events
  data.linked = route == "issues" or dialect == "hosted"
  local late = data.linked and 0 or 0.3 -- an issue that counts an event of long ago may be below the lookback
  local change = { adds = 0.5, updates = 0.3, deletes = 0.4, late = late, seed = SEED + number }
  if route == "issues" then -- no deletes: with an issue its events go, too
    change.adds, change.merges, change.deletes, change.requests = 0.2, 0.1, 0, 80
  end
  local trial = {
    number = number, random = own, dialect = dialect, route = route, streams = streams_of(dialect),
    mode = pick { "full_refresh", "incremental" },
    cuts = math.floor(between(1, MOST_CUTS + 1)), printed = {}, states = {}, how = {},
  }
  trial.scenario = sentry.scenario {
    dialect = dialect, data = data, change = change, page_size = math.floor(between(5, 15)), delay_ms = 3,
    limits = false, deprecations = dialect == "hosted" and { issues = {} } or nil, -- issues by the organization's list
    -- Such a list has whole seconds: all that changes within one would be a tie of many pages, which moves while it is read.
    clock = WHOLE_SECONDS[dialect] and { speed = 60 } or nil,
  }
  return trial
end

local function words_of(trial)
  local entries, state = {}, {}
  for i, stream in ipairs(trial.streams) do entries[i] = { stream, trial.mode } end
  for _, one in pairs(trial.states) do state[#state + 1] = one end
  local words = connector.words("read", trial.scenario, { state = state, config = { events_route = trial.route },
    words = { "--checkpoint-records=10" } })
  words[#words + 1] = "--catalog=" .. perigee.write_catalog(entries)
  return words
end

-- A record as the history has it, whichever list an issue is from.
-- Where issues are merged and taken apart, events say so: they are the same all the same.
local function comparable(trial, stream, text)
  if trial.route == "issues" and stream == "events" then return stream .. text:gsub('"groupID": ?"?%d+', '"groupID":') end
  if trial.dialect ~= "hosted" or stream ~= "issues" then return stream .. text end
  return stream .. connector.of_both_lists(text)
end

local function keep(trial, result)
  kept(result.lines, trial.states, function(stream, text) trial.printed[comparable(trial, stream, text)] = true end)
end

local function run(trials, prepare)
  local list = {}
  for i, trial in ipairs(trials) do
    list[i] = words_of(trial)
    if prepare then prepare(trial, list[i]) end
  end
  for i, result in ipairs(perigee.run_all(list, 8)) do
    trials[i].result = result
    keep(trials[i], result)
  end
end

-- Those whose server changed in each pass of a read, which said so.
local function unsettled(trials)
  local list = {}
  for _, trial in ipairs(trials) do
    local failures = trial.result.status ~= 0 and connector.failures(trial.result) or ""
    if failures:find("changed in each of %d+ passes") then list[#list + 1] = trial end
  end
  return list
end

local function cut_and_resume(trials)
  local cut = 0
  for round = 1, MOST_CUTS do
    local left = {}
    for _, trial in ipairs(trials) do
      if trial.cuts >= round then left[#left + 1] = trial end
    end
    run(left, function(trial, words)
      random = trial.random
      trial.how[round] = pick(names)
      endings[trial.how[round]](words)
    end)
    for _, trial in ipairs(left) do
      local _, complete = table.concat(trial.result.lines, "\n"):gsub('"status":"COMPLETE"', "")
      if complete < #trial.streams then cut = cut + 1 end
    end
  end
  run(trials)
  run(unsettled(trials)) -- on a slow machine all of a server's changes may fall into the passes of one read
  return cut
end

-- ---- what must hold

local function title(trial)
  return ("moment %d (PERIGEE_SEED=%d; %s of %s, %s)"):format(trial.number, SEED, trial.mode, trial.dialect,
    table.concat(trial.how, ", then "))
end

local function is_read(trial, record)
  local list = record.list
  if list == "projects" then return #trial.streams == #STREAMS end
  return list == "releases" or record.project == "web-frontend"
end

-- By list and key: was it there before the first request and without a break until now, and which texts it had.
local function lives_of(trial, history)
  local lives = {}
  for _, span in ipairs(history) do
    if is_read(trial, span) then
      local name = span.list .. " " .. span.key
      local life = lives[name] or { from_start = span.since == 0, texts = {} }
      life.texts[#life.texts + 1] = comparable(trial, span.list, span.text)
      life.merged = life.merged or span["end"] == "merge"
      life.last = not span["until"] and life.texts[#life.texts] or nil
      lives[name] = life
    end
  end
  return lives
end

local function any_printed(trial, texts)
  for _, text in ipairs(texts) do
    if trial.printed[text] then return true end
  end
end

-- Nothing may come out that the server never held, as it held it.
local function assert_all_held(trial, lives)
  local unknown = {}
  for text in pairs(trial.printed) do unknown[text] = true end
  for _, life in pairs(lives) do
    for _, text in ipairs(life.texts) do unknown[text] = nil end
  end
  local stray = next(unknown)
  assert(not stray, ("%s: a record that the server never held: %s"):format(title(trial), tostring(stray):sub(1, 200)))
end

-- An issue that swallows another takes its lastSeen, and so moves to a place that may be read already (docs/reading.md).
local function missing(trial, lives)
  local list = {}
  for name, life in pairs(lives) do
    local throughout = life.from_start and life.last and not life.merged
    if throughout and not any_printed(trial, life.texts) then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

-- The lastSeen of an issue that was taken apart falls, also below the lookback.
local function missing_now(trial, lives)
  local list = {}
  for name, life in pairs(lives) do
    local falls = trial.route == "issues" and name:find "^issues "
    if not falls and life.last and not trial.printed[life.last] then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

local function assert_none(trial, list, what)
  assert(#list == 0, ("%s: %d records %s are missing, such as %s"):format(title(trial), #list, what, tostring(list[1])))
end

local function assert_read(trial)
  local status = tostring(trial.result.status)
  assert(status == "0", ("%s: exit %s: %s"):format(title(trial), status, connector.logs(trial.result)))
end

describe("a read that is ended at a random moment", function()
  local trials, cut = {}, 0

  local function with_mode(mode)
    local list = {}
    for _, trial in ipairs(trials) do
      if trial.mode == mode then list[#list + 1] = trial end
    end
    return list
  end

  setup(function()
    print(("interrupt_spec: PERIGEE_SEED=%d"):format(SEED))
    for number = ONLY or 1, ONLY or MOMENTS do trials[#trials + 1] = new_trial(number) end
    cut = cut_and_resume(trials)
    counted(cut, "reads and syncs that were ended")
  end)
  teardown(perigee.cleanup)

  it("was ended before its time in most cases, so that the rest of this means something", function()
    assert(ONLY or cut >= MOMENTS / 2, ("%d reads of %d moments were ended before their time"):format(cut, MOMENTS))
  end)

  it("comes to its end from its last state", function()
    for _, trial in ipairs(trials) do assert_read(trial) end
  end)

  it("has then brought, in full, every record that the server held throughout", function()
    for _, trial in ipairs(with_mode "full_refresh") do
      local lives = lives_of(trial, trial.scenario.history())
      assert_all_held(trial, lives)
      assert_none(trial, missing(trial, lives), "that were there throughout")
    end
  end)

  it("has brought all that the server holds after one more incremental read, once the records keep still", function()
    local left = with_mode "incremental"
    for _, trial in ipairs(left) do trial.scenario.change { change = {} } end
    run(left)
    for _, trial in ipairs(left) do
      local lives = lives_of(trial, trial.scenario.history())
      assert_read(trial)
      assert_all_held(trial, lives)
      assert_none(trial, missing_now(trial, lives), "that are there now")
    end
  end)
end)
