-- What a read takes of memory: the same whatever there is to read, and whoever takes its output.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local GROWTH = 1500 -- KiB by which two peaks may differ that are the same: the system counts in pages and batches
local PEAK = 16 * 1024 -- KiB

-- The sanitizers keep what was freed, and shadow all else.
local sanitized = (os.getenv "PERIGEE" or ""):find "sanitize" ~= nil

-- A figure of a process, in KiB; nil when it has ended.
local function figure(pid, name)
  local file = io.open(("/proc/%d/status"):format(pid))
  local text = file and file:read "a"
  if file then file:close() end
  return text and tonumber(text:match(name .. ":%s+(%d+) kB"))
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

local function waits_to_write(pid)
  local file = assert(io.open(("/proc/%d/wchan"):format(pid)))
  local where = file:read "a"
  file:close()
  return where:find "pipe_write" ~= nil
end

describe("the memory of a read", function()
  teardown(perigee.cleanup)

  it("is the same for four times as much", function()
    if sanitized then return print "skipped: the sanitizers keep what was freed" end
    local small, large = peak(1500), peak(6000)
    assert.is_true(small > 0 and large <= PEAK, large .. " KiB")
    assert.is_true(large - small < GROWTH, ("%d and %d KiB"):format(small, large))
  end)

  it("does not grow while nobody takes its output, for it stops asking", function()
    if sanitized then return print "skipped: the sanitizers keep what was freed" end
    local scenario = sentry.scenario { data = { events = 3000 } }
    local going = connector.start(scenario, { "events" })
    perigee.wait_until(function() return waits_to_write(going.pid) end)
    local asked = #scenario.log "events"
    assert.is_true(asked < 20, asked .. " of 30 pages were asked for")
    assert.is_true(figure(going.pid, "VmHWM") <= PEAK)
    local result = going:finish()
    assert.equal(0, result.status, connector.logs(result))
    assert.equal(3000, #result.records "events")
  end)
end)
