-- Reads of every kind of list beside the first five streams', and of what hangs on others, that are ended at random moments while
-- the server's records change, and resumed from the last state that was printed. In the end nothing may be missing, and nothing
-- may have come that the server never held, or twice without need. Of a read's records only those count that a state covers; a
-- sync's are the rows of its file.
-- PERIGEE_SEED repeats a run, PERIGEE_MOMENT one moment of it; PERIGEE_LONG=1 makes it 60 moments and not 6.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local counted = require "spec.support.counted"
local database = require "spec.support.database"
local kept = require "spec.support.kept"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local truths = require "spec.support.stream_truth"

local MOMENTS, SEED, ONLY = require "spec.support.moments"(6, 60)
local MOST_CUTS = 3
local REQUESTS = 120 -- of most reads there are more
local CHANGES, LAST_CHANGES = 9, 3 -- a list that changes in each of its passes has the read say so
local PARTS = 3 -- projects that are read at once: what came of one since it last told its state comes again
local DIALECTS = { "hosted", "sentry-23.7.1", "sentry9", "sentry" }
local COUNTS = { members = 19, team_members = 9, project_users = 12, project_keys = 16, service_hooks = 9, debug_files = 12,
  repositories = 9, repository_commits = 12, monitors = 9, monitor_checkins = 12, dashboards = 12, discover_saved = 16,
  detectors = 9, workflows = 16, audit_logs = 19, project_releases = 12, user_feedback = 12, replays = 12,
  explored_errors = 24, explored_logs = 24, explored_spans = 24, uptime_results = 24 }
local KINDS = { hosted = 10, sentry = 10, ["sentry-23.7.1"] = 9 } -- 9.1.2 lacks some

local scripts = truths.scripts

local function between(low, high) return low + math.random() * (high - low) end
local function pick(list) return list[math.random(#list)] end

-- ---- the kinds of lists; each moment reads one stream of each

local function kind_of(name)
  local script = scripts[name]
  local parent, cursor = scripts[script.parent], script.cursor
  if parent then return parent.parent and "child of a child" or script.follow_parent and "child that follows" or "child" end
  if script.single then return "one record" end
  if script.paging == "none" then return "one response" end
  if not cursor then return "list that comes whole" end
  if script.params and script.params.dataset then return "slices of Explore" end
  return cursor.slice and "slices" or cursor.ordered_by and "list in an order" or "list without an order"
end

local function one_of_each(names)
  local by_kind, kinds, list = {}, {}, {}
  for _, name in ipairs(names) do
    local kind = kind_of(name)
    if not by_kind[kind] then kinds[#kinds + 1], by_kind[kind] = kind, {} end
    table.insert(by_kind[kind], name)
  end
  for i, kind in ipairs(kinds) do list[i] = pick(by_kind[kind]) end
  for i = #list, 2, -1 do
    local other = math.random(i)
    list[i], list[other] = list[other], list[i]
  end
  return list, kinds
end

-- What changes: these lists, and those that they hang on. What hangs on a parent that is followed changes with that alone.
local function changing(names)
  local lists, met = {}, {}
  local function add(name)
    if not name or met[name] then return end
    met[name] = true
    if name ~= "teams" and not truths.follows(name) then lists[#lists + 1] = name end
    add(scripts[name].parent)
  end
  for _, name in ipairs(names) do add(name) end
  return lists
end

-- ---- the ways in which a read ends before its time

-- One of its requests has no answer, so that it comes to no end before the signal.
local function by_signal(name)
  return function(words, trial)
    trial.scenario.change { faults = { { fault = "stall_headers", request = math.random(REQUESTS) } } }
    words.ended = { name, between(0.1, 1.5) }
  end
end

local endings = require "spec.support.endings"(between)
endings.killed, endings.terminated = by_signal "KILL", by_signal "TERM"
local HOW, OF_SYNCS = { "killed", "killed", "terminated", "out of readers", "out of disk" }, { "killed", "killed", "terminated" }

-- ---- one read and its resumptions

-- From now on each list changes at so many requests for it.
local function change(trial, requests)
  trial.changes = (trial.changes or 0) + 1
  trial.scenario.change { change = { adds = 0.3, updates = 0.3, deletes = 0.2, lists = changing(trial.streams),
    requests = requests, seed = SEED + trial.number + trial.changes } }
end

local function new_trial(number)
  math.randomseed(SEED, number)
  local dialect = DIALECTS[number % #DIALECTS + 1]
  local trial = { number = number, dialect = dialect, cuts = math.random(MOST_CUTS), states = {}, delivered = {}, how = {},
    workers = math.random(4), size = math.random(3, 8), file = number % 3 == 0 and perigee.new_path ".db" or nil }
  trial.scenario = sentry.scenario { dialect = dialect,
    clock = { speed = pick { 1, 60, 600 }, shift_seconds = pick { 0, 20 * 3600, -20 * 3600 } },
    limits = false, deprecations = false, page_size = trial.size, callers = truths.callers, delay_ms = 2,
    unstable_ties = false, -- of pages this small, that may hide a row from each pass: the read then says so
    data = { seed = SEED + number, events = 0, issues = 5, project_issues = { backend = 3 }, releases = 9, lists = COUNTS } }
  trial.streams, trial.kinds = one_of_each(truths.listed(trial.scenario.truth()))
  change(trial, CHANGES)
  return trial
end

local function config_of(trial) return { project = "", explore = truths.explore, num_workers = trial.workers } end

-- A read; its streams without a cursor have no state where they are to come anew.
local function words_of_read(trial)
  local state = {}
  for name, one in pairs(trial.states) do
    if scripts[name].cursor or not trial.anew then state[#state + 1] = one end
  end
  local words = connector.words("read", trial.scenario, { state = #state > 0 and state or nil,
    config = config_of(trial), words = { "--checkpoint-records=5" } })
  words[#words + 1] = "--catalog=" .. perigee.write_catalog(truths.entries(trial.streams, "incremental"))
  return words
end

local function words_of_sync(trial)
  return connector.words("sync", trial.scenario, { config = config_of(trial), words = { "--to",
    trial.file, "--streams", table.concat(trial.streams, ","), "--checkpoint-records=5" } })
end

local function keep(trial)
  trial.last = {}
  kept(trial.result.lines, trial.states, function(stream, text)
    for _, to in ipairs { trial.delivered, trial.last } do
      to[stream] = to[stream] or {}
      table.insert(to[stream], truths.came { text }[1])
    end
  end)
end

local function run(trials, prepare)
  local list = {}
  for i, trial in ipairs(trials) do
    list[i] = trial.file and words_of_sync(trial) or words_of_read(trial)
    if prepare then prepare(trial, list[i]) end
  end
  for i, result in ipairs(perigee.run_all(list, 4)) do
    trials[i].result = result
    if not trials[i].file then keep(trials[i]) end
  end
end

local function cut_and_resume(trials)
  local cut = 0
  for round = 1, MOST_CUTS do
    local left = {}
    for _, trial in ipairs(trials) do
      if trial.cuts >= round then left[#left + 1] = trial end
    end
    run(left, function(trial, words)
      math.randomseed(SEED, trial.number * MOST_CUTS + round) -- the same for one moment alone
      trial.how[round] = pick(trial.file and OF_SYNCS or HOW)
      endings[trial.how[round]](words, trial)
    end)
    for _, trial in ipairs(left) do
      cut = cut + (trial.result.status ~= 0 and 1 or 0)
      trial.scenario.change { faults = {} }
    end
  end
  for _, trial in ipairs(trials) do change(trial, LAST_CHANGES) end
  run(trials)
  return cut
end

-- ---- what must hold

local function title(trial)
  return ("moment %d (PERIGEE_SEED=%d; %s of %s, %s)"):format(trial.number, SEED, trial.file and "a sync" or "a read",
    trial.dialect, table.concat(trial.how, ", then "))
end

local function assert_read(trial)
  local told = trial.file and trial.result.err or connector.failures(trial.result)
  assert(trial.result.status == 0, ("%s: exit %s: %s"):format(title(trial), tostring(trial.result.status), told))
end

local function assert_none(trial, stream, list, words)
  local example = tostring(list[1]):sub(1, 300)
  assert(#list == 0, ("%s: %s: %d records %s, such as %s"):format(title(trial), stream, #list, words, example))
end

-- What the server holds now: by key where an incremental read does not see that a record has changed.
local function missing(trial, stream, truth)
  local expected, came = truths.expected(stream, truth), trial.delivered[stream] or {}
  if truths.sees_changes(stream) or truths.follows(stream) then return truths.without_all(expected, came) end
  local met, list = truths.keys_of(stream, came), {}
  for _, text in ipairs(expected) do list[#list + 1] = not met[truths.key_of(stream, text)] and text or nil end
  return list
end

-- The rows of a table: how many there are, and each by its key, by the names of the record's fields.
local function table_rows(file, stream)
  local names, parts = {}, {}
  local columns = ("SELECT field, \"column\" FROM _perigee_columns WHERE stream = '%s'"):format(stream)
  for i, row in ipairs(database.rows(file, columns)) do
    names[i], parts[i] = row[1], database.name(row[2])
  end
  local rows = database.rows(file, ("SELECT %s FROM %s"):format(table.concat(parts, ", "), database.name(stream)))
  local by_key = {}
  for _, values in ipairs(rows) do
    local row, of_key = {}, {}
    for i, name in ipairs(names) do row[name] = values[i] end
    for i, name in ipairs(truths.key_names(stream)) do of_key[i] = row[name] end
    local text = table.concat(of_key, "/")
    assert(not by_key[text], ("%s: two rows of %s"):format(stream, text))
    by_key[text] = row
  end
  return { count = #rows, by_key = by_key }
end

local function is_time(text) return text:find "^%d%d%d%d%-%d%d%-%d%dT" ~= nil end

-- Every version of every record that the server ever held, without what its stream adds.
local function ever_held(trial, stream, truth)
  local texts = {}
  for _, held in ipairs(truth[stream]) do texts[#texts + 1] = truths.as_held(stream, held.text) end
  for _, span in ipairs(trial.history) do
    if span.list == stream then texts[#texts + 1] = truths.as_held(stream, span.text) end
  end
  return texts
end

local function strangers(trial, stream, truth)
  local list = {}
  for i, text in ipairs(trial.delivered[stream] or {}) do list[i] = truths.as_held(stream, text) end
  return truths.without_all(list, ever_held(trial, stream, truth))
end

-- What came twice before states. Children are not counted: those of a parent that has changed come again, and so does what came
-- of a list in an order whose pages have numbers.
local function doubles(trial, stream)
  local met, list = {}, {}
  for _, text in ipairs(scripts[stream].cursor and not scripts[stream].parent and trial.delivered[stream] or {}) do
    if met[text] then list[#list + 1] = text end
    met[text] = true
  end
  return list
end

local function assert_read_whole(trial, stream, truth)
  assert_none(trial, stream, missing(trial, stream, truth), "that are there now are missing")
  assert_none(trial, stream, strangers(trial, stream, truth), "came that the server never held")
  local twice = doubles(trial, stream)
  if #twice > trial.cuts * PARTS * 2 * trial.size then assert_none(trial, stream, twice, "came twice") end
  local wrong = not scripts[stream].cursor and connector.difference(truths.expected(stream, truth), trial.last[stream] or {})
  assert(not wrong, ("%s: %s: %s"):format(title(trial), stream, wrong))
end

-- A table's rows by key, each once; what was deleted may still be there, where the stream has a cursor. Of a stream that sees
-- changes, the texts that a record holds are those of its row.
local function assert_table_whole(trial, stream, truth)
  local rows, expected = table_rows(trial.file, stream), truths.expected(stream, truth)
  local wrong = not scripts[stream].cursor and #expected ~= rows.count
  assert(not wrong, ("%s: %s: %d rows of %d records"):format(title(trial), stream, rows.count, #expected))
  local list = {}
  for _, text in ipairs(expected) do
    local row = rows.by_key[truths.key_of(stream, text)]
    local same = row ~= nil
    for name, value in pairs(row and truths.sees_changes(stream) and cjson.decode(text) or {}) do
      same = same and (type(value) ~= "string" or is_time(value) or row[name] == value)
    end
    list[#list + 1] = not same and text or nil
  end
  assert_none(trial, stream, list, "are not in the table")
end

describe("a list that is read and ended at a random moment", function()
  local trials, cut = {}, 0

  setup(function()
    print(("list_interrupt_spec: PERIGEE_SEED=%d"):format(SEED))
    for number = ONLY or 1, ONLY or MOMENTS do trials[#trials + 1] = new_trial(number) end
    cut = cut_and_resume(trials)
    counted(cut, "reads and syncs that were ended")
  end)
  teardown(perigee.cleanup)

  it("was ended before its time in most cases, and is of each kind, so that the rest of this means something", function()
    assert(ONLY or cut >= MOMENTS / 2, ("%d of %d moments were ended before their time"):format(cut, MOMENTS))
    for _, trial in ipairs(trials) do assert(#trial.streams == (KINDS[trial.dialect] or #trial.streams), title(trial)) end
  end)

  it("comes to its end from its last state", function()
    for _, trial in ipairs(trials) do assert_read(trial) end
  end)

  it("has brought all that the server holds after one more read, once the records keep still", function()
    for _, trial in ipairs(trials) do
      trial.scenario.change { change = {} }
      trial.anew = true
    end
    run(trials)
    for _, trial in ipairs(trials) do
      assert_read(trial)
      local truth = trial.scenario.truth()
      trial.history = trial.scenario.history()
      for _, stream in ipairs(trial.streams) do
        (trial.file and assert_table_whole or assert_read_whole)(trial, stream, truth)
      end
    end
  end)
end)
