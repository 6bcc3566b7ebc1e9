-- Streams whose server is asked for slices of a range: `start`, `stop` and `slice` of a cursor. Their property test is
-- spec/scripts/reading/range_slices_spec.lua.
local clock = require "clock"
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local ranged_api = require "spec.support.ranged_api"

local FIRST = clock.parse "2026-01-01T00:00:00Z"
local HOUR = 3600 * 1000000

-- Rows of every sixth hour of 15 days, so that some lie on each border; `of` writes their times.
local function rows(of)
  local list = {}
  for i = 0, 59 do list[i + 1] = { id = i, at = of(FIRST + i * 6 * HOUR) } end
  return list
end

local function text(us) return clock.format(us):sub(1, 19) .. "Z" end
local function seconds(us) return us // 1000000 end

local function all_ids(from, to)
  local ids = {}
  for id = from, to do ids[#ids + 1] = id end
  return ids
end

local function sorted(ids)
  table.sort(ids)
  return ids
end

local PAGED = 'primary_key = "id", paging = { page = "page" }, page_size = { per_page = 3 }, '
local WHOLE = 'primary_key = "id", '

local function list(words, stream, server, also)
  server.rows, server.field = server.rows or rows(text), server.field or "at"
  server.start, server.stop = "from", "to"
  return { words, stream = stream, server = server, also = also }
end

local function cursor(form, slice, more)
  return ('cursor = { field = "at", start = { from = "%s" }, stop = { to = "%s" }, slice = "%s"%s }'):format(form, form, slice,
    more or "")
end

local forms = {
  list("times, pages, ends that belong to both sides", PAGED .. cursor("time", "P1D"), { size = 3, includes = "both" }),
  list("times, ends that belong to none", PAGED .. cursor("time", "P1D"), { size = 3, includes = "none", order = "up" }),
  list("dates that include neither day", WHOLE .. cursor("date", "P2D"), { form = "date", includes = "none" }),
  list("dates that include both days", WHOLE .. cursor("date", "P1W"), { form = "date", includes = "both" }),
  list("months by dates", WHOLE .. cursor("date", "P1M"), { form = "date", includes = "start" }),
  list("a pattern", WHOLE .. cursor("%Y-%m-%d %H:%M:%S", "PT12H"), { includes = "stop" }),
  list("seconds of a list in order", PAGED .. cursor("seconds", "P3D", ', type = "seconds", ordered_by = "at"'),
    { rows = rows(seconds), form = "seconds", type = "seconds", size = 3, order = "down" }),
  list("milliseconds", WHOLE .. cursor("milliseconds", "P1Y"), { form = "milliseconds", includes = "none" }),
  list("no key", 'paging = { page = "page" }, page_size = { per_page = 3 }, ' .. cursor("time", "P1D"),
    { size = 3, includes = "both" }),
  list("a server that needs both ends, and takes eight days at most", WHOLE .. cursor("time", "P1D"),
    { needs = { "from", "to" }, longest = 8 * 86400 + 2 }),
}
local limited = #forms

local function ids_api(server)
  server.rows, server.field, server.form, server.type = {}, "id", "id", "id"
  for id = 100000, 100059 do server.rows[#server.rows + 1] = { id = id } end
  return list("ids", PAGED .. 'cursor = { field = "id", type = "id", start = "from", stop = "to", slice = 20 }', server)
end

local ids = #forms + 1
forms[ids] = ids_api { size = 3, includes = "start" }
local ignoring = ids + 1
forms[ignoring] = list("a server that knows neither parameter", WHOLE .. cursor("time", "P1D"), { ignores = { "from", "to" } })
forms[ignoring + 1] = list("a server that knows no beginning", WHOLE .. cursor("time", "P1D"), { ignores = { "from" } })
forms[ignoring + 2] = list("a server that knows no end", WHOLE .. cursor("time", "P1D"), { ignores = { "to" } })
local failing = ignoring + 3
forms[failing] = list("a slice that fails at its second page", PAGED .. cursor("time", "P1D"),
  { size = 3, refuses = { ["from=2026-01-04T23%3A59%3A59Z&page=2"] = 6 } })
local killed = failing + 1
forms[killed] = list("runs that are cut", PAGED .. cursor("time", "P1D"), { size = 3, order = "up" })
local child = killed + 1
forms[child] = list("a child stream", PAGED .. cursor("time", "P1W"), { size = 3 }, { child = [[
  return { name = "child", base = "%s", path = "rows", parent = function() return { { id = "a" }, { id = "b" } } end,
    primary_key = { "id", "of" }, identity = "id", paging = { page = "page" }, page_size = { per_page = 30 },
    transform = function(record, context) return record:set("of", context.parent.id) end,
    cursor = { field = "at", start = { from = "time" }, stop = { to = "time" }, slice = "P1W" } }]] })

local several = child + 1
forms[several] = list("slices that wait for each other", PAGED .. cursor("time", "P1D"), { size = 3, together = 3 })
forms[several + 1] = list("slices one after the other", PAGED .. cursor("time", "P1D"), { size = 3, most_at_once = 1 })

local nothing = several + 2
forms[nothing] = list("no rows", PAGED .. cursor("time", "P1D"), { rows = json.array(), size = 3 })

describe("a stream whose server is asked for slices", function()
  local api
  setup(function() api = ranged_api.start(forms) end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  for i = 1, ids do
    it("brings each row once, in full and then what is new: " .. forms[i][1], function()
      local wanted = i == ids and all_ids(100000, 100059) or all_ids(0, 59)
      local config = i == limited and { start_date = "2025-12-01T00:00:00Z" } or {}
      local full = api.read(i, { config = config })
      assert.is_true(full.complete, connector.logs(full.result))
      assert.same(wanted, sorted(full.ids))
      local first = api.read(i, { mode = "incremental", config = config })
      assert.same(wanted, sorted(first.ids))
      assert.is_true(#full.asked < 130, #full.asked .. " requests")
      local again = api.read(i, { mode = "incremental", state = connector.states(first.result), config = config })
      assert.is_true(again.complete, connector.logs(again.result))
      assert.same({}, forms[i][1] == "no key" and {} or again.ids)
      assert.is_true(#again.asked < (i == limited and 60 or 25), #again.asked .. " requests for nothing new")
    end)
  end

  it("does not ask for each of the empty slices since 1970", function()
    local reading = api.read(3)
    local before = 0
    for _, target in ipairs(reading.asked) do
      if target:find("to=20[01]%d%-") or target:find("to=19") then before = before + 1 end
    end
    assert.is_true(before < 20, before .. " requests before the first row's time")
  end)

  it("looks at all slices by one request where there was nothing, and brings what has come since", function()
    local first = api.read(nothing, { mode = "incremental" })
    assert.is_true(first.complete and #first.asked > 5, #first.asked .. " requests")
    local states = connector.states(first.result)
    for _ = 1, 2 do
      local again = api.read(nothing, { mode = "incremental", state = states })
      assert.is_true(again.complete, connector.logs(again.result))
      assert.equal(1, #again.asked)
      states = connector.states(again.result)
    end
    for i = 1, limited do
      local config = i == limited and { start_date = "2025-12-01T00:00:00Z" } or {}
      local states_of_full = connector.states(api.read(i, { mode = "incremental", config = config }).result)
      local last = states_of_full[#states_of_full]
      last.stream.stream_state = { of = last.stream.stream_state.of, seed = last.stream.stream_state.seed }
      local came = api.read(i, { mode = "incremental", state = { last }, config = config })
      assert.is_true(came.complete, connector.logs(came.result))
      assert.same(all_ids(0, 59), sorted(came.ids), forms[i][1])
    end
  end)

  it("begins at start_date", function()
    local reading = api.read(1, { config = { start_date = "2026-01-10T00:00:00Z" } })
    assert.same(all_ids(36, 59), sorted(reading.ids))
    assert.equal("1/rows?from=2026-01-09T23%3A59%3A59Z&page=1&per_page=3&to=2026-01-11T00%3A00%3A00Z", reading.asked[1])
  end)

  for i = ignoring, ignoring + 2 do
    it("notices " .. forms[i][1], function()
      local reading = api.read(i)
      assert.is_false(reading.complete)
      assert.equal("config_error", reading.failure.failure_type)
      for _, word in ipairs { "does not keep to these parameters", "`cursor.start` and `cursor.stop`", "from=", "to=" } do
        assert.is_truthy(reading.failure.message:find(word, 1, true), reading.failure.message)
      end
    end)
  end

  it("begins a slice again that failed half-way, and asks for no other that was done", function()
    local cut = api.read(failing, { mode = "incremental", words = { "--checkpoint-records=1" } })
    assert.is_false(cut.complete)
    local resumed = api.read(failing, { mode = "incremental", state = connector.states(cut.result) })
    assert.is_true(resumed.complete, connector.logs(resumed.result))
    local both = table.move(resumed.ids, 1, #resumed.ids, #cut.ids + 1, cut.ids)
    assert.same(all_ids(0, 59), sorted(both))
    for _, target in ipairs(resumed.asked) do
      assert.is_nil(target:find "from=2026%-01%-0[12]", target .. " was done")
      assert.is_nil(target:find "from=%d%d%d%d%-%d%d%-%d%dT%d%d%%3A%d%d%%3A%d%dZ&page=1&per_page=3&to=20[01]%d", target)
    end
  end)

  -- What a destination keeps: the records before the last state.
  local function kept_of(result)
    local waiting, kept, state = {}, {}, nil
    for _, line in ipairs(result.lines) do
      local id = line:match '"id": ?(%d+)'
      if line:find '^{"type":"RECORD"' then waiting[#waiting + 1] = tonumber(id) end
      if line:find '^{"type":"STATE"' then
        state = connector.states { lines = { line } }
        table.move(waiting, 1, #waiting, #kept + 1, kept)
        waiting = {}
      end
    end
    return kept, state
  end

  for _, mode in ipairs { "full_refresh", "incremental" } do
    it("keeps each row once where runs are cut after any output: " .. mode, function()
      local lists = {}
      for i = 1, 8 do
        local words = api.words(killed, "read", { mode = mode, words = { "--checkpoint-records=4" } })
        words.wrap = function(command, out) return ("%s | head -c %d >%s"):format(command, 1200 * i, out) end
        lists[i] = words
      end
      for _, cut in ipairs(perigee.run_all(lists, 4)) do
        local kept, state = kept_of(cut)
        local resumed = api.read(killed, { mode = mode, state = state })
        assert.is_true(resumed.complete, connector.logs(resumed.result))
        assert.same(all_ids(0, 59), sorted(table.move(resumed.ids, 1, #resumed.ids, #kept + 1, kept)))
      end
    end)
  end

  for i, workers in pairs { [several] = 3, [several + 1] = 1 } do
    it(("is read by num_workers requests at once, no more and no fewer: %d"):format(workers), function()
      local reading = api.read(i, { config = { num_workers = workers, start_date = "2026-01-01T00:00:00Z" } })
      assert.is_true(reading.complete, connector.logs(reading.result))
      assert.same(all_ids(0, 59), sorted(reading.ids))
    end)
  end

  it("is one list for each parent of a child stream", function()
    local reading = api.read(child, { stream = "child", mode = "incremental" })
    assert.is_true(reading.complete, connector.logs(reading.result))
    assert.equal(120, #reading.ids)
    local again = api.read(child, { stream = "child", mode = "incremental", state = connector.states(reading.result) })
    assert.same({}, again.ids, connector.logs(again.result))
  end)

  it("is asked by check for its newest slice, and says that a full read goes on where it was cut", function()
    local told = perigee.run(api.words(limited, "check"))
    assert.equal("SUCCEEDED", told.of "CONNECTION_STATUS"[1].status, connector.logs(told))
    local catalog = perigee.run(api.words(limited, "discover")).of "CATALOG"[1]
    for _, stream in ipairs(catalog.streams) do
      if stream.name == "mine" then assert.is_true(stream.is_resumable) end
    end
    local words = api.words(limited, "try", { words = { "mine", "--plan" } })
    assert.is_truthy(perigee.run(words).err:find("only a read shows how many hold something", 1, true))
  end)

  it("names what a slice lacks", function()
    for given, wanted in pairs {
      ['slice = "P1D", start = "from"'] = "where the server takes `start` alone, leave `slice` out",
      ['slice = "P1D", stop = "to"'] = "'slice' needs `start` and `stop`", ['stop = "to"'] = "'stop' needs `slice`",
      ['stop = "to", start = "from"'] = "'stop' needs `slice`",
      ['slice = "1 day", start = "from", stop = "to"'] = "'slice' must be a duration",
      ['slice = "P1MT1H", start = "from", stop = "to"'] = "'slice' must be a duration",
      ['slice = 20, start = "from", stop = "to"'] = "'slice' must be a duration",
      ['slice = "P1D", start = "from", stop = "to", type = "id"'] = "a number of ids",
      ['slice = "P1D", start = "from", stop = { to = "%%d.%%q" }'] = "'stop' must be a parameter",
      ['slice = "P1D", start = { from = "%%H:%%M" }, stop = "to"'] = "'start' must be a parameter",
    } do
      local usual = forms[1].stream
      forms[1].stream = WHOLE .. 'cursor = { field = "at", ' .. given:gsub("%%%%", "%%") .. " }"
      local failure = api.read(1).failure
      forms[1].stream = usual
      assert.is_truthy(failure and failure.message:find(wanted, 1, true), failure and failure.message or given)
    end
  end)
end)
