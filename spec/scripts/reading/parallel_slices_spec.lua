-- Requests that overlap: several places of one list, and the next page while this one is on its way.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local requests = require "spec.support.requests"
local sentry = require "spec.support.sentry"

-- Reads a stream; everything must come, once.
local function read(scenario, stream, workers)
  local result = connector.read(scenario, { stream }, { config = { num_workers = workers } })
  assert.equal(0, result.status, connector.logs(result))
  assert.is_nil(connector.difference(connector.truth(scenario, stream), result.records(stream)))
  return result
end

local function asked_with(scenario, name)
  local count = 0
  for _, request in ipairs(scenario.log "events") do count = count + (request.query[name] and 1 or 0) end
  return count
end

describe("a list with windows", function()
  teardown(perigee.cleanup)

  local function events(more)
    local spec = { data = { events = 400 }, page_size = 10, delay_ms = 20 }
    for key, value in pairs(more or {}) do spec[key] = value end
    return sentry.scenario(spec)
  end

  it("is read at as many places at once as there are workers", function()
    local scenario = events()
    read(scenario, "events", 4)
    assert.equal(4, requests.most_at_once(requests.ended(scenario, "events")))
  end)

  it("is read at one place where the server takes one request at a time, without a proof of its windows", function()
    local scenario = events { limits = { events = { limit = 1000, window = 60, concurrent = 1 } } }
    read(scenario, "events", 4)
    assert.equal(0, requests.refused(scenario.log "events"))
  end)

  it("is read at one place where the server does not keep to them", function()
    local scenario = events { data = { events = 60 }, faults = { { fault = "ignore_filter", path = "/events/", times = -1 } } }
    read(scenario, "events", 4)
    local windows = asked_with(scenario, "end")
    assert.is_true(windows >= 1 and windows <= 3, windows .. " requests for windows")
  end)

  it("goes on in all of its windows after a run that was cut", function()
    local scenario = events { faults = { { fault = "status", status = 500, query = "cursor=0.*[34]\\d", times = -1 } } }
    local cut = connector.read(scenario, { "events" }, { config = { num_workers = 4 }, words = { "--checkpoint-records=20" } })
    assert.equal(1, cut.status)
    local state = connector.state(cut, "events")
    assert.is_true(#state.walk.gaps > 1, "one gap only")
    scenario.change { faults = {} }
    local rest = connector.read(scenario, { "events" }, { config = { num_workers = 4 },
      state = connector.states(cut, "events") })
    assert.equal(0, rest.status, connector.logs(rest))
    local all = cut.records "events"
    for _, text in ipairs(rest.records "events") do all[#all + 1] = text end
    local there = {}
    for _, text in ipairs(all) do there[text] = true end
    for _, text in ipairs(connector.truth(scenario, "events")) do assert.is_true(there[text], text:sub(1, 200)) end
    assert.is_true(#rest.records "events" < 400, "everything came again")
  end)

  -- What a slice has read lies above the place where it goes on, wherever the middle of its window is.
  it("is not divided again within what an earlier run has read", function()
    local far = { fault = "status", status = 500, query = "cursor=0(:|%3A)(5|6|7)\\d(:|%3A)", times = -1 }
    local scenario = events { faults = { far } }
    local cut = connector.read(scenario, { "events" }, { config = { num_workers = 2 }, words = { "--checkpoint-records=20" } })
    assert.equal(1, cut.status)
    scenario.change { faults = {} }
    local given = { config = { num_workers = 10 }, state = connector.states(cut, "events") }
    local rest = connector.read(scenario, { "events" }, given)
    assert.equal(0, rest.status, connector.logs(rest))
    local again = #cut.records "events" + #rest.records "events" - 400
    local gaps = #connector.state(cut, "events").walk.gaps
    assert.is_true(again <= gaps, ("%d came again from %d gaps"):format(again, gaps))
  end)
end)

describe("the next page", function()
  local SLOW = { { fault = "slow", rate = 8000, path = "/issues/", times = -1 } }

  it("is asked for while this one is on its way", function()
    local scenario = sentry.scenario { data = { issues = 60 }, page_size = 10, faults = SLOW }
    local result = read(scenario, "issues", 5)
    assert.equal(2, requests.most_at_once(requests.ended(scenario, "issues")))
    assert.matches("7 requests.* 0 responses not needed", connector.logs(result, "INFO"))
  end)

  it("is waited for where the server takes one request at a time", function()
    local limits = { issues = { limit = 100, window = 1, concurrent = 1 } }
    local scenario = sentry.scenario { data = { issues = 60 }, page_size = 10, faults = SLOW, limits = limits }
    read(scenario, "issues", 5)
    assert.equal(0, requests.refused(scenario.log "issues"))
  end)

  it("is not asked for from the first page of an incremental read", function()
    local scenario = sentry.scenario { data = { issues = 60 }, page_size = 10, faults = SLOW }
    local first = connector.read(scenario, { { "issues", "incremental" } })
    local before = #scenario.log "issues"
    local again = connector.read(scenario, { { "issues", "incremental" } }, { state = connector.states(first, "issues") })
    assert.equal(0, again.status, connector.logs(again))
    assert.is_true(#scenario.log "issues" - before <= 2)
  end)
end)
