-- What a read of a whole organization costs: requests where nothing is new, against the pages that its lists have; and memory.
local connector = require "spec.support.connector"
local measured = require "spec.support.measured"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

local NOW = "2026-11-20T12:00:00Z"
local PROJECTS, PAGE = 4, 100
local MOST = 1.5 -- requests to pages
local PEAK = 24 * 1024 -- KiB

-- The sanitizers keep what was freed, and shadow all else.
local sanitized = require "spec.support.sanitized"

local scripts = {}
for _, name in ipairs(streams.shipped) do scripts[name] = dofile("scripts/streams/" .. name .. ".lua") end

-- Issues in each project; members and keys in more pages than one.
local function organization()
  local issues = { backend = 2, mobile = 2 }
  for i = 3, PROJECTS - 1 do issues[("service-%02d"):format(i)] = 2 end
  return sentry.scenario { now = NOW, dialect = "hosted", clock = { fixed = NOW, step_ms = 1 }, limits = false,
    deprecations = false, data = { projects = PROJECTS, events = 3, issues = 2, project_issues = issues,
      lists = { members = 150, project_keys = 480 } },
    callers = { [sentry.tokens.owner] = { kind = "owner", scopes = sentry.all_scopes, teams = { "backend", "data" } } } }
end

local function entries()
  local list = {}
  for i, name in ipairs(streams.shipped) do list[i] = { name, scripts[name].cursor and "incremental" or "full_refresh" } end
  return list
end

local function read(scenario, state)
  local words = connector.words("read", scenario, { config = { project = "", num_workers = 4 }, state = state })
  words[#words + 1] = "--catalog=" .. perigee.write_catalog(entries())
  local before = #scenario.log()
  local result, kib = measured(words)
  assert.equal(0, result.status, connector.failures(result))
  return result, table.move(scenario.log(), before + 1, #scenario.log(), 1, {}), kib
end

-- As a platform hands them over: of full refreshes it keeps none.
local function states(result)
  local list = {}
  for _, state in ipairs(connector.states(result)) do
    local name = state.stream.stream_descriptor.name
    list[#list + 1] = scripts[name].cursor and state or nil
  end
  return list
end

-- How many lists a stream has; of parents that have not changed, none need be asked for.
local function lists_of(name, truth)
  local stream = scripts[name]
  if stream.follow_parent then return 0 end
  local each = stream.path and stream.path:find("{project}", 1, true) and PROJECTS or 1
  return stream.parent and each * #truth[stream.parent] or each
end

-- The pages of a stream's lists; of one that has an order, and of one that is asked for by times, its first.
local function pages_of(name, truth)
  local cursor, lists, rows = scripts[name].cursor, lists_of(name, truth), {}
  if lists == 0 or cursor and (cursor.ordered_by or cursor.slice) then return lists end
  for _, row in ipairs(truth[name] or {}) do
    local place = scripts[name].path and scripts[name].path:find("{p[ar][ro]", 1) and row.project or ""
    rows[place] = (rows[place] or 0) + 1
  end
  local pages = lists
  for _, count in pairs(rows) do pages = pages + math.ceil(count / PAGE) - 1 end
  return pages
end

local function all_pages(truth)
  local pages = 0
  for _, name in ipairs(streams.shipped) do pages = pages + pages_of(name, truth) end
  return pages
end

local function count(requests, path)
  local found = 0
  for _, request in ipairs(requests) do found = found + (request.path:find(path) and 1 or 0) end
  return found
end

describe("a read of every stream of an organization", function()
  local scenario, full, first, kib
  setup(function()
    scenario = organization()
    full, first, kib = read(scenario)
  end)
  teardown(perigee.cleanup)

  it("asks for each page of parents once, for all streams that hang on them", function()
    local own = 1 -- that of the stream of parents itself, which is as new as can be
    assert.equal(PROJECTS * (1 + own), count(first, "/projects/acme/[^/]+/issues/$"))
    assert.equal(1 + own, count(first, "/organizations/acme/releases/$"))
    assert.equal(1 + own, count(first, "/organizations/acme/tags/$"))
  end)

  it("asks for at most one and a half times the pages of its lists where nothing is new", function()
    local _, requests = read(scenario, states(full))
    local pages = all_pages(scenario.truth())
    assert.is_true(pages > 100, pages .. " pages")
    assert.is_true(#requests <= MOST * pages, ("%d requests for %d pages"):format(#requests, pages))
    assert.equal(0, count(requests, "/issues/%d+/"), "children of issues that have not changed")
  end)

  it("takes 24 MiB at most", function()
    if sanitized then return pending "the sanitizers keep what was freed" end
    assert.is_true(kib <= PEAK, kib .. " KiB")
  end)
end)
