local clock = require "clock"
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local read, statuses, errors = connector.read, connector.statuses, connector.errors
local TEN = { events = 10, issues = 10, releases = 10 }

-- A server whose list of issues, in pages of five, has a fault.
local function issues_with(fault, more)
  local spec = { data = TEN, page_size = 5, faults = { fault } }
  fault.path = "issues"
  for key, value in pairs(more or {}) do spec[key] = value end
  return sentry.scenario(spec)
end

local function read_issues(scenario, words)
  return read(scenario, { "issues" }, { words = words })
end

local function assert_whole(result, scenario)
  assert.equal(0, result.status, connector.logs(result))
  assert.is_nil(connector.difference(connector.truth(scenario, "issues"), result.records "issues"))
end

local function assert_failed(result, kind, words)
  assert.equal(1, result.status)
  local last = statuses(result, "issues")
  assert.equal("INCOMPLETE", last[#last])
  assert.equal(1, #errors(result))
  assert.equal(kind, errors(result, "issues")[1].failure_type)
  assert.is_truthy(errors(result, "issues")[1].message:find(words, 1, true), errors(result, "issues")[1].message)
end

-- Seconds between the n-th request of the issues and the one after it.
local function gap(scenario, n)
  local asked = scenario.log "issues"
  return asked[n + 1].time - asked[n].time
end

-- What the same list costs without a fault.
local function cost()
  local scenario = sentry.scenario { data = TEN, page_size = 5 }
  read_issues(scenario)
  return #scenario.log "issues"
end

local passing = {
  { "a 408", { fault = "status", status = 408 } },
  { "a 500", { fault = "status", status = 500 } },
  { "a 502 with a page of HTML", { fault = "status", status = 502, body = "<html>bad</html>", content_type = "text/html" } },
  { "a 503", { fault = "status", status = 503 } },
  { "a 504", { fault = "status", status = 504 } },
  { "a body that is cut", { fault = "cut", fraction = 0.5 } },
  { "headers that are cut", { fault = "cut_headers" } },
  { "a connection that is reset", { fault = "reset" } },
  { "a connection that is reset in the body", { fault = "reset", fraction = 0.5 } },
  { "a body that stalls", { fault = "stall_body", fraction = 0.5 }, { "--stall-timeout=1", "--retry-attempts=20" } },
  { "a first byte that does not come", { fault = "stall_headers" }, { "--first-byte-timeout=1", "--retry-attempts=20" } },
  { "a gzip body that is cut", { fault = "gzip_cut" } },
  { "a gzip body that is spoilt", { fault = "gzip_corrupt" } },
  { "a gzip body whose check sum is wrong", { fault = "gzip_corrupt", where = "crc" } },
  { "a body longer than it says", { fault = "content_length", by = 10 } },
  { "a page of HTML", { fault = "html" } },
  { "an empty body", { fault = "empty" } },
  { "an object where a list should be", { fault = "object" } },
  { "a body that is no JSON", { fault = "malformed" } },
  { "an answer without Link", { fault = "no_link" } },
}

describe("a fault that passes is asked again, and nothing is lost or doubled:", function()
  local usual
  setup(function() usual = cost() end)
  teardown(perigee.cleanup)

  for _, case in ipairs(passing) do
    it(case[1], function()
      case[2].page = 2
      local scenario = issues_with(case[2])
      local result = read_issues(scenario, case[3])
      assert_whole(result, scenario)
      local _, again = connector.logs(result):gsub("; again in", "")
      local more = #scenario.log "issues" - usual
      if not case[3] then return assert.equal(1, more) end
      -- A slow machine may meet a small time-out more than once, even before the server has seen the request.
      assert.is_true(again >= 1 and more <= again, ("%d again, %d more requests"):format(again, more))
    end)
  end

  it("a server that refuses connections for a while", function()
    local scenario = issues_with({ fault = "refuse_after", seconds = 0.05 }, { own_port = true })
    assert_whole(read_issues(scenario, { "--retry-base=0.05", "--retry-attempts=14" }), scenario)
  end)

  it("several faults in a row, with longer and longer waits", function()
    local scenario = issues_with { fault = "status", status = 503, times = 3 }
    assert_whole(read_issues(scenario, { "--retry-base=0.02" }), scenario)
    assert.equal(usual + 3, #scenario.log "issues")
    for attempt = 1, 3 do
      local least = 0.02 * 2 ^ (attempt - 1) * 0.5
      assert.is_true(gap(scenario, attempt) >= least, ("%g s, at least %g"):format(gap(scenario, attempt), least))
    end
  end)
end)

describe("a fault that stays", function()
  teardown(perigee.cleanup)

  it("ends the stream after as many requests as are allowed", function()
    for _, status in ipairs { 408, 500, 502, 503, 504 } do
      local scenario = issues_with { fault = "status", status = status, times = -1 }
      local result = read_issues(scenario, { "--retry-attempts=3", "--retry-base=0.002" })
      assert_failed(result, "transient_error", ("status %d"):format(status))
      assert.equal(3, #scenario.log "issues", status)
    end
  end)

  -- A server that is slower than a time-out of 30 ms has not seen each request: who sends them counts.
  it("of the connection ends the stream the same way", function()
    local quick = { stall_body = "--stall-timeout=0.03", stall_headers = "--first-byte-timeout=0.03" }
    local told = { cut = "(cut)", reset = "(cut)", stall_body = "in 0.03 s (stall)", stall_headers = "within 0.03 s (timeout)" }
    for fault, words in pairs(told) do
      local scenario = issues_with { fault = fault, times = -1 }
      assert_failed(read_issues(scenario, { "--retry-attempts=2", quick[fault] }), "transient_error",
        words .. " (asked 2 times)")
      local seen = #scenario.log "issues"
      assert.is_true(quick[fault] and seen <= 2 or seen == 2, fault)
    end
  end)

  it("that asking again cannot mend is not asked again", function()
    for status, kind in pairs { [400] = "system_error", [401] = "config_error", [403] = "config_error",
      [404] = "config_error", [410] = "system_error", [418] = "system_error" } do
      local scenario = issues_with { fault = "status", status = status, detail = "No, thanks.", times = -1 }
      assert_failed(read_issues(scenario), kind, "No, thanks.")
      assert.equal(1, #scenario.log "issues", status)
    end
  end)

  it("of trust or of a redirect elsewhere is not asked again", function()
    local scenario = issues_with { fault = "redirect", to = "other", times = -1 }
    assert_failed(read_issues(scenario), "config_error", "redirect")
    assert.equal(1, #scenario.log "issues")
    local started = clock.now()
    local untrusted = { config = { hostname = scenario.tls_untrusted }, words = { "--retry-base=100" } }
    assert_failed(read(scenario, { "issues" }, untrusted), "config_error", "certificate")
    assert.is_true(clock.now() - started < 30000000)
    assert.equal(1, #scenario.log "issues")
  end)
end)

describe("a server that is started anew", function()
  teardown(perigee.cleanup)

  it("is waited for beyond the attempts, once it has given a good answer, and that is announced", function()
    local scenario = issues_with { fault = "status", status = 503, page = 2, times = 8 }
    local result = read_issues(scenario, { "--outage-patience=60", "--retry-base=0.002" })
    assert_whole(result, scenario)
    assert.equal(cost() + 8, #scenario.log "issues")
    local _, announced = connector.logs(result, "WARN"):gsub("the server answered before, so it is asked for up to 60 s", "")
    assert.equal(1, announced)
  end)

  it("is waited for three minutes where nobody says how long", function()
    local scenario = issues_with { fault = "status", status = 503, page = 2, times = 8 }
    local words = { "read", "--config", perigee.write(sentry.config(scenario)), "--retry-base=0.002",
      "--catalog=" .. perigee.write_catalog { "issues" } }
    local result = perigee.run(words)
    assert_whole(result, scenario)
    assert.is_truthy(connector.logs(result, "WARN"):find("up to 180 s", 1, true))
  end)

  it("is waited for while it refuses connections", function()
    local scenario = issues_with({ fault = "refuse_after", seconds = 3 }, { own_port = true })
    local result = read_issues(scenario, { "--outage-patience=60", "--retry-base=0.02" })
    assert_whole(result, scenario)
    assert.is_truthy(connector.logs(result, "WARN"):find("(connect); the server answered before", 1, true))
  end)

  it("is given up when the patience ends", function()
    local scenario = issues_with { fault = "status", status = 502, page = 2, times = -1 }
    local result = read_issues(scenario, { "--outage-patience=0.5", "--retry-base=0.002" })
    assert_failed(result, "transient_error", "status 502")
    local asked = scenario.log "issues"
    assert.is_true(#asked > 7, #asked)
    assert.is_true(asked[#asked].time - asked[2].time >= 0.4, asked[#asked].time - asked[2].time)
  end)

  it("is given up after the attempts at first contact, where somebody set their number, and in check", function()
    local at_first = issues_with { fault = "status", status = 503, times = -1 }
    assert_failed(read_issues(at_first, { "--outage-patience=60", "--retry-base=0.002" }), "transient_error", "asked 6 times")
    local set = issues_with { fault = "status", status = 503, page = 2, times = -1 }
    local words = { "read", "--config", perigee.write(sentry.config(set)), "--retry-base=0.002", "--retry-attempts=3",
      "--catalog=" .. perigee.write_catalog { "issues" } }
    assert_failed(perigee.run(words), "transient_error", "asked 3 times")
    local checked = issues_with { fault = "status", status = 503, times = -1 }
    assert.equal("FAILED", (connector.check(checked, { words = { "--outage-patience=60", "--retry-base=0.002" } })))
    assert.equal(6, #checked.log "issues") -- as usual here: see connector.USUAL
  end)
end)

describe("an error's body", function()
  teardown(perigee.cleanup)

  it("may be larger than --max-body: its status counts, and the request is sent again", function()
    for _, gzip in ipairs { true, false } do
      local large = { fault = "status", status = 503, page = 2, body = ("x"):rep(3000000) }
      local scenario = issues_with(large, { gzip = gzip })
      local result = read_issues(scenario, { "--max-body=100000" })
      assert_whole(result, scenario)
      assert.equal(cost() + 1, #scenario.log "issues")
      assert.is_truthy(connector.logs(result, "INFO"):find("status 503", 1, true))
    end
  end)

  it("reaches messages by 1 KB at the most, and no character is cut", function()
    local long, larger = ("é"):rep(5000), ("ü"):rep(200000)
    for detail, words in pairs { [long] = long:sub(1, 900), ["x" .. long] = "status 400: xéé", [larger] = "status 400" } do
      local scenario = issues_with { fault = "status", status = 400, detail = detail, times = -1 }
      local result = read_issues(scenario)
      assert_failed(result, "system_error", words)
      for _, line in ipairs(result.lines) do assert.is_true(#line < 10000 and utf8.len(line) ~= nil, #line) end
    end
  end)
end)

describe("a rate limit", function()
  -- Reset is in whole seconds: this read waits while the other specs run.
  local distant, waiting
  setup(function()
    local limited = { fault = "rate_limited", form = "reset", seconds = 1 }
    distant = issues_with(limited, { clock = { fixed = "2026-01-31T12:00:00Z" } })
    waiting = connector.start(distant, { "issues" })
  end)
  teardown(perigee.cleanup)

  it("of concurrency, or without any header, is asked again after a back-off", function()
    for _, form in ipairs { "concurrency", "bare" } do
      local scenario = issues_with { fault = "rate_limited", form = form, seconds = 60, times = 2 }
      assert_whole(read_issues(scenario), scenario)
      assert.is_true(gap(scenario, 1) < 30, form)
    end
  end)

  it("that names its end in Retry-After is waited for that long, and announced", function()
    local scenario = issues_with { fault = "rate_limited", form = "retry_after", seconds = 0.2 }
    local result = read_issues(scenario)
    assert_whole(result, scenario)
    assert.is_true(gap(scenario, 1) >= 0.2, gap(scenario, 1))
    assert.same({ "STARTED", "RATE_LIMITED", "COMPLETE" }, statuses(result, "issues"))
    local reset
    for _, trace in ipairs(result.of "TRACE") do
      local reasons = trace.stream_status and trace.stream_status.reasons
      if reasons then
        assert.equal("RUNNING", trace.stream_status.status)
        assert.equal("RATE_LIMITED", reasons[1].type)
        reset = reasons[1].rate_limited.quota_reset
      end
    end
    local asked = scenario.log "issues"
    assert.is_true(reset >= (asked[1].time + 0.2) * 1000 - 1 and reset <= asked[2].time * 1000 + 1, reset)
    assert.is_truthy(connector.logs(result, "INFO"):find("429", 1, true))
  end)

  it("does not use up the attempts that faults have", function()
    local scenario = issues_with { fault = "rate_limited", form = "bare", times = 6 }
    assert_whole(read_issues(scenario, { "--retry-attempts=2", "--retry-base=0.002" }), scenario)
  end)

  it("of one list does not hold up the others", function()
    local scenario = issues_with { fault = "rate_limited", form = "retry_after", seconds = 600 }
    local going = connector.start(scenario, { "issues", "releases", "events" })
    connector.wait_for_complete(going, { "releases", "events" })
    going:kill "TERM"
    local result = going:finish()
    for _, state in ipairs(connector.states(result)) do assert.not_equal("issues", state.stream.stream_descriptor.name) end
    assert.equal(1, #scenario.log "issues")
  end)

  it("that names its end in X-Sentry-Rate-Limit-Reset is waited for until then, by the server's clock", function()
    assert_whole(waiting:finish(), distant)
    assert.is_true(gap(distant, 1) >= 1 and gap(distant, 1) < 30, gap(distant, 1))
  end)
end)

describe("a page", function()
  teardown(perigee.cleanup)

  it("is asked for in the size that a 400 names, from the list's top", function()
    local smaller = { fault = "smaller_page", limit = 4, path = "(events|issues)" }
    local scenario = sentry.scenario { data = TEN, faults = { smaller } }
    local result = read(scenario, { "events", "issues" })
    assert.equal(0, result.status)
    for _, stream in ipairs { "events", "issues" } do
      assert.is_nil(connector.difference(connector.truth(scenario, stream), result.records(stream)), stream)
      local asked = scenario.log(stream)
      assert.equal("100", asked[1].query.per_page)
      for n = 2, #asked do assert.equal("4", asked[n].query.per_page) end
      assert.is_nil(asked[2].query.cursor)
    end
  end)

  it("is asked for in a smaller size where its body is beyond --max-body, and no record comes twice", function()
    local scenario = sentry.scenario { data = { events = 60, body = 4000 } }
    local result = read(scenario, { { "events", "incremental" } }, { words = { "--max-body=80000" } })
    assert.equal(0, result.status, connector.logs(result))
    assert.is_nil(connector.difference(connector.truth(scenario, "events"), result.records()))
    local asked = scenario.log "events"
    assert.equal("100", asked[1].query.per_page)
    assert.is_true(tonumber(asked[#asked].query.per_page) < 50)
    assert.is_truthy(connector.logs(result, "WARN"):find("pages of 50", 1, true))
  end)

  it("of one record beyond --max-body ends the stream, which says what to do", function()
    local scenario = issues_with { fault = "huge", bytes = 300000, times = -1 }
    local result = read_issues(scenario, { "--max-body=100000" })
    assert_failed(result, "system_error", "--max-body")
    assert.same({}, result.records())
  end)

  it("that inflates to more than --max-body is not inflated further", function()
    local scenario = issues_with { fault = "gzip_bomb", bytes = 64 * 1024 * 1024, times = -1 }
    assert_failed(read_issues(scenario, { "--max-body=1000000" }), "system_error", "--max-body")
  end)
end)

describe("a server that fails for one of many lists", function()
  teardown(perigee.cleanup)

  -- How often each list was asked for whose requests failed, in order.
  local function attempts(scenario)
    local counts, places = {}, {}
    for _, request in ipairs(scenario.log()) do
      if request.status == 500 then
        if not counts[request.path] then places[#places + 1] = request.path end
        counts[request.path] = (counts[request.path] or 0) + 1
      end
    end
    for i, path in ipairs(places) do places[i] = counts[path] end
    return places
  end

  local function read_with(stream, path)
    local scenario = sentry.scenario { data = { projects = 6, issues = 6, lists = {} }, faults = {
      { fault = "status", status = 500, path = path, times = -1 } } }
    return scenario, connector.read(scenario, { stream }, { config = { project = "", num_workers = 1 },
      words = { "--outage-patience=2", "--retry-base=0.002" } })
  end

  it("is waited for once, and then tries of others cost less", function()
    for stream, path in pairs { project_members = "/projects/acme/[^w/][^/]*/members/$",
      issue_hashes = "/issues/[0-9]*[1-4]/hashes/$" } do
      local scenario, result = read_with(stream, path)
      assert.equal(1, result.status)
      assert.same({ "STARTED", "RUNNING", "INCOMPLETE" }, connector.statuses(result, stream))
      local tried = attempts(scenario)
      assert.is_true(tried[1] > 6, tried[1])
      assert.is_true(#tried > 2, #tried)
      for i = 2, #tried do assert.equal(2, tried[i]) end
      assert.is_true(#result.records(stream) > 0)
      assert.matches("where it fails for others, they are tried twice", connector.logs(result, "WARN"))
    end
  end)
end)
