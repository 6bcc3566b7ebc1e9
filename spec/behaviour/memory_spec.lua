-- What a read and a sync take of memory: the same whatever there is to read, and whoever takes a read's output.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local measured = require "spec.support.measured"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local GROWTH = 1500 -- KiB by which two peaks may differ that are the same: the system counts in pages and batches
local WORK = 5 * 1024 -- KiB of a peak beside what the libraries take: of 16 MiB they are 11 in Debian 12, and more in others
local PEAK_OF_SYNC = 40 * 1024
local PEAK_WITH_STATES = 24 * 1024

-- The sanitizers keep what was freed, and shadow all else.
local sanitized = require "spec.support.sanitized"

-- A figure of a process, in KiB; nil when it has ended.
local function figure(pid, name)
  local file = io.open(("/proc/%d/status"):format(pid))
  local text = file and file:read "a"
  if file then file:close() end
  return text and tonumber(text:match(name .. ":%s+(%d+) kB"))
end

-- The most that a read may take: WORK, and what a script takes that does nothing.
local function most_of_read()
  local script = perigee.write('for line in io.lines "/proc/self/status" do print(line) end', "idle.lua")
  return WORK + tonumber(table.concat(perigee.run({ "lua", script }).lines, "\n"):match "VmHWM:%s+(%d+) kB")
end

-- The peak of a read of so many events, at the last state at which it is still there: more of them than its pipe holds.
local function peak(events)
  local scenario = sentry.scenario { data = { events = events } }
  local going = connector.start(scenario, { "events" }, { words = { "--checkpoint-records=100" } })
  local most = 0
  while going:wait_for "STATE" do most = figure(going.pid, "VmHWM") or most end
  local result = going:close()
  assert.equal(0, result.status, connector.logs(result))
  assert.equal(events, #result.records "events")
  return most
end

-- Of projects, and of each project's issues.
local STREAMS = { "events", "issues", "user_feedback", "project_users", "project_keys", "service_hooks", "debug_files",
  "project_releases" }
local CHILDREN = { "issue_detail", "issue_events", "issue_hashes", "issue_tags" }

-- What a state has of one project among others.
local function part_of(i)
  local time = ("2026-11-19T%02d:%02d:00.000000Z"):format(i % 24, i % 60)
  local keys = {}
  for n = 1, 3 do keys[n] = ("~%06d%010d"):format(n, i) end
  return { dateCreated = time, marks = { dateCreated = time }, recent = { keys = keys } }
end

local function waits_to_write(pid)
  local file = assert(io.open(("/proc/%d/wchan"):format(pid)))
  local where = file:read "a"
  file:close()
  return where:find "pipe_write" ~= nil
end

local MAX_BODY = 16 << 20
local MOST = (2 * MAX_BODY + (32 << 20)) // 1024
local MOST_MADE_ANEW = (3 * MAX_BODY + (32 << 20)) // 1024

-- The failed read of a stream whose every answer has this fault: its peak, the message of its error, the sizes of pages that
-- it asked for.
local function peak_of(fault)
  fault.times, fault.path = -1, "events"
  local scenario = sentry.scenario { faults = { fault } }
  local words = connector.words("read", scenario, { words = {
    "--catalog=" .. perigee.write_catalog { "events" }, "--retry-attempts=3", ("--max-body=%d"):format(MAX_BODY) } })
  local result, kib = measured(words)
  assert.equal(1, result.status, result.err)
  local sizes = {}
  for i, request in ipairs(scenario.log "events") do sizes[i] = request.query.per_page end
  return kib, connector.errors(result, "events")[1].message, table.concat(sizes, " ")
end

describe("the memory of a read", function()
  teardown(perigee.cleanup)

  it("is at most twice --max-body and 32 MiB, whatever a single answer holds, but for pages that are made anew", function()
    if sanitized then return pending "the sanitizers keep what was freed" end
    local tiny = "[" .. ("{},"):rep(5000000) .. "{}]"
    local smaller, attempts = "100 50 25 12 6 3 2", "100 100 100"
    local answers = {
      { { fault = "status", status = 200, body = tiny, content_type = "application/json" }, "too many records", smaller },
      { { fault = "status", status = 500, body = tiny, content_type = "application/json" }, "status 500", attempts },
      { { fault = "gzip_bomb", bytes = 400 << 20 }, "inflates beyond the limit", smaller },
      { { fault = "huge", bytes = 100 << 20 }, "the limit for a body", smaller },
    }
    for _, case in ipairs(answers) do
      local kib, message, sizes = peak_of(case[1])
      assert.is_truthy(message:find(case[2], 1, true), message)
      assert.equal(case[3], sizes)
      assert.is_true(kib <= MOST, ("%s: %d KiB"):format(case[2], kib))
    end
  end)

  it("is at most three times --max-body and 32 MiB for a page that is made anew, as its records are given a member", function()
    if sanitized then return pending "the sanitizers keep what was freed" end
    local rows = 60000 -- nearly as many as are taken with this limit
    local body = "[" .. (('{"id":"1","text":"%s"},'):format(("x"):rep(MAX_BODY // rows - 24))):rep(rows):sub(1, -2) .. "]"
    local scenario = sentry.scenario { faults = { { fault = "status", status = 200, body = body, path = "codeowners",
      content_type = "application/json", times = -1 } } }
    local result, kib = measured(connector.words("read", scenario, { words = {
      "--catalog=" .. perigee.write_catalog { "codeowners" }, ("--max-body=%d"):format(MAX_BODY) } }))
    assert.equal(0, result.status, connector.failures(result))
    assert.equal(rows, #result.records())
    assert.is_true(kib <= MOST_MADE_ANEW, kib .. " KiB")
  end)

  it("is the same for four times as much", function()
    if sanitized then return pending "the sanitizers keep what was freed" end
    local small, large = peak(1500), peak(6000)
    assert.is_true(small > 0 and large <= most_of_read(), large .. " KiB")
    assert.is_true(large - small < GROWTH, ("%d and %d KiB"):format(small, large))
  end)

  it("is bounded for the four streams of old at the same time", function()
    if sanitized then return pending "the sanitizers keep what was freed" end
    local scenario = sentry.scenario { data = { events = 1500, issues = 300, releases = 300, projects = 120 } }
    local words = connector.words("read", scenario, { words = {
      "--catalog=" .. perigee.write_catalog { "events", "issues", "releases", "projects" } } })
    local result, kib = measured(words)
    assert.equal(0, result.status, result.err)
    assert.is_true(kib <= most_of_read(), kib .. " KiB")
  end)

  it("is at most 24 MiB with the states of five hundred projects in each of twelve streams", function()
    if sanitized then return pending "the sanitizers keep what was freed" end
    local scenario = sentry.scenario { data = { events = 3, issues = 3 } }
    local of, seed = { host = scenario.url:match "//([^/]*)", organization = "acme" }, "agXIrn96SKNJ6uFc0fouCQ=="
    local parts, of_children, entries, states = {}, {}, {}, {}
    for i = 1, 500 do
      local slug, part = ("service-%03d"):format(i), part_of(i)
      parts[slug], of_children[slug] = part, { parents = { ["1"] = part, ["2"] = part } }
    end
    local function add(name, projects)
      entries[#entries + 1] = { name, "incremental" }
      states[#states + 1] = { type = "STREAM", stream = { stream_descriptor = { name = name },
        stream_state = { of = of, seed = seed, projects = projects } } }
    end
    for _, name in ipairs(STREAMS) do add(name, parts) end
    for _, name in ipairs(CHILDREN) do add(name, of_children) end
    local words = connector.words("read", scenario, { config = { project = "web-frontend,backend" }, state = states })
    words[#words + 1] = "--catalog=" .. perigee.write_catalog(entries)
    local result, kib = measured(words)
    assert.equal(0, result.status, connector.failures(result))
    for i, entry in ipairs(entries) do
      local last = connector.state(result, entry[1]).projects
      assert.same(states[i].stream.stream_state.projects["service-500"], last["service-500"], entry[1])
      assert.is_not_nil(last.backend, entry[1])
    end
    assert.is_true(kib <= PEAK_WITH_STATES, kib .. " KiB")
  end)

  it("does not grow while nobody takes its output, for it stops asking", function()
    if sanitized then return pending "the sanitizers keep what was freed" end
    local scenario = sentry.scenario { data = { events = 3000 } }
    local going = connector.start(scenario, { "events" })
    perigee.wait_until(function() return waits_to_write(going.pid) end)
    local asked = #scenario.log "events"
    assert.is_true(asked < 20, asked .. " of 30 pages were asked for")
    assert.is_true(figure(going.pid, "VmHWM") <= most_of_read())
    local result = going:finish()
    assert.equal(0, result.status, connector.logs(result))
    assert.equal(3000, #result.records "events")
  end)
end)

describe("the memory of a sync", function()
  teardown(perigee.cleanup)

  -- More than SQLite's cache, and than is kept between two commits.
  local function peak_of_sync(events)
    local scenario = sentry.scenario { gzip = false, data = { events = events, body = 20000 } }
    local result, kib = measured(connector.words("sync", scenario, { config = { num_workers = 1 },
      words = { "--to", perigee.new_path ".db", "--streams=events", "--json" } }))
    assert.equal(0, result.status, result.err)
    assert.equal(events, cjson.decode(result.lines[1]).streams[1].new)
    return kib
  end

  it("is the same for three times as much", function()
    if sanitized then return pending "the sanitizers keep what was freed" end
    local small, large = peak_of_sync(1000), peak_of_sync(3000)
    assert.is_true(large <= PEAK_OF_SYNC, large .. " KiB")
    assert.is_true(large - small < GROWTH, ("%d and %d KiB"):format(small, large))
  end)
end)
