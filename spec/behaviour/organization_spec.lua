-- A whole organization, every stream that a server has: a full read is exactly what the server holds, and an incremental one
-- after records were added, have changed, moved and gone is exactly what differs. PERIGEE_LONG=1 reads 50 projects, and not 3.
-- Not here: feedback, stats_v2 and sessions, which have specs of their own.
local connector = require "spec.support.connector"
local counted = require "spec.support.counted"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local truths = require "spec.support.stream_truth"

local LONG = os.getenv "PERIGEE_LONG" == "1"
local PROJECTS = LONG and 50 or 3
local DIALECTS = { "hosted", "sentry-23.7.1", "sentry9", "glitchtip", LONG and "sentry" or nil } -- which has hosted's lists
local CONFIG = { project = "", num_workers = 8, explore = truths.explore }

local chosen, follows, scripts, sees_changes = truths.chosen, truths.follows, truths.scripts, truths.sees_changes

local function slug(number) return ({ "web-frontend", "backend", "mobile" })[number] or ("service-%02d"):format(number - 1) end

-- ---- what must come; of most streams truths.expected says it

local function members(list, name)
  local made = {}
  for i, text in ipairs(list) do made[i] = tostring(json.decode(text)[name]) end
  return made
end

local function keys_of(rows)
  local keys = {}
  for i, row in ipairs(rows) do keys[i] = row.key end
  return keys
end

-- A stream whose records are told by one of their members.
local function by(name, expected)
  return { expected = expected, came = function(texts) return members(texts, name) end }
end

-- Those whose issues are there.
local function events_of_issues(truth)
  local there, list = {}, {}
  for _, issue in ipairs(truth.issues) do there[issue.key] = true end
  for _, event in ipairs(truth.events) do
    list[#list + 1] = there[json.decode(event.text).groupID] and event.key or nil
  end
  return list
end

-- Each issue has as many hashes as its number says.
local function hashes(truth)
  local list = {}
  for _, issue in ipairs(truth.issues) do
    for _ = 0, tonumber(issue.key) % 3 do list[#list + 1] = issue.key end
  end
  return list
end

local OTHERS = {
  project_detail = by("id", function(truth) return keys_of(truth.projects) end),
  issue_events = by("id", events_of_issues),
  issue_hashes = by("issueId", hashes),
  projects = by("id", function(truth) return keys_of(truth.projects) end), -- which are as their caller sees them
}
local LACKING = { glitchtip = { "issue_events", "issue_hashes" } }

local function expected(stream, truth)
  if OTHERS[stream] then return OTHERS[stream].expected(truth) end
  return truths.expected(stream, truth)
end

local function came(stream, result)
  return (OTHERS[stream] and OTHERS[stream].came or truths.came)(result.records(stream))
end

-- ---- the organization

local function scenario_of(dialect)
  local of_all = {}
  for number = 2, PROJECTS do of_all[slug(number)] = 3 end
  return sentry.scenario { dialect = dialect, limits = false, deprecations = false, callers = truths.callers, page_size = 5,
    data = { projects = PROJECTS, events = 9, issues = 3, project_events = of_all, project_issues = of_all, releases = 7,
      tie = 0.2, lists = { members = 11, monitors = 2, repositories = 2, tags = 2 },
      linked = dialect ~= "glitchtip" } }
end

local function streams_of(dialect, truth)
  local names, lacking = truths.listed(truth, true), {}
  for _, name in ipairs(LACKING[dialect] or {}) do lacking[name] = true end
  for name in pairs(OTHERS) do
    if not truth[name] and not lacking[name] then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- Something happens in every second project, and in the lists of the organization; and one project more comes.
local function batches(names)
  local list = { { projects = 1, releases = 2, updates = { releases = 2 } } }
  for number = 1, PROJECTS, 2 do
    local batch = { project = slug(number), events = 2, issues = 2, updates = { issues = 1 }, deletes = { issues = 1 } }
    for _, name in ipairs(chosen(names, truths.has_cursor)) do
      if not batch[name] and name ~= "projects" and name ~= "releases" then batch[name] = 1 end
    end
    for _, name in ipairs(chosen(names, sees_changes)) do
      if name ~= "projects" and name ~= "releases" and name ~= "teams" then batch.updates[name], batch.deletes[name] = 1, 1 end
    end
    list[#list + 1] = batch
  end
  return list
end

-- The states of those streams that go on from one.
local function states_of(result)
  local list = {}
  for _, state in ipairs(connector.states(result)) do
    list[#list + 1] = scripts[state.stream.stream_descriptor.name].cursor and state or nil
  end
  return list
end

local function read(scenario, names, state)
  local result = connector.read(scenario, truths.entries(names, "incremental"), { config = CONFIG, state = state })
  assert(result.status == 0, connector.failures(result))
  return result
end

for _, dialect in ipairs(DIALECTS) do
  describe(("an organization of %d projects of %s"):format(PROJECTS, dialect), function()
    local scenario, names, first
    setup(function()
      scenario = scenario_of(dialect)
      names = streams_of(dialect, scenario.truth())
    end)
    teardown(perigee.cleanup)

    it("is read whole, each record once", function()
      first = read(scenario, names)
      local truth = scenario.truth()
      for _, name in ipairs(names) do
        local wanted = expected(name, truth)
        assert.is_true(#wanted > 0, name)
        assert.is_nil(connector.difference(wanted, came(name, first)), name)
      end
    end)

    it("comes with what was added, has changed, moved or gone since then, and nothing else", function()
      local before = scenario.truth()
      truths.add_later(scenario, table.unpack(batches(names)))
      local second = read(scenario, names, states_of(first))
      local truth = scenario.truth()
      for _, name in ipairs(names) do
        local wanted, new = expected(name, truth), came(name, second)
        if not scripts[name].cursor then
          assert.is_nil(connector.difference(wanted, new), name)
        elseif follows(name) then
          local before_or_now = came(name, first)
          table.move(new, 1, #new, #before_or_now + 1, before_or_now)
          assert.same({}, truths.without_all(new, wanted), name)
          assert.same({}, truths.without_all(wanted, before_or_now), name)
        else
          assert.is_nil(connector.difference(truths.without_all(wanted, expected(name, before)), new), name)
        end
      end
      counted(#names, "streams that were read exactly twice")
    end)
  end)
end
