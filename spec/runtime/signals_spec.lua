local clock = require "clock"
local connector = require "spec.support.connector"
local json_text = require "spec.support.json_text"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local wait_until = perigee.wait_until
local LONG = 30000000 -- us: what is waited for here lasts longer, and no machine is so slow
local TERM, INT, PIPE, KILL = 15, 2, 13, 9
local BINARY = os.getenv "PERIGEE" or "build/perigee"
local ENTRIES = { { "events", "incremental" }, { "issues", "incremental" }, { "projects", "incremental" } }

-- A server that answers until the third page of the events, which never comes.
local function hanging()
  return sentry.scenario { dialect = "sentry9", data = { events = 30, issues = 12 }, page_size = 5, faults = {
    { fault = "stall_headers", path = "events", page = 3, times = -1 },
  } }
end

local function assert_whole_lines(result)
  for _, line in ipairs(result.lines) do
    local valid, reason = json_text.check(line)
    assert.is_true(valid, ("%s: %s"):format(reason, line:sub(1, 200)))
  end
end

-- Whether every record of the stream is among those that stand before the first run's last state, or in the second.
local function assert_nothing_lost(scenario, cut, rest)
  for _, stream in ipairs { "events", "issues", "projects" } do
    local got, pending = {}, {}
    for _, line in ipairs(cut.lines) do
      local data = line:match(('^{"type":"RECORD","record":{"stream":"%s","data":(.*),"emitted_at":%%d+}}$'):format(stream))
      if data then pending[#pending + 1] = data end
      if line:find '^{"type":"STATE"' and line:find(('"name":"%s"'):format(stream), 1, true) then
        for _, text in ipairs(pending) do got[text] = true end
        pending = {}
      end
    end
    for _, text in ipairs(rest.records(stream)) do got[text] = true end
    for _, text in ipairs(connector.truth(scenario, stream)) do
      assert.is_true(got[text], stream .. " lacks " .. text:sub(1, 80))
    end
  end
end

local function shell(line, scenario, ...)
  local words = connector.words("read", scenario, ...)
  words[#words + 1] = "--catalog=" .. perigee.write_catalog { "events" }
  return perigee.run { binary = "/bin/sh", "-c", line, "sh", BINARY, table.unpack(words) }
end

-- Signals that were sent to a process and have not reached it yet, as the system tells them.
local function is_pending(pid, number)
  local file = assert(io.open(("/proc/%d/status"):format(pid)))
  local waiting = file:read("a"):match "ShdPnd:%s+(%x+)"
  file:close()
  return tonumber(waiting, 16) & 1 << (number - 1) ~= 0
end

describe("a process that nothing interrupts", function()
  teardown(perigee.cleanup)

  it("is ended at once by a second SIGTERM", function()
    local script = perigee.write([[io.write '{"type":"LOG"}\n'
      io.flush()
      local _ = ("a"):rep(60):find(("a*"):rep(60) .. "b")]], "pattern.lua")
    local process = perigee.start { "lua", script }
    process:wait_for "LOG"
    process:kill "TERM"
    wait_until(function() return not is_pending(process.pid, TERM) end)
    local started = clock.now()
    process:kill "TERM"
    assert.equal(TERM, process:finish().signal)
    assert.is_true(clock.now() - started < LONG)
  end)
end)

describe("a read", function()
  teardown(perigee.cleanup)

  for name, number in pairs { TERM = TERM, INT = INT, KILL = KILL } do
    it(("that is ended by SIG%s has printed whole lines and true states"):format(name), function()
      local scenario = hanging()
      local process = connector.start(scenario, ENTRIES)
      process:wait_for "STATE"
      wait_until(function()
        local asked = scenario.log "events"
        return #asked > 0 and asked[#asked].fault
      end)
      local started = clock.now()
      process:kill(name)
      local cut = process:finish()
      assert.equal(number, cut.signal)
      assert.is_true(clock.now() - started < LONG)
      assert_whole_lines(cut)
      scenario.change { faults = {} }
      local rest = connector.read(scenario, ENTRIES, { state = connector.states(cut) })
      assert.equal(0, rest.status)
      assert_nothing_lost(scenario, cut, rest)
    end)
  end

  it("that is ended by a signal says so, and does not call its streams complete", function()
    local process = connector.start(hanging(), { "events" })
    process:wait_for "RECORD"
    process:kill "TERM"
    local cut = process:finish()
    assert.is_truthy(connector.logs(cut, "WARN"):find("signal", 1, true))
    assert.same({ "STARTED", "RUNNING" }, connector.statuses(cut, "events"))
  end)

  it("that waits for a rate limit ends at once", function()
    local limit = { fault = "rate_limited", form = "retry_after", seconds = 600, times = -1 }
    local process = connector.start(sentry.scenario { faults = { limit } }, { "events" })
    while connector.statuses({ lines = process.lines }, "events")[2] ~= "RATE_LIMITED" do assert(process:message()) end
    local started = clock.now()
    process:kill "TERM"
    assert.equal(TERM, process:finish().signal)
    assert.is_true(clock.now() - started < LONG)
  end)

  it("whose script loops, whatever it catches, is ended by a signal too", function()
    local loops = {
      catching = "while true do pcall(function() while true do end end) end",
      comparing = "while true do pcall(table.sort, { 1, 2, 3 }, function() while true do end end) end",
      telling = "error(setmetatable({}, { __tostring = function() while true do end end }))",
    }
    local folder = perigee.folder "loops"
    for name, loop in pairs(loops) do
      -- So long a line is not held back: when it is seen, the script runs.
      perigee.write(("print(('x'):rep(1 << 17))\n%s"):format(loop), "loops/" .. name .. ".lua")
    end
    for name in pairs(loops) do
      local process = connector.start(sentry.scenario {}, { name }, { words = { "--scripts", folder } })
      process:wait_for "LOG"
      process:kill "TERM"
      local cut = process:finish()
      assert.equal(TERM, cut.signal, name)
      assert_whole_lines(cut)
    end
  end)

  it("that is ended while nobody reads its full pipe still ends its line", function()
    local scenario = sentry.scenario { data = { events = 50, body = 40000 } }
    local process = connector.start(scenario, { "events" })
    wait_until(function()
      local asked = scenario.log "events"
      return #asked > 0 and asked[1].done
    end)
    process:kill "TERM"
    local cut = process:finish()
    assert.equal(TERM, cut.signal)
    assert_whole_lines(cut)
  end)

  it("ends by SIGPIPE where its reader has enough, quietly", function()
    local scenario = sentry.scenario { data = { events = 50, body = 40000 } }
    local process = connector.start(scenario, { "events" })
    process:wait_for "RECORD"
    local cut = process:close()
    assert.equal(PIPE, cut.signal)
    assert_whole_lines(cut)
    local piped = shell('("$@"; echo "status $?" >&2) | head -n 4', scenario)
    assert.equal(4, #piped.lines)
    assert_whole_lines(piped)
    assert.is_truthy(piped.err:find("status 141", 1, true), piped.err)
  end)

  it("fails where its output cannot be written, and says why", function()
    local scenario = sentry.scenario { data = { events = 3 } }
    local full = shell('exec "$@" >/dev/full', scenario)
    assert.equal(1, full.status)
    assert.is_truthy(full.err:find("No space left", 1, true), full.err)
    local closed = shell('exec "$@" >&-', scenario)
    assert.equal(1, closed.status)
    assert.is_truthy(closed.err:find("standard output", 1, true), closed.err)
  end)
end)

describe("a check", function()
  teardown(perigee.cleanup)

  it("that is ended by SIGTERM prints no status", function()
    local stalled = { fault = "stall_headers", times = -1 }
    local scenario = sentry.scenario { faults = { stalled } }
    local process = perigee.start(connector.words("check", scenario))
    wait_until(function() return #scenario.log() > 0 end)
    process:kill "TERM"
    local cut = process:finish()
    assert.equal(TERM, cut.signal)
    assert.same({}, cut.of "CONNECTION_STATUS")
    assert_whole_lines(cut)
  end)
end)
