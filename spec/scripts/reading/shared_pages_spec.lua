-- Streams that hang on one parent are given each other's pages of it: also where the list changes meanwhile, none of them misses
-- what became of a parent.
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local NOW = "2026-11-20T12:00:00Z"
local STREAMS = { "issue_hashes", "issue_tags", "external_issues" } -- each adds its parent's lastSeen
local PAGES = 4

local function scenario_of(seed)
  return sentry.scenario { dialect = "hosted", now = NOW, clock = { fixed = NOW, step_ms = 50 }, limits = false,
    deprecations = false, page_size = 6, data = { events = 0, issues = PAGES * 6, seed = seed, lists = {} } }
end

local function read(scenario, state)
  local entries = {}
  for i, name in ipairs(STREAMS) do entries[i] = { name, "incremental" } end
  local result = connector.read(scenario, entries, { state = state, config = { num_workers = 4 } })
  assert.equal(0, result.status, connector.failures(result))
  return result
end

-- When each issue was last seen, as the last records of a stream that hang on it say.
local function last_seen(name, ...)
  local seen = {}
  for _, result in ipairs { ... } do
    for _, text in ipairs(result.records(name)) do
      local record = json.decode(text)
      seen[record.issueId] = record.issueLastSeen
    end
  end
  return seen
end

local function asked(scenario)
  local count = 0
  for _, request in ipairs(scenario.log()) do count = count + (request.path:find "/projects/acme/[^/]+/issues/$" and 1 or 0) end
  return count
end

describe("pages of parents that streams share", function()
  teardown(perigee.cleanup)

  it("have each stream see every change, although its list changes while it is read", function()
    for seed = 1, 2 do
      local scenario = scenario_of(seed)
      scenario.change { change = { adds = 1, updates = 0.6, lists = { "issues" }, requests = 40, seed = seed } }
      local first = read(scenario)
      assert.is_true(asked(scenario) < #STREAMS * PAGES, "pages are not shared")
      scenario.change { change = { adds = 1, updates = 0.6, lists = { "issues" }, requests = 5, seed = seed } }
      local second = read(scenario, connector.states(first))
      scenario.change { change = {} }
      local third = read(scenario, connector.states(second))
      local issues = scenario.truth().issues
      assert.is_true(#issues > PAGES * 6, "nothing came meanwhile")
      for _, name in ipairs { "issue_hashes", "issue_tags" } do
        local seen = last_seen(name, first, second, third)
        for _, issue in ipairs(issues) do
          local where = ("%s of seed %d, issue %s"):format(name, seed, issue.key)
          assert.equal(json.decode(issue.text).lastSeen, seen[issue.key], where)
        end
      end
    end
  end)
end)
