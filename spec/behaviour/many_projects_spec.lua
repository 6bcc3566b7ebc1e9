-- Many projects: what a read of them takes in requests, in memory and in bytes of states grows with them, and no faster.
-- PERIGEE_LONG=1 reads 2,000, and not 60.
local connector = require "spec.support.connector"
local measured = require "spec.support.measured"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local PROJECTS = os.getenv "PERIGEE_LONG" == "1" and 2000 or 60
local PEAK = (PROJECTS > 60 and 40 or 24) * 1024 -- KiB
local STREAMS = { "issues", "events", "issue_hashes" }
local AN_ENTRY = 400 -- bytes in a state at most, of a project with an issue and an event

-- The sanitizers keep what was freed, and shadow all else.
local sanitized = require "spec.support.sanitized"

local function slug(number) return ({ "web-frontend", "backend", "mobile" })[number] or ("service-%02d"):format(number - 1) end

-- Each with one issue and one event.
local function organization()
  local ones = {}
  for number = 1, PROJECTS do ones[slug(number)] = 1 end
  return sentry.scenario { dialect = "hosted", limits = false, deprecations = false,
    data = { projects = PROJECTS, events = 1, issues = 1, project_events = ones, project_issues = ones } }
end

local function entries()
  local list = {}
  for i, name in ipairs(STREAMS) do list[i] = { name, "incremental" } end
  return list
end

-- The last state of each stream.
local function last_states(result)
  local list = {}
  for i, name in ipairs(STREAMS) do
    local states = connector.states(result, name)
    list[i] = states[#states]
  end
  return list
end

-- The lines of states: their number, their bytes, and those of the largest.
local function sizes(result)
  local count, bytes, most = 0, 0, 0
  for _, line in ipairs(result.lines) do
    if line:find('{"type":"STATE"', 1, true) == 1 then count, bytes, most = count + 1, bytes + #line, math.max(most, #line) end
  end
  return count, bytes, most
end

describe("an organization of many projects", function()
  local scenario, first
  setup(function() scenario = organization() end)
  teardown(perigee.cleanup)

  local function read(state)
    local words = connector.words("read", scenario, { config = { project = "" }, state = state })
    words[#words + 1] = "--catalog=" .. perigee.write_catalog(entries())
    local before = #scenario.log()
    local result, kib = measured(words)
    assert.equal(0, result.status, connector.failures(result))
    if not sanitized then assert.is_true(kib <= PEAK, kib .. " KiB") end
    return result, #scenario.log() - before
  end

  it("is read by four requests a project, and its states have some hundred bytes of each", function()
    local requests
    first, requests = read()
    assert.same({ PROJECTS, PROJECTS }, { #first.records "issues", #first.records "events" })
    assert.is_true(#first.records "issue_hashes" >= PROJECTS)
    assert.is_true(requests <= 4 * PROJECTS + PROJECTS // 50 + 20, requests .. " requests")
    local _, bytes, most = sizes(first)
    assert.is_true(most <= AN_ENTRY * PROJECTS, most .. " bytes")
    assert.is_true(bytes <= #STREAMS * 3 * AN_ENTRY * PROJECTS, bytes .. " bytes")
  end)

  it("is read by three requests a project where nothing is new, and one state a stream", function()
    local result, requests = read(last_states(first))
    assert.same({ 0, 0, 0 }, { #result.records "issues", #result.records "events", #result.records "issue_hashes" })
    assert.is_true(requests <= 3 * PROJECTS + PROJECTS // 50 + 20, requests .. " requests")
    assert.equal(#STREAMS, (sizes(result)))
    assert.same(connector.state(first, "issues").projects, connector.state(result, "issues").projects)
  end)
end)
