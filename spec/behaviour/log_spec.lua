-- What a read tells of itself: one line at the end of each stream, and with --debug one for each request.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local SUMMARY = "^(%w+): (%d+) records?, (%d+) bytes?; (%d+) requests?, (%d+) bytes? received, (%d+) retr%w+, (%d+) waits? "
  .. "%(([%d.]+) s%), (%d+) repeats? dropped, %d+ responses? not needed; (.*)$"

---@class summary of one stream
local function summaries(result)
  local found = {}
  for line in connector.logs(result, "INFO"):gmatch "[^\n]+" do
    local stream, records, bytes, requests, received, retries, waits, seconds, repeats, ended = line:match(SUMMARY)
    if stream then
      assert(not found[stream], stream .. " is told of twice")
      found[stream] = {
        records = tonumber(records), bytes = tonumber(bytes), requests = tonumber(requests), received = tonumber(received),
        retries = tonumber(retries), waits = tonumber(waits), seconds = tonumber(seconds), repeats = tonumber(repeats),
        ended = ended,
      }
    end
  end
  return found
end

local function total(texts)
  local bytes = 0
  for _, text in ipairs(texts) do bytes = bytes + #text end
  return bytes
end

-- What went out is in the server's log a moment after it has come.
local function received(scenario, endpoint)
  return perigee.wait_until(function()
    local bytes = 0
    for _, request in ipairs(scenario.log(endpoint)) do
      if not request.done then return nil end
      bytes = bytes + request.bytes
    end
    return bytes
  end)
end

describe("the line at the end of a stream", function()
  local DATA = { events = 12, issues = 8, releases = 6, projects = 3 }
  teardown(perigee.cleanup)

  it("counts records, bytes, requests and repeats as they were", function()
    local scenario = sentry.scenario { dialect = "sentry9", data = DATA, page_size = 5 }
    local result = connector.read(scenario, { "events", "issues", "releases" })
    local told = summaries(result)
    for _, stream in ipairs { "events", "issues", "releases" } do
      local records = result.records(stream)
      assert.equal(#records, told[stream].records)
      assert.equal(total(records), told[stream].bytes)
      assert.equal(#scenario.log(stream), told[stream].requests)
      assert.equal(received(scenario, stream), told[stream].received)
      assert.equal(0, told[stream].retries + told[stream].waits)
      assert.equal("read to its end", told[stream].ended)
    end
    assert.equal(6, told.releases.repeats) -- its two pages are read twice
  end)

  it("says that an incremental read stopped at what is known", function()
    local scenario = sentry.scenario { dialect = "sentry9", data = DATA, page_size = 5 }
    local first = connector.read(scenario, { { "events", "incremental" } })
    local second = connector.read(scenario, { { "events", "incremental" } }, { state = connector.states(first) })
    assert.equal("read to its end", summaries(first).events.ended)
    assert.equal("read to what is known", summaries(second).events.ended)
    assert.equal(0, summaries(second).events.records)
  end)

  it("counts one of a kind as one", function()
    local scenario = sentry.scenario { data = { issues = 1, releases = 0 }, faults = {
      { fault = "status", status = 503, path = "issues", times = 1 },
    } }
    local told = connector.logs(connector.read(scenario, { "issues" }), "INFO")
    assert.matches("issues: 1 record, %d+ bytes; 2 requests, %d+ bytes received, 1 retry, 1 wait %(", told)
    assert.matches("releases: 0 records, 0 bytes; ", connector.logs(connector.read(scenario, { "releases" }), "INFO"))
    for line in told:gmatch "[^\n]+" do assert.is_nil(line:find "%f[%d]1 %a+s%f[%A]", line) end
  end)

  it("counts retries and the time that they took", function()
    local scenario = sentry.scenario { data = DATA, faults = {
      { fault = "status", status = 503, path = "/events/$", times = 2 },
      { fault = "rate_limited", form = "retry_after", seconds = 0, path = "/issues/$" },
    } }
    local told = summaries(connector.read(scenario, { "events", "issues" }, { words = { "--retry-base=0.06" } }))
    assert.equal(2, told.events.retries)
    assert.equal(2, told.events.waits)
    assert.is_true(told.events.seconds >= 0.1, told.events.seconds)
    assert.equal(1, told.issues.retries)
  end)

  it("says why a stream stopped before its end", function()
    local scenario = sentry.scenario { data = DATA, page_size = 5, faults = {
      { fault = "status", status = 403, path = "/issues/$", page = 2, times = -1 },
    } }
    local result = connector.read(scenario, { "issues" })
    assert.equal("stopped: " .. connector.errors(result, "issues")[1].message, summaries(result).issues.ended)
    assert.equal(5, summaries(result).issues.records)
  end)

  it("comes also where a stream's script raises", function()
    local folder = perigee.folder "raising"
    perigee.write('return { name = "odd", path = "issues/", params = setmetatable({}, { __pairs = function() error "no" end }) }',
      "raising/odd.lua")
    local scenario = sentry.scenario { data = DATA }
    local result = connector.read(scenario, { "odd", "issues" }, { words = { "--scripts", folder } })
    assert.equal(1, result.status)
    assert.is_truthy(connector.logs(result, "INFO"):find("odd: 0 records[^\n]*; stopped: no%f[\n\0]"), connector.logs(result))
    assert.equal("read to its end", summaries(result).issues.ended)
  end)
end)

describe("with --debug a read", function()
  teardown(perigee.cleanup)

  -- The request lines: {url, status, rows, cursor}.
  local function requests(result)
    local list = {}
    for line in connector.logs(result, "DEBUG"):gmatch "[^\n]+" do
      local url, rest = line:match "GET (http%S*): (.*)$"
      if url then
        list[#list + 1] = {
          url = url, status = tonumber(rest:match "^(%d+), "), rows = tonumber(rest:match ", (%d+) rows"),
          next = rest:match ": next (%S+)$", text = rest,
        }
      end
    end
    return list
  end

  local function asked(scenario, endpoint)
    local list = {}
    for i, request in ipairs(scenario.log(endpoint)) do
      list[i] = { status = request.status, rows = request.rows, cursor = request.query.cursor }
    end
    return list
  end

  local function decoded(text)
    return text and text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
  end

  it("tells of each request its URL, status, rows and cursors, as the server saw them", function()
    local scenario = sentry.scenario { dialect = "glitchtip", data = { issues = 12 }, page_size = 5 }
    local result = connector.read(scenario, { "issues" }, { words = { "--debug" } })
    local told, seen = requests(result), asked(scenario, "issues")
    assert.equal(#seen, #told)
    for i, request in ipairs(told) do
      assert.equal(seen[i].status, request.status)
      assert.equal(seen[i].rows, request.rows)
      assert.equal(seen[i].cursor, decoded(request.url:match "[?&]cursor=([^&]*)"))
      assert.equal(1, request.url:find(scenario.url .. "/api/0/projects/acme/web-frontend/issues/?", 1, true))
    end
    assert.is_string(told[1].next)
    assert.equal(told[2].url:match "cursor=([^&]*)", (told[1].next:gsub("=", "%%3D")))
    assert.is_nil(told[3].next) -- the list ends there
  end)

  it("tells of failed requests, too, and never a token", function()
    local scenario = sentry.scenario { data = { issues = 3 }, faults = {
      { fault = "status", status = 502, path = "/issues/$", request = 1 },
      { fault = "cut", fraction = 0.5, path = "/issues/$", request = 2 },
      { fault = "status", status = 500, path = "/issues/$", request = 3, detail = "token " .. sentry.token,
        body = '{"detail":"you sent ' .. sentry.token .. '"}' },
    } }
    local result = connector.read(scenario, { "issues" }, { words = { "--debug" } })
    local told = requests(result)
    assert.same({ 502, 500, 200 }, { told[1].status, told[3].status, told[4].status })
    assert.is_truthy(told[2].text:find "%d+ bytes [mr]%a+ing") -- "missing" since libcurl 8
    assert.is_nil(table.concat(result.lines, "\n"):find(sentry.token, 1, true))
    assert.is_nil(result.err:find(sentry.token, 1, true))
  end)

  it("says nothing of requests without it", function()
    local result = connector.read(sentry.scenario { data = { issues = 3 } }, { "issues" })
    assert.equal("", connector.logs(result, "DEBUG"))
  end)
end)
