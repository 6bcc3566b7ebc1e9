local connector = require "spec.support.connector"
local json_text = require "spec.support.json_text"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

local read, statuses, errors = connector.read, connector.statuses, connector.errors
local LISTS = { "events", "issues", "projects", "releases" }
local ALL = streams.of_peer
local SOME = { events = 23, issues = 12, releases = 9, projects = 4 }

local function assert_complete(result, scenario, stream)
  local wrong = connector.difference(connector.truth(scenario, stream), result.records(stream))
  assert.is_nil(wrong and stream .. ": " .. wrong)
  assert.equal("COMPLETE", statuses(result, stream)[#statuses(result, stream)], stream)
end

for _, dialect in ipairs { "sentry", "sentry9", "glitchtip" } do
  describe("a full refresh of " .. dialect, function()
    teardown(perigee.cleanup)

    it("brings every record exactly once, whatever the size of the server's pages", function()
      for _, size in ipairs { 2, 7, 100 } do
        local scenario = sentry.scenario { dialect = dialect, data = SOME, page_size = size }
        local result = read(scenario, ALL)
        assert.equal(0, result.status)
        for _, stream in ipairs(LISTS) do assert_complete(result, scenario, stream) end
      end
    end)

    it("brings the configured project alone as project_detail", function()
      local scenario = sentry.scenario { dialect = dialect }
      local result = read(scenario, { "project_detail" }, { config = { project = "backend" } })
      assert.equal(0, result.status)
      assert.equal(1, #result.records())
      assert.equal('"backend"', json_text.members(result.records()[1]).slug)
    end)

    it("takes an estimate that is none for none", function()
      for _, hits in ipairs { "-1", "9223372036854775808", "1e3", "nan", "" } do
        local scenario = sentry.scenario { dialect = dialect, data = SOME, page_size = 5, headers = { ["X-Hits"] = hits } }
        assert_complete(read(scenario, { { "releases", "incremental" } }), scenario, "releases")
      end
    end)

    it("ends each stream with a state that says it is complete", function()
      local result = read(sentry.scenario { dialect = dialect, data = SOME }, ALL)
      for _, stream in ipairs(ALL) do
        assert.same({ __ab_full_refresh_sync_complete = true }, connector.state(result, stream), stream)
      end
    end)

    it("tells of a project that is not there", function()
      local result = read(sentry.scenario { dialect = dialect }, { "events", "issues" }, { config = { project = "gone" } })
      assert.equal(1, result.status)
      assert.same({}, result.records())
      for _, stream in ipairs { "events", "issues" } do
        assert.same({ "STARTED", "INCOMPLETE" }, statuses(result, stream))
        assert.equal("config_error", errors(result, stream)[1].failure_type)
        assert.is_truthy(errors(result, stream)[1].message:find("check organization and project", 1, true))
      end
    end)

    it("takes an empty list for empty once the project is confirmed", function()
      local scenario = sentry.scenario { dialect = dialect, data = { events = 0 } }
      local result = read(scenario, { "events" })
      assert.equal(0, result.status)
      assert.same({ "STARTED", "COMPLETE" }, statuses(result, "events"))
      assert.equal(1, #connector.states(result, "events"))
      assert.equal(1, #scenario.log "project")
    end)
  end)
end

describe("perigee read", function()
  local scenario
  setup(function() scenario = sentry.scenario { data = SOME } end)
  teardown(perigee.cleanup)

  it("tells of each stream that it is started, running and complete, in this order", function()
    local result = read(scenario, ALL)
    for _, stream in ipairs(ALL) do assert.same({ "STARTED", "RUNNING", "COMPLETE" }, statuses(result, stream), stream) end
  end)

  it("ends with one config_error where the platform wants records on sockets, and asks for nothing", function()
    local untouched = sentry.scenario { data = SOME }
    local result = read(untouched, ALL, { env = { DATA_CHANNEL_MEDIUM = "SOCKET", DATA_CHANNEL_FORMAT = "PROTOBUF",
      DATA_CHANNEL_SOCKET_PATHS = "/var/run/sockets/airbyte_socket_1.sock" } })
    assert.equal(1, result.status)
    assert.equal(1, #result.lines)
    local told = connector.errors(result)[1]
    assert.equal("config_error", told.failure_type)
    assert.matches("DATA_CHANNEL_MEDIUM=SOCKET", told.message)
    assert.same({}, untouched.log())
    assert.equal(0, read(scenario, { "projects" }, { env = { DATA_CHANNEL_MEDIUM = "STDIO" } }).status)
  end)

  it("counts a state's records as a number with a decimal point", function()
    local result = read(scenario, { "events" })
    local line = result.lines[#result.lines - 2]
    assert.is_truthy(line:find('"sourceStats":{"recordCount":23.0}', 1, true), line)
  end)

  it("gives records and states the namespace that the catalog gives the stream", function()
    local result = read(scenario, { { "issues", namespace = 'the "shop"' }, "project_detail" })
    local spaced = { issues = 0, project_detail = 0 }
    for _, message in ipairs(result.out) do
      local record, state, trace = message.record, message.state, message.trace or {}
      local status = trace.stream_status and trace.stream_status.stream_descriptor
      local named = record and { name = record.stream, namespace = record.namespace }
        or state and state.stream.stream_descriptor or status
      if named then
        spaced[named.name] = spaced[named.name] + 1
        assert.equal(named.name == "issues" and 'the "shop"' or nil, named.namespace)
      end
    end
    assert.same({ issues = 12 + 4, project_detail = 1 + 4 }, spaced)
  end)

  it("reads nothing again that an earlier attempt of the same job read to its end", function()
    local first = read(scenario, { "events", "issues" })
    local before = #scenario.log()
    local again = read(scenario, { "events", "issues" }, { state = connector.states(first) })
    assert.equal(0, again.status)
    assert.same({}, again.records())
    assert.same({ __ab_full_refresh_sync_complete = true }, connector.state(again, "events"))
    assert.equal("COMPLETE", statuses(again, "issues")[#statuses(again, "issues")])
    assert.equal(before, #scenario.log())
  end)

  it("leaves out what is older than start_date, in full refresh too", function()
    local listed = scenario.truth()
    for stream, cursor in pairs { events = "dateCreated", issues = "lastSeen", releases = "dateCreated" } do
      local sorted = {}
      for _, record in ipairs(listed[stream]) do sorted[#sorted + 1] = record end
      table.sort(sorted, function(a, b) return a.cursor < b.cursor end)
      local from = sorted[#sorted // 2].cursor
      local wanted = {}
      for _, record in ipairs(sorted) do
        if record.cursor >= from then wanted[#wanted + 1] = record.text end
      end
      for _, mode in ipairs { "full_refresh", "incremental" } do
        local result = read(scenario, { { stream, mode } }, { config = { start_date = from } })
        assert.is_nil(connector.difference(wanted, result.records()), ("%s by %s, %s"):format(stream, cursor, mode))
      end
    end
  end)

  it("asks one stream after the other with one worker, and several at once with more", function()
    local function order(workers)
      local seen = {}
      for _, trace in ipairs(read(scenario, ALL, { config = { num_workers = workers } }).of "TRACE") do
        if trace.stream_status and trace.stream_status.status ~= "RUNNING" then
          seen[#seen + 1] = trace.stream_status.status == "STARTED" and "s" or "c"
        end
      end
      return table.concat(seen)
    end
    assert.equal("scscscscsc", order(1))
    assert.equal("sssss", order(5):sub(1, 5))
  end)

  it("keeps connections open from page to page", function()
    local paged = sentry.scenario { data = SOME, page_size = 2 }
    read(paged, ALL)
    local connections, requests = {}, paged.log()
    for _, request in ipairs(requests) do connections[request.connection] = true end
    local count = 0
    for _ in pairs(connections) do count = count + 1 end
    -- One a stream, and now and then another, as a response that comes late and is not needed ends its own.
    assert.is_true(#requests > 40 and count <= 2 * #ALL, ("%d requests on %d connections"):format(#requests, count))
  end)

  it("asks for resolved issues too, for full events, and for the largest page", function()
    local asked = sentry.scenario { data = SOME }
    read(asked, ALL)
    assert.equal("", asked.log("issues")[1].query.query)
    assert.equal("true", asked.log("events")[1].query.full)
    assert.equal("100", asked.log("events")[1].query.per_page)
    assert.equal("100", asked.log("issues")[1].query.limit)
  end)

  it("tells how many rows the server estimates", function()
    local paged = sentry.scenario { data = SOME, page_size = 5 }
    local estimate
    for _, trace in ipairs(read(paged, { "issues" }).of "TRACE") do estimate = trace.estimate or estimate end
    assert.equal("issues", estimate.name)
    assert.equal("STREAM", estimate.type)
    assert.equal(12, estimate.row_estimate)
  end)

  it("warns once of releases without an id, and emits them", function()
    local older = sentry.scenario { dialect = "sentry9", data = SOME, page_size = 2 }
    local result = read(older, { "releases" })
    local _, warnings = connector.logs(result, "WARN"):gsub("no record of the page has 'id'", "")
    assert.equal(1, warnings)
    assert_complete(result, older, "releases")
  end)

  it("says what it asks for with --debug, without the token", function()
    local result = read(scenario, { "events" }, { words = { "--debug" } })
    local asked = "GET " .. scenario.url .. "/api/0/projects/acme/web-frontend/events/"
    assert.is_truthy(connector.logs(result, "DEBUG"):find(asked, 1, true))
    assert.is_nil(table.concat(result.lines):find(sentry.token, 1, true))
  end)
end)

describe("a stream that cannot be read", function()
  local scenario
  setup(function() scenario = sentry.scenario { data = SOME } end)
  teardown(perigee.cleanup)

  -- The streams of this list are read whole beside the one that fails.
  local function assert_alone(result, others, from)
    assert.equal(1, result.status)
    for _, stream in ipairs(others) do assert_complete(result, from or scenario, stream) end
  end

  local function assert_failed(result, stream, kind, words)
    local last = statuses(result, stream)
    assert.equal("INCOMPLETE", last[#last])
    local told = errors(result, stream)
    assert.equal(1, #told)
    assert.equal(kind, told[1].failure_type)
    assert.is_truthy(told[1].message:find(words, 1, true), told[1].message)
  end

  it("fails alone where the catalog names one that there is not, and says which was meant", function()
    local result = read(scenario, { "isues", "events", "../events" })
    assert_failed(result, "isues", "config_error", "there is no stream 'isues'; did you mean 'issues'?")
    assert_failed(result, "../events", "config_error", "there is no stream '../events'")
    assert_alone(result, { "events" })
  end)

  it("fails alone where the catalog asks for a mode that there is not", function()
    local result = read(scenario, { { "issues", "incremental_deduped" }, "events" })
    assert_failed(result, "issues", "config_error", "'incremental_deduped'")
    assert_alone(result, { "events" })
  end)

  it("of GlitchTip's events departs from no schema by the number that its projectID is", function()
    local own = sentry.scenario { dialect = "glitchtip", data = SOME }
    local result = read(own, { "events" })
    assert.equal(0, result.status)
    assert.matches('"projectID": ?%d', result.records("events")[1])
    assert.is_nil(connector.logs(result, "WARN"):find("projectID", 1, true))
  end)

  it("is read in full where it has no cursor and is asked for what is new, in each read again", function()
    local entries = { { "project_detail", "incremental" } }
    local first = read(scenario, entries)
    for _, result in ipairs { first, read(scenario, entries, { state = connector.states(first) }) } do
      assert.equal(0, result.status)
      assert.equal(1, #result.records "project_detail")
      assert.same({}, errors(result))
      local told, count = connector.logs(result, "INFO"):gsub("project_detail: is asked for what is new, .- is read in full", "")
      assert.equal(1, count, told)
    end
  end)

  it("fails alone where the token lacks a scope", function()
    local result = read(scenario, { "events", "releases" }, { config = { auth_token = "token-without-releases" } })
    assert_failed(result, "releases", "config_error", "project:releases")
    assert_alone(result, { "events" })
  end)

  it("fails alone where its server is in trouble, and keeps what it had emitted", function()
    local own = sentry.scenario { data = SOME, page_size = 5, faults = {
      { fault = "status", status = 500, path = "releases", page = 2, times = -1 },
    } }
    local result = read(own, { "releases", "events", "issues" }, { words = { "--retry-attempts=2" } })
    assert_failed(result, "releases", "transient_error", "status 500")
    assert.equal(5, #result.records "releases")
    assert_alone(result, { "events", "issues" }, own)
  end)

  it("fails where the list does not end", function()
    for fault, words in pairs { link_cycle = "cursor", empty_forever = "empty pages" } do
      local own = sentry.scenario { data = SOME, page_size = 2, faults = { { fault = fault, path = "releases", times = -1 } } }
      local result = read(own, { "releases" })
      assert_failed(result, "releases", "system_error", words)
      assert.equal(1, result.status)
    end
  end)

  it("fails where an answer is no list, has no Link header, or its next link no cursor", function()
    for fault, words in pairs { object = "array", detail = "array", no_link = "Link", link_no_cursor = "cursor" } do
      local own = sentry.scenario { data = SOME, page_size = 5, faults = { { fault = fault, path = "issues", times = -1 } } }
      local result = read(own, { "issues" }, { words = { "--retry-attempts=2" } })
      assert.equal(1, result.status, fault)
      assert_failed(result, "issues", "transient_error", words)
      assert.same({}, result.records())
    end
  end)

  it("follows a next link by its cursor, never to another host", function()
    local elsewhere = sentry.scenario { data = SOME }
    local own = sentry.scenario { data = SOME, page_size = 5, faults = {
      { fault = "link_other_host", host = elsewhere.url:match "//([^/]*)" .. "/" .. elsewhere.name, times = -1 },
    } }
    local result = read(own, { "events" })
    assert_complete(result, own, "events")
    assert.same({}, elsewhere.log())
  end)
end)
