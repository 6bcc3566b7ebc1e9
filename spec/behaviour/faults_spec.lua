-- Every fault of spec/support/fault_table.lua on the first, a middle and the last page of every stream, and of both lists of a
-- read of events through their issues: what goes out is whole, or the stream says why it is not, and its last state brings the
-- rest. PERIGEE_LONG=1 runs the full product with all servers; else each case comes once on each page, on one stream and one
-- server in turn, and on one page of each of those two lists.
local connector = require "spec.support.connector"
local faults = require "spec.support.fault_table"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local LONG = os.getenv "PERIGEE_LONG" == "1"
local STREAMS = { "events", "issues", "releases", "projects" }
local DIALECTS = { "sentry", "sentry9", "glitchtip" }
local PAGES = { "first", "middle", "last" }
local LISTS = { "issues", "parts" } -- of a read through issues: theirs, and the events of one of them
local PATHS = { parts = "/issues/[0-9]+/events/$", events = "/events/$", issues = "web-frontend/issues/$",
  releases = "/releases/$", projects = "/api/0/projects/$" }
local ROWS, SIZE, ATTEMPTS = 10, 4, 3
local SPANS = { 6, 0.03 } -- hours: with the second, the lookback of a resumed read reaches over the place of the cut
local NOW = "2026-11-01T12:00:00Z"
local WORDS = { "--retry-attempts=" .. ATTEMPTS, "--rate-limit-patience=0.1", "--debug" }

-- Of sentry.io, where events are read through issues: one issue has so many events that they take three pages.
local MANY = { events = 18, issues = ROWS, releases = ROWS, projects = ROWS, issue_events = { ["3"] = 9 } }
for number = 0, ROWS - 1 do MANY.issue_events[tostring(number)] = MANY.issue_events[tostring(number)] or 1 end

local function server_of(dialect, span, more)
  local data = { events = ROWS, issues = ROWS, releases = ROWS, projects = ROWS, span_hours = span }
  if dialect == "hosted" then
    data = { span_hours = span }
    for key, value in pairs(MANY) do data[key] = value end
  end
  local spec = { dialect = dialect, data = data, now = NOW, clock = { fixed = NOW }, page_size = SIZE, gzip = true }
  if dialect == "hosted" then spec.limits = false end
  for key, value in pairs(more or {}) do spec[key] = value end
  return spec
end

-- ---- the product

local function has(list, item)
  for _, one in ipairs(list) do
    if one == item then return true end
  end
  return false
end

-- Such a list is followed, and resumed, from a row that is known; and it is asked for a window, whose failure is none.
local function counts_rows(stream, dialect) return stream == "events" and dialect == "sentry" end

---@class entry one line of the table
---@field stays table|string|nil what must become of it where the fault stays
---@field list string? of a read through issues, the list that the fault strikes

local function entries_of(number, case)
  local list, more, count = {}, case[3], 0
  local function add(page, stream, dialect, stays)
    list[#list + 1] = {
      name = case[1], fault = case[2], more = more, page = page, stream = stream, dialect = dialect, stays = stays,
      mode = (number + count) % 2 == 0 and "incremental" or "full_refresh", span = SPANS[(number // 2 + count) % 2 + 1],
    }
    return list[#list]
  end
  local function add_both(page, stream, dialect)
    if more.positions and counts_rows(stream, dialect) then return end
    count = count + 1
    if more.passes ~= false then add(page, stream, dialect) end
    if more.stays then add(page, stream, dialect, more.stays) end
  end
  local streams, dialects = more.streams or STREAMS, more.dialects or DIALECTS
  for at, page in ipairs(PAGES) do
    if has(more.pages or PAGES, page) then
      if LONG then
        for _, stream in ipairs(streams) do
          for _, dialect in ipairs(dialects) do add_both(page, stream, dialect) end
        end
      else
        add_both(page, streams[(number + at) % #streams + 1], dialects[(number // 2 + at) % #dialects + 1])
      end
    end
  end
  return list
end

-- What is to come of a case on a list of a read through issues; nil: it is none for that list.
local function through_of(case, name)
  local more = case[3]
  local own = more.through and more.through[name]
  if more.through == false or own == false or more.positions and name == "parts" then return nil end
  if not own and more.streams and not has(more.streams, name == "parts" and "events" or name) then return nil end
  local made = {}
  for key, value in pairs(more) do made[key] = value end
  for key, value in pairs(own or {}) do made[key] = value end
  return made
end

-- The lines of a case for the two lists of a read through issues.
local function entries_through(number, case)
  local found = {}
  for which, name in ipairs(LISTS) do
    local more = through_of(case, name)
    local pages = more and more.pages or PAGES
    for at, page in ipairs(pages) do
      if more and (LONG or at == (number + which) % #pages + 1) then
        for _, stays in ipairs { false, more.stays or nil } do
          found[#found + 1] = (stays or more.passes ~= false) and { name = case[1], fault = case[2], more = more, page = page,
            stream = "events", dialect = "hosted", stays = stays or nil, list = name,
            mode = (number + at) % 2 == 0 and "incremental" or "full_refresh", span = SPANS[(number // 2 + at) % 2 + 1] } or nil
        end
      end
    end
  end
  return found
end

local entries = {}
for number, case in ipairs(faults) do
  for _, entry in ipairs(entries_of(number, case)) do entries[#entries + 1] = entry end
  for _, entry in ipairs(entries_through(number, case)) do entries[#entries + 1] = entry end
end

local function title(entry)
  local stream = ({ issues = "the issues that events are read through", parts = "an issue's events" })[entry.list] or entry.stream
  return ("%s, %s, on the %s page of %s of %s (%s, %g h)"):format(entry.name,
    entry.stays and "each time" or "once", entry.page, stream, entry.dialect, entry.mode, entry.span)
end

-- ---- running it

local truths = {} -- by server: the records of each stream, in the order of its list

local function in_order(dialect, stream, records)
  local list = {}
  for i, record in ipairs(records) do list[i] = record end
  if stream == "projects" and dialect ~= "sentry9" then
    table.sort(list, function(a, b) return a.project < b.project end)
  end
  return list
end

local function learn(dialect, span)
  local scenario, found = sentry.scenario(server_of(dialect, span)), {}
  for _, stream in ipairs(STREAMS) do
    found[stream] = in_order(dialect, stream, connector.held(scenario, stream))
  end
  truths[dialect .. span] = found
end

local function witness_of(entry)
  if entry.list then return "releases" end -- events and issues ask for the same lists there
  for i, one in ipairs(STREAMS) do
    if one == entry.stream then return STREAMS[i % #STREAMS + 1] end
  end
end

local function words_for(entry, state)
  local words = {}
  for _, list in ipairs { WORDS, entry.more.words or {} } do table.move(list, 1, #list, #words + 1, words) end
  local given = connector.words("read", entry.scenario, { words = words, state = state,
    config = entry.list and { events_route = "issues" } })
  local streams = { { entry.stream, entry.mode } }
  if not entry.more.alone then streams[2] = { witness_of(entry), entry.mode } end
  given[#given + 1] = "--catalog=" .. perigee.write_catalog(streams)
  return given
end

local function break_server(entry)
  local fault = { path = PATHS[entry.list or entry.stream], times = entry.stays and -1 or 1 }
  for key, value in pairs(entry.fault) do fault[key] = value end
  if entry.more.from then fault.query = entry.page == "middle" and "cursor=" or nil
  elseif not fault.query then fault.page = entry.page == "middle" and 2 or entry.page end
  local more = { faults = { fault } }
  for key, value in pairs(entry.more.server or {}) do more[key] = value end
  entry.scenario = sentry.scenario(server_of(entry.dialect, entry.span, more))
end

local function run(list, result_name, words)
  local all = {}
  for i, entry in ipairs(list) do all[i] = words(entry) end
  for i, result in ipairs(perigee.run_all(all, 10)) do list[i][result_name] = result end
end

local function run_table()
  for _, dialect in ipairs { "hosted", table.unpack(DIALECTS) } do
    for _, span in ipairs(SPANS) do learn(dialect, span) end
  end
  for _, entry in ipairs(entries) do break_server(entry) end
  run(entries, "first", function(entry) return words_for(entry) end)
  local failed = {}
  for _, entry in ipairs(entries) do
    if type(entry.stays) == "table" and not entry.more.alone then failed[#failed + 1] = entry end
  end
  for _, entry in ipairs(failed) do entry.scenario.change { faults = {} } end
  run(failed, "second", function(entry) return words_for(entry, connector.states(entry.first)) end)
end

-- ---- what must hold

local function texts_of(entry, stream)
  local list = {}
  for i, record in ipairs(truths[entry.dialect .. entry.span][stream]) do list[i] = record.text end
  return list
end

local function counted(texts)
  local counts = {}
  for _, text in ipairs(texts) do counts[text] = (counts[text] or 0) + 1 end
  return counts
end

local function assert_nothing_twice(texts)
  for text, count in pairs(counted(texts)) do
    assert(count == 1, ("%d times: %s"):format(count, text:sub(1, 300)))
  end
end

local function assert_complete(result, stream)
  local statuses = connector.statuses(result, stream)
  local last = tostring(statuses[#statuses])
  assert(last == "COMPLETE", ("%s ended %s; %s"):format(stream, last, connector.logs(result)))
end

-- Every record once; where a record was edited on its way, that may come in the place of the true one or beside it.
local function assert_whole(entry, result, stream, edited)
  local wanted, got = texts_of(entry, stream), result.records(stream)
  if not edited then
    local wrong = connector.difference(wanted, got)
    return assert(not wrong, wrong and stream .. ": " .. wrong)
  end
  assert_nothing_twice(got)
  local there, missing = counted(got), 0
  for _, text in ipairs(wanted) do missing = missing + (there[text] and 0 or 1) end
  assert(#got >= #wanted and #got - (#wanted - missing) >= missing, ("%d of %d are missing"):format(missing, #wanted))
end

-- What went out is the list's first rows, and nothing of the page that was broken.
local function assert_only_before(entry, got)
  local list, before = texts_of(entry, entry.stream), { first = 0, middle = SIZE, last = 2 * SIZE }
  local there = counted(got)
  for i = 1, #got do assert(there[list[i]], ("%d records, and not the list's first ones"):format(#got)) end
  local most = before[entry.page]
  assert(#got <= most, ("%d records, of the broken page too"):format(#got))
  assert(entry.page == "first" or #got >= most - 1, ("%d records only"):format(#got))
end

local function assert_told(entry)
  local kind, words = entry.stays[1], entry.stays[2]
  local told = connector.errors(entry.first)
  assert(#told == 1, ("%d errors were told"):format(#told))
  local error = connector.errors(entry.first, entry.stream)[1]
  assert(error.failure_type == kind, error.failure_type .. ": " .. error.message)
  assert(error.message:find(words, 1, true), ("'%s' does not say '%s'"):format(error.message, words))
  local asked = entry.scenario.url:gsub("^http://[^/]*", "") .. "/api/0/"
  assert(entry.more.asked == false or error.message:find("GET http://", 1, true) and error.message:find(asked, 1, true),
    "names no request: " .. error.message)
  local statuses = connector.statuses(entry.first, entry.stream)
  assert(statuses[#statuses] == "INCOMPLETE", "ended " .. statuses[#statuses])
end

local PLACES = 5 -- num_workers' default

local function assert_asked(entry)
  local wanted = entry.more.asked == nil and ATTEMPTS or entry.more.asked
  if not wanted then return end
  -- libcurl asks once more by itself where a connection that it had open before is dead.
  local most = wanted == ATTEMPTS and 3 * wanted or wanted
  -- Such a list is read at several places at once, each of which may meet the fault.
  if counts_rows(entry.stream, entry.dialect) or entry.list then most = math.max(most, PLACES * wanted) end
  local asked = 0
  for _, request in ipairs(entry.scenario.log()) do asked = asked + (request.fault and 1 or 0) end
  assert(asked >= wanted and asked <= most, ("asked %d times, and not %d"):format(asked, wanted))
end

local function assert_recovered(entry)
  assert(entry.first.status == 0, ("exit %s: %s"):format(entry.first.status, connector.logs(entry.first)))
  assert_complete(entry.first, entry.stream)
  assert_whole(entry, entry.first, entry.stream, entry.more.edited)
end

-- The rest comes from the last states, all of it; and where the list has an order to resume in, nothing but the rest.
local function assert_resumed(entry)
  local before, after = entry.first.records(entry.stream), entry.second.records(entry.stream)
  assert(entry.second.status == 0, connector.logs(entry.second))
  assert_complete(entry.second, entry.stream)
  assert_nothing_twice(after)
  local there = counted(before)
  for _, text in ipairs(after) do there[text] = (there[text] or 0) + 1 end
  for _, text in ipairs(texts_of(entry, entry.stream)) do
    assert(there[text], "missing after the second run: " .. text:sub(1, 300))
  end
  if entry.more.rows or entry.stream == "releases" or entry.stream == "projects" then return end
  local again = counts_rows(entry.stream, entry.dialect) and 1 or entry.list and PLACES or 0
  assert(#before + #after <= #texts_of(entry, entry.stream) + again, ("%d and %d of %d records"):format(#before, #after, ROWS))
end

local function assert_failed(entry)
  assert(entry.first.status == 1, "exit " .. tostring(entry.first.status))
  assert_told(entry)
  assert_asked(entry)
  local got = entry.first.records(entry.stream)
  assert_nothing_twice(got)
  if not entry.more.rows and not entry.list then assert_only_before(entry, got) end
  if entry.second then assert_resumed(entry) end
end

describe("a fault", function()
  setup(run_table)
  teardown(perigee.cleanup)

  for _, entry in ipairs(entries) do
    it(title(entry), function()
      local struck = false
      for _, request in ipairs(entry.scenario.log()) do struck = struck or request.fault ~= nil end
      assert(struck, "the fault did not strike")
      if type(entry.stays) == "table" then assert_failed(entry) else assert_recovered(entry) end
      if not entry.more.alone then
        local witness = witness_of(entry)
        assert_complete(entry.first, witness)
        assert_whole(entry, entry.first, witness)
      end
    end)
  end
end)

-- ---- before a first answer

local unreachable = {
  { "whose name is not known", function() return "http://sentry.invalid" end, "transient_error", "(dns)" },
  { "that refuses the connection", function() return "http://127.0.0.1:1" end, "transient_error", "(connect)" },
  { "whose certificate is expired", function(scenario) return scenario.tls_expired end, "config_error", "expired" },
  { "whose certificate is another host's", function(scenario) return scenario.tls_wrong_host end, "config_error", "(tls)" },
  { "whose certificate nobody trusts", function(scenario) return scenario.tls_untrusted end, "config_error", "(tls)" },
}

describe("a server", function()
  local scenario
  setup(function() scenario = sentry.scenario {} end)
  teardown(perigee.cleanup)

  for _, case in ipairs(unreachable) do
    it(case[1] .. " fails every stream, and is asked again only where that may help", function()
      local result = connector.read(scenario, STREAMS, {
        config = { hostname = case[2](scenario) }, env = { SSL_CERT_FILE = scenario.ca }, words = WORDS,
      })
      assert.equal(1, result.status)
      assert.same({}, result.records())
      assert.same({}, connector.states(result))
      local _, again = connector.logs(result):gsub("; again in", "")
      assert.equal(case[3] == "config_error" and 0 or (ATTEMPTS - 1) * #STREAMS, again)
      for _, stream in ipairs(STREAMS) do
        assert.same({ "STARTED", "INCOMPLETE" }, connector.statuses(result, stream))
        local error = connector.errors(result, stream)[1]
        assert.equal(case[3], error.failure_type)
        assert.is_truthy(error.message:find(case[4], 1, true) and error.message:find("GET http", 1, true), error.message)
      end
    end)
  end
end)

describe("records that lack a key or a cursor", function()
  teardown(perigee.cleanup)

  it("come once each, from several pages too, and every other one with them", function()
    for _, dialect in ipairs(DIALECTS) do
      local data = { events = 30, issues = 30, releases = 30, odd = true }
      local scenario = sentry.scenario { dialect = dialect, data = data, now = NOW, page_size = 7 }
      for _, mode in ipairs { "full_refresh", "incremental" } do
        local result = connector.read(scenario, { { "events", mode }, { "issues", mode }, { "releases", mode } })
        assert.equal(0, result.status, connector.logs(result))
        for _, stream in ipairs { "events", "issues", "releases" } do
          local wanted = connector.truth(scenario, stream)
          for i, text in ipairs(wanted) do wanted[i] = text:gsub("[\r\n\t]", " ") end
          assert.is_nil(connector.difference(wanted, result.records(stream)), ("%s of %s, %s"):format(stream, dialect, mode))
        end
      end
    end
  end)
end)
