local connector = require "spec.support.connector"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local protocol = require "spec.support.protocol"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

local FULL = streams.of_peer
local INCREMENTAL = { { "events", "incremental" }, { "issues", "incremental", namespace = 'a "b"' },
  { "projects", "incremental" }, { "releases", "incremental" } }
local SOME = { events = 40, issues = 20, releases = 12 }

local function assert_protocol(result)
  assert.same({}, protocol.problems(result))
  return result
end

describe("every line keeps to the protocol, in", function()
  teardown(perigee.cleanup)

  it("spec, check and discover", function()
    local scenario = sentry.scenario {}
    assert_protocol(perigee.run { "spec" })
    assert_protocol(perigee.run { "discover" })
    assert_protocol(perigee.run(connector.words("check", scenario)))
    assert_protocol(perigee.run(connector.words("check", scenario, { config = { auth_token = "wrong" } })))
  end)

  for _, dialect in ipairs { "sentry", "sentry9", "glitchtip" } do
    it("reads of " .. dialect .. ", with unusual records too", function()
      for _, odd in ipairs { false, true } do
        local data = { events = 40, issues = 20, releases = 12, odd = odd }
        local scenario = sentry.scenario { dialect = dialect, data = data, page_size = 7 }
        assert.equal(0, assert_protocol(connector.read(scenario, FULL)).status)
        local first = assert_protocol(connector.read(scenario, INCREMENTAL))
        assert_protocol(connector.read(scenario, INCREMENTAL, { state = connector.states(first) }))
      end
    end)
  end

  it("reads with more than one state on the way", function()
    local scenario = sentry.scenario { data = { issues = 1150 } }
    local result = assert_protocol(connector.read(scenario, { { "issues", "incremental" } }))
    assert.equal(1150, #result.records())
    assert.is_true(#connector.states(result) > 1)
  end)

  it("reads of nothing", function()
    local scenario = sentry.scenario { data = { events = 0, issues = 0, projects = 1, releases = 0 } }
    assert_protocol(connector.read(scenario, FULL))
    assert_protocol(connector.read(scenario, INCREMENTAL))
  end)

  it("reads that fail for some streams", function()
    local scenario = sentry.scenario { data = SOME, page_size = 5, faults = {
      { fault = "status", status = 500, path = "issues", request = 3, times = -1 },
      { fault = "html", path = "releases", times = -1 },
    } }
    local entries = { "events", "issues", "releases", "unknown", { "project_detail", "incremental" }, { "projects", "sideways" } }
    local result = assert_protocol(connector.read(scenario, entries, { words = { "--retry-attempts=1" } }))
    assert.equal(1, result.status)
    assert.equal(4, #connector.errors(result))
  end)

  it("reads that are retried and limited", function()
    local scenario = sentry.scenario { data = SOME, page_size = 5, faults = {
      { fault = "rate_limited", form = "retry_after", seconds = 0.05, path = "issues", request = 2 },
      { fault = "rate_limited", form = "bare", path = "events", request = 1 },
      { fault = "cut", path = "events", page = 3 },
      { fault = "status", status = 503, path = "releases", times = 2 },
    } }
    local result = assert_protocol(connector.read(scenario, INCREMENTAL))
    assert.equal(0, result.status)
  end)

  it("reads that begin their list again with smaller pages", function()
    local scenario = sentry.scenario { data = { events = 40, issues = 20, body = 4000 }, faults = {
      { fault = "smaller_page", limit = 6, path = "issues" },
    } }
    assert_protocol(connector.read(scenario, INCREMENTAL, { words = { "--max-body=60000" } }))
  end)

  it("reads that are refused before they begin", function()
    local scenario = sentry.scenario {}
    assert_protocol(connector.read(scenario, {}))
    assert_protocol(connector.read(scenario, { "events" }, { state = "[5]" }))
    assert_protocol(connector.read(scenario, { "events" }, { config = { num_workers = 0 } }))
  end)

  it("reads over a bad network, whatever goes wrong on the way", function()
    local scenario = sentry.scenario { data = SOME, page_size = 4, faults = {
      { fault = "reset", path = "events", page = 2, times = 2 },
      { fault = "gzip_corrupt", path = "issues", page = 2 },
      { fault = "malformed", path = "releases", page = 2 },
      { fault = "empty_page", path = "events", page = 4 },
      { fault = "wrong_order", path = "issues", page = 1 },
      { fault = "field_missing", path = "releases", page = 1 },
    } }
    local result = assert_protocol(connector.read(scenario, INCREMENTAL, { words = { "--debug" } }))
    assert.equal(0, result.status)
  end)
end)

-- Every message of a stream that a line holds, by the words that name its kind.
local function told_of(line)
  local message = json.decode(line)
  local trace, status = message.trace or {}, message.trace and message.trace.stream_status
  if message.record then return "RECORD", message.record end
  if message.state then return "STATE", message.state.stream.stream_descriptor end
  if status then return status.reasons and "RATE_LIMITED" or status.status, status.stream_descriptor end
  if trace.estimate then return "ESTIMATE", trace.estimate end
  if trace.error then return "ERROR", trace.error.stream_descriptor end
end

describe("every message of a stream names its namespace as the catalog does, where that is", function()
  teardown(perigee.cleanup)

  local CUSTOM = { mine = [[return { name = "mine", path = "projects/{organization}/{project}/issues/", primary_key = "id",
    cursor = { field = "lastSeen", ordered_by = { "lastSeen" } } }]] }
  local KINDS = { "STARTED", "ESTIMATE", "RUNNING", "RECORD", "RATE_LIMITED", "STATE", "ERROR", "INCOMPLETE" }

  for _, namespace in ipairs { false, "", "x" } do
    for _, name in ipairs { "issues", "mine" } do
      it(("%s, for %s stream"):format(namespace and "'" .. namespace .. "'" or "absent",
        name == "mine" and "a custom" or "a shipped"), function()
        local scenario = sentry.scenario { data = { issues = 23 }, page_size = 5, faults = {
          { fault = "rate_limited", form = "retry_after", seconds = 0.05, path = "issues", request = 2 },
          { fault = "status", status = 500, path = "issues", request = 5, times = -1 },
        } }
        local entry = { name, "incremental", namespace = namespace or nil }
        local result = own_streams.read(scenario, CUSTOM, entry,
          { words = { "--retry-attempts=1", "--checkpoint-records=5" } })
        local seen = {}
        for _, line in ipairs(result.lines) do
          local kind, names = told_of(line)
          if kind then
            seen[kind] = true
            assert.equal(name, names.name or names.stream)
            assert.equal(namespace or nil, names.namespace, line)
          end
        end
        for _, kind in ipairs(KINDS) do assert.is_true(seen[kind], kind .. " in\n" .. table.concat(result.lines, "\n")) end
        assert.equal(15, #result.records())
      end)
    end
  end
end)

describe("the protocol's own check", function()
  local function status(word)
    return '{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":NOW.0,"stream_status":'
      .. '{"stream_descriptor":{"name":"a"},"status":"' .. word .. '"}}}'
  end
  local good = {
    status "STARTED",
    status "RUNNING",
    '{"type":"RECORD","record":{"stream":"a","data":{"x":1,"x":2},"emitted_at":NOW}}',
    '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"c":1}},'
      .. '"sourceStats":{"recordCount":1.0}}}',
    status "COMPLETE",
  }

  local function problems(edit)
    local lines = {}
    local now = tostring(require "clock".now() // 1000)
    for i, line in ipairs(good) do lines[i] = line:gsub("NOW", now) end
    edit(lines)
    return protocol.problems { lines = lines, status = 0 }
  end

  it("accepts what is right", function()
    assert.same({}, problems(function() end))
  end)

  it("notices what is wrong", function()
    for name, edit in pairs {
      ["no record's state"] = function(lines) table.remove(lines, 4) end,
      ["a record after its state"] = function(lines) lines[3], lines[4] = lines[4], lines[3] end,
      ["a count without a point"] = function(lines) lines[4] = lines[4]:gsub("1%.0", "1") end,
      ["a wrong count"] = function(lines) lines[4] = lines[4]:gsub("1%.0", "2.0") end,
      ["no start"] = function(lines) table.remove(lines, 1) end,
      ["no running"] = function(lines) table.remove(lines, 2) end,
      ["no end"] = function(lines) table.remove(lines) end,
      ["a record too late"] = function(lines) table.insert(lines, lines[3]) end,
      ["a key twice"] = function(lines) lines[4] = lines[4]:gsub('{"c":1}', '{"c":1,"c":1}') end,
      ["a cut line"] = function(lines) lines[3] = lines[3]:sub(1, -2) end,
      ["a carriage return"] = function(lines) lines[3] = lines[3] .. "\r" end,
      ["a strange type"] = function(lines) lines[3] = lines[3]:gsub("RECORD", "RECRD") end,
      ["an old time"] = function(lines) lines[3] = lines[3]:gsub('"emitted_at":%d+', '"emitted_at":1700000000000') end,
      ["the same state again"] = function(lines)
        table.insert(lines, 5, lines[3])
        table.insert(lines, 6, lines[4])
      end,
    } do
      assert.is_true(#problems(edit) > 0, name)
    end
  end)
end)
