-- Every fault of spec/support/fault_table.lua on the first, a middle and the last page of every stream, and of further lists
-- (spec/support/fault_entries.lua): what goes out is whole, or the stream says why it is not, and its last state brings the rest.
local connector = require "spec.support.connector"
local counted_cases = require "spec.support.counted"
local fault_entries = require "spec.support.fault_entries"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local STREAMS = fault_entries.streams
local PATHS = { events = "/events/$", issues = "web-frontend/issues/$", releases = "/releases/$", projects = "/api/0/projects/$",
  parts = "/issues/[0-9]+/events/$", organization = "organizations/acme/issues/$" }
local ROWS, SIZE, ATTEMPTS = 10, 4, 3
local NOW = "2026-11-01T12:00:00Z"
local WORDS = { "--retry-attempts=" .. ATTEMPTS, "--rate-limit-patience=0.1", "--debug" }

-- Where events are read through issues: one of these has so many that they take three pages.
local MANY = { events = 18, issues = ROWS, releases = ROWS, projects = ROWS, issue_events = { ["3"] = 9 } }
for number = 0, ROWS - 1 do MANY.issue_events[tostring(number)] = MANY.issue_events[tostring(number)] or 1 end

local function server_of(entry, more)
  local data = { events = ROWS, issues = ROWS, releases = ROWS, projects = ROWS, span_hours = entry.span }
  data.linked = entry.list ~= nil
  for key, value in pairs(entry.list and MANY or {}) do data[key] = value end
  local spec = { dialect = entry.dialect, data = data, now = NOW, clock = { fixed = NOW }, page_size = SIZE, gzip = true }
  if entry.dialect == "hosted" then spec.limits = false end
  for key, value in pairs(more or {}) do spec[key] = value end
  return spec
end

-- ---- running it

local entries = fault_entries.all()
local truths = {} -- by server: the records of each stream, in the order of its list

local function server_name(entry) return entry.dialect .. entry.span .. (entry.list and "more" or "") end

local function in_order(dialect, stream, records)
  local list = {}
  for i, record in ipairs(records) do list[i] = record end
  if stream == "projects" and dialect ~= "sentry9" then
    table.sort(list, function(a, b) return a.project < b.project end)
  end
  return list
end

local function learn(entry)
  local name = server_name(entry)
  if truths[name] then return end
  local scenario, found = sentry.scenario(server_of(entry)), {}
  for _, stream in ipairs(STREAMS) do
    found[stream] = in_order(entry.dialect, stream, connector.held(scenario, stream))
  end
  truths[name] = found
end

local function words_for(entry, state)
  local words = {}
  for _, list in ipairs { WORDS, entry.more.words or {} } do table.move(list, 1, #list, #words + 1, words) end
  local given = connector.words("read", entry.scenario, { words = words, state = state,
    config = entry.list and entry.stream == "events" and { events_route = "issues" } or nil })
  local streams = { { entry.stream, entry.mode } }
  if not entry.more.alone then streams[2] = { fault_entries.witness(entry), entry.mode } end
  given[#given + 1] = "--catalog=" .. perigee.write_catalog(streams)
  return given
end

local function break_server(entry)
  local fault = { path = PATHS[entry.list and entry.list.name or entry.stream], times = entry.stays and -1 or 1 }
  for key, value in pairs(entry.fault) do fault[key] = value end
  if entry.more.from then fault.query = entry.page == "middle" and "cursor=" or nil
  elseif not fault.query then fault.page = entry.page == "middle" and 2 or entry.page end
  local more = { faults = { fault } }
  for _, keys in ipairs { entry.list and entry.list.server or {}, entry.more.server or {} } do
    for key, value in pairs(keys) do more[key] = value end
  end
  entry.scenario = sentry.scenario(server_of(entry, more))
end

local function run(list, result_name, words)
  local all = {}
  for i, entry in ipairs(list) do all[i] = words(entry) end
  for i, result in ipairs(perigee.run_all(all, 10)) do list[i][result_name] = result end
end

local function run_table()
  for _, entry in ipairs(entries) do learn(entry) end
  for _, entry in ipairs(entries) do break_server(entry) end
  run(entries, "first", function(entry) return words_for(entry) end)
  local failed = {}
  for _, entry in ipairs(entries) do
    if type(entry.stays) == "table" and not entry.more.alone then failed[#failed + 1] = entry end
  end
  counted_cases(#entries, "faults of a server")
  for _, entry in ipairs(failed) do entry.scenario.change { faults = {} } end
  run(failed, "second", function(entry) return words_for(entry, connector.states(entry.first)) end)
end

-- ---- what must hold

local function comparable(entry, text)
  return entry.list and entry.stream == "issues" and connector.of_both_lists(text) or text
end

local function texts_of(entry, stream)
  local list = {}
  for i, record in ipairs(truths[server_name(entry)][stream]) do
    list[i] = comparable(entry, record.text)
  end
  return list
end

local function records_of(entry, result, stream)
  local list = result.records(stream)
  for i, text in ipairs(list) do list[i] = comparable(entry, text) end
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
  local last = tostring(connector.last_status(result, stream))
  assert(last == "COMPLETE", ("%s ended %s; %s"):format(stream, last, connector.logs(result)))
end

-- Every record once; where a record was edited on its way, that may come in the place of the true one or beside it.
local function assert_whole(entry, result, stream, edited)
  local wanted, got = texts_of(entry, stream), records_of(entry, result, stream)
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
  local last = connector.last_status(entry.first, entry.stream)
  assert(last == "INCOMPLETE", "ended " .. last)
end

local PLACES = 5 -- num_workers' default

local function assert_asked(entry)
  local wanted = entry.more.asked == nil and ATTEMPTS or entry.more.asked
  if not wanted then return end
  -- libcurl asks again by itself where a connection that it had open before is dead.
  local again = wanted == ATTEMPTS and 4 or 1
  -- Such a list is read at several places at once, each of which may meet the fault.
  local places = (fault_entries.counts_rows(entry.stream, entry.dialect) or entry.list) and PLACES or 1
  -- Releases are requested without project=-1, too, where that is refused.
  local refused = entry.fault.status == 400 or entry.fault.status == 403
  local ways = refused and entry.stream == "releases" and entry.page == "first" and 2 or 1
  local most = wanted * again * places * ways
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
  local before, after = records_of(entry, entry.first, entry.stream), records_of(entry, entry.second, entry.stream)
  assert(entry.second.status == 0, connector.logs(entry.second))
  assert_complete(entry.second, entry.stream)
  assert_nothing_twice(after)
  local there = counted(before)
  for _, text in ipairs(after) do there[text] = (there[text] or 0) + 1 end
  for _, text in ipairs(texts_of(entry, entry.stream)) do
    assert(there[text], "missing after the second run: " .. text:sub(1, 300))
  end
  if entry.more.rows or entry.stream == "releases" or entry.stream == "projects" then return end
  local again = fault_entries.counts_rows(entry.stream, entry.dialect) and 1 or entry.list and PLACES or 0
  assert(#before + #after <= #texts_of(entry, entry.stream) + again, ("%d and %d of %d records"):format(#before, #after, ROWS))
end

local function assert_failed(entry)
  assert(entry.first.status == 1, "exit " .. tostring(entry.first.status))
  assert_told(entry)
  assert_asked(entry)
  local got = records_of(entry, entry.first, entry.stream)
  assert_nothing_twice(got)
  if not entry.more.rows and not entry.list then assert_only_before(entry, got) end
  if entry.second then assert_resumed(entry) end
end

describe("a fault", function()
  setup(run_table)
  teardown(perigee.cleanup)

  for _, entry in ipairs(entries) do
    it(fault_entries.title(entry), function()
      local struck = false
      for _, request in ipairs(entry.scenario.log()) do struck = struck or request.fault ~= nil end
      assert(struck, "the fault did not strike")
      if type(entry.stays) == "table" then assert_failed(entry) else assert_recovered(entry) end
      if not entry.more.alone then
        local witness = fault_entries.witness(entry)
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
    for _, dialect in ipairs(fault_entries.dialects) do
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
