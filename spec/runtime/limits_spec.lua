-- What a response says of limits, as scripts get it; and that each side of a limit has one place.
local http = require "http"
local clock = require "clock"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local NOW = "2026-11-20T12:00:00Z"
local SECONDS = clock.parse(NOW) // 1000000

-- What a response of this status and these headers says; its server's clock stands at NOW.
local function said(status, headers)
  local place = sentry.scenario {
    data = { events = 1 }, now = NOW, clock = { fixed = NOW, step_ms = 0 },
    faults = { { fault = "status", status = status, headers = headers, times = -1 } },
  }
  http.limits(place.url, { limit = "X-Most", remaining = "X-Left", reset = "X-End", concurrent_limit = "X-At-Once" })
  return assert(http.get(place.url .. "/api/0/projects/acme/web-frontend/events/")):limits()
end

local function after(seconds) return tostring(SECONDS + seconds) end

-- The files below these folders in which a pattern of grep's stands, but for its copies in specs and docs.
local function files_with(pattern, folders)
  local found = {}
  for name in io.popen(("grep -rlE '%s' %s | sort"):format(pattern, folders)):lines() do found[#found + 1] = name end
  return found
end

describe("what a response says of limits", function()
  teardown(perigee.cleanup)

  it("is read from the headers that an origin's API has for them", function()
    local headers = { ["X-Most"] = "60", ["X-Left"] = "3", ["X-End"] = after(12), ["X-At-Once"] = "2" }
    assert.same({ limit = 60, remaining = 3, reset = SECONDS + 12, concurrent_limit = 2, seconds = 12.0 }, said(503, headers))
    assert.same({}, said(503, {}))
    for _, wrong in ipairs { "soon", "-1", "100000000001", "" } do
      assert.same({}, said(503, { ["X-Most"] = wrong }), wrong)
    end
  end)

  it("is over when its window ends, but for a limit of concurrency", function()
    local refused = { ["X-Most"] = "60", ["X-Left"] = "0", ["X-End"] = after(12), ["Retry-After"] = "5" }
    assert.equal(12.0, said(429, refused).retry_after)
    assert.equal(5.0, said(503, refused).retry_after)
    refused["X-Left"] = "7"
    assert.equal(5.0, said(429, refused).retry_after)
    refused["X-Left"], refused["X-End"] = "0", after(-12)
    assert.equal(0.0, said(429, refused).retry_after)
  end)

  it("is read from Retry-After too, as seconds or as a date by the server's clock", function()
    for value, seconds in pairs {
      ["5"] = 5.0, ["0.25"] = 0.25, ["0"] = 0.0, ["-3"] = 0.0, ["Fri, 20 Nov 2026 12:00:30 GMT"] = 30.0,
      ["Fri, 20 Nov 2026 11:00:00 GMT"] = 0.0,
    } do
      assert.equal(seconds, said(429, { ["Retry-After"] = value }).retry_after, value)
    end
    for _, value in ipairs { "soon", "nan", "" } do
      assert.is_nil(said(429, { ["Retry-After"] = value }).retry_after, value)
    end
  end)

  it("is an hour at the most: more is a mistake", function()
    for _, value in ipairs { "3601", "1e300", "inf", "Fri, 20 Nov 2037 12:00:00 GMT" } do
      assert.equal(3600.0, said(429, { ["Retry-After"] = value }).retry_after, value)
    end
    assert.equal(3600.0, said(429, { ["X-Left"] = "0", ["X-End"] = after(7200) }).retry_after)
  end)
end)

describe("a response's date", function()
  it("is the server's where it says one", function()
    local place = sentry.scenario { now = NOW, clock = { fixed = NOW, step_ms = 0 }, data = { events = 1 } }
    assert.equal(clock.parse(NOW), assert(http.get(place.url .. "/api/0/")):date())
  end)
end)

describe("a limit", function()
  it("is read in one file of C and handled in one script", function()
    local places = { "runtime/pacing/rate_headers.c", "runtime/pacing/rate_headers.h" }
    assert.same(places, files_with("Retry-After", "$(find runtime -name '*.[ch]' -not -path 'runtime/har/*')"))
    assert.same({ "scripts/api/retry.lua" }, files_with("\\b429\\b|retry_after|Retry-After", "scripts"))
    assert.same({ "scripts/sentry/init.lua" }, files_with("Rate-Limit", "scripts runtime"))
  end)

  it("is measured by the server's time, which is read in one file", function()
    assert.same({ "runtime/pacing/server_clock.c" }, files_with('"Date"', "runtime scripts"))
  end)

  it("is reported, where it is waited for, by one function", function()
    local users = files_with("progress_waiting\\(", "runtime")
    assert.same({ "runtime/airbyte/progress.c", "runtime/airbyte/progress.h", "runtime/airbyte/waiting.c" }, users)
    assert.same({ "scripts/api/retry.lua" }, files_with("airbyte[.]rate_limited", "scripts"))
  end)
end)
