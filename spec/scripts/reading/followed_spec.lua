-- Child streams that follow their parent: an incremental read asks for the children of what has changed alone.
local clock = require "clock"
local connector = require "spec.support.connector"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local error_of, read = own_streams.error_of, own_streams.read

local function child(more)
  return { mine = ([[return { name = "mine", parent = "issues", follow_parent = true,
    path = "organizations/{organization}/issues/{parent.id}/hashes/", params = { full = "false" },
    primary_key = { "issue", "id" }, identity = "id", cursor = { field = "seen" },
    transform = function(record, context)
      record:set("issue", context.parent.id)
      return record:set("seen", context.parent.lastSeen)
    end, %s }]]):format(more or "") }
end

local ENTRY = { "mine", "incremental" }

-- The issues whose hashes were asked for since the log had so many lines, in order.
local function asked(scenario, from)
  local list = {}
  for i, request in ipairs(scenario.log "hashes") do
    if i > (from or 0) then list[#list + 1] = request.path:match "issues/(%d+)/" end
  end
  table.sort(list)
  return list, #scenario.log "hashes"
end

local function held(scenario)
  local list = {}
  for i, issue in ipairs(connector.held(scenario, "issues")) do list[i] = issue.key end
  table.sort(list)
  return list
end

local function ids(result)
  local found = {}
  for _, record in ipairs(own_streams.decoded(result)) do found[record.issue] = true end
  local list = {}
  for id in pairs(found) do list[#list + 1] = id end
  table.sort(list)
  return list
end

describe("a child stream that follows its parent", function()
  teardown(perigee.cleanup)

  it("asks for all parents once, then for those that have changed alone", function()
    local scenario = sentry.scenario { data = { issues = 23 }, page_size = 5 }
    local first = read(scenario, child(), ENTRY)
    assert.equal(0, first.status, connector.logs(first))
    local list, count = asked(scenario)
    assert.same(held(scenario), list)

    local lists = #scenario.log "issues"
    local again = read(scenario, child(), ENTRY, { state = connector.states(first) })
    assert.same({}, again.records())
    assert.same({}, (asked(scenario, count)))
    assert.is_true(#scenario.log "issues" - lists <= 2, #scenario.log "issues" - lists)

    scenario.change { data = { issues = 23, later = { { updates = { issues = 3 }, issues = 2 } } } }
    local third = read(scenario, child(), ENTRY, { state = connector.states(again) })
    local new = asked(scenario, count)
    assert.is_true(#new >= 3 and #new <= 5, table.concat(new, " "))
    assert.same(new, ids(third))
    assert.same({}, read(scenario, child(), ENTRY, { state = connector.states(third) }).records())
  end)

  it("says before it reads how many requests there are, and about how long they take", function()
    local scenario = sentry.scenario { data = { issues = 12 }, page_size = 5 }
    local logs = connector.logs(read(scenario, child(), ENTRY))
    assert.is_truthy(logs:find("is asked for each of about 12 issues: 12 requests.- or more"), logs)
  end)

  it("asks again for a parent whose children could not be read, and for those behind it", function()
    local scenario = sentry.scenario { data = { issues = 12 }, page_size = 4 }
    local broken = held(scenario)[1]
    scenario.change { faults = { { fault = "status", status = 500, path = "/issues/" .. broken .. "/hashes/", times = -1 } } }
    local first = read(scenario, child(), ENTRY, { words = { "--retry-attempts=1" } })
    local message = error_of(first, "mine")
    assert.is_truthy(message:find("1 of 12 parents could not be read", 1, true), message)
    assert.equal(11, #ids(first))
    scenario.change { faults = {} }
    local _, count = asked(scenario)
    local second = read(scenario, child(), ENTRY, { state = connector.states(first) })
    assert.equal(0, second.status, connector.logs(second))
    local again, found = asked(scenario, count), false
    for _, id in ipairs(again) do found = found or id == broken end
    assert.is_true(found)
    assert.same({}, read(scenario, child(), ENTRY, { state = connector.states(second) }).records())
  end)

  it("ends incomplete at max_parents, says how many are left, and goes on with them", function()
    local scenario = sentry.scenario { data = { issues = 23 }, page_size = 5 }
    local given, all, states = { config = { max_parents = 8 } }, {}, nil
    for run, left in ipairs { 13, 3 } do
      given.state = states
      local result = read(scenario, child(), ENTRY, given)
      local message, kind = error_of(result, "mine")
      assert.equal(("max_parents (8) was reached: 10 parents were asked for, and %d parents are left; the next incremental "
        .. "read goes on with them"):format(left), message, run)
      assert.equal("config_error", kind)
      states = connector.states(result)
      for _, id in ipairs(ids(result)) do all[#all + 1] = id end
    end
    given.state = states
    local last = read(scenario, child(), ENTRY, given)
    assert.equal(0, last.status, connector.logs(last))
    for _, id in ipairs(ids(last)) do all[#all + 1] = id end
    table.sort(all)
    assert.same(held(scenario), all)
  end)

  it("counts what max_parents leaves of all projects together", function()
    local scenario = sentry.scenario { data = { issues = 12, project_issues = { backend = 9, mobile = 4 } }, page_size = 5 }
    local all = {}
    local given = { config = { project = "web-frontend, backend, mobile", max_parents = 10, num_workers = 1 } }
    local first = read(scenario, child(), ENTRY, given)
    assert.equal("max_parents (10) was reached: 10 parents were asked for, and 15 parents are left; the next incremental read "
      .. "goes on with them", error_of(first, "mine"))
    given.state, given.config.max_parents = connector.states(first), nil
    local second = read(scenario, child(), ENTRY, given)
    assert.equal(0, second.status, connector.logs(second))
    for _, result in ipairs { first, second } do
      for _, id in ipairs(ids(result)) do all[#all + 1] = id end
    end
    table.sort(all)
    local wanted = {}
    for i, issue in ipairs(scenario.truth().issues) do wanted[i] = issue.key end
    table.sort(wanted)
    assert.same(wanted, all)
  end)

  it("ends a full refresh at max_parents, too, which begins again", function()
    local scenario = sentry.scenario { data = { issues = 23 }, page_size = 5 }
    local result = read(scenario, child(), "mine", { config = { max_parents = 20 } })
    assert.is_truthy(error_of(result, "mine"):find("20 parents were asked for, and 3 parents are left; a full refresh begins "
      .. "again", 1, true))
  end)

  -- Issues that are resolved keep their lastSeen, and those that are deleted are no records of the child.
  it("asks again for what changed below where the parent's list is due to be read whole, and tells of no parent that is gone",
    function()
      local data = { issues = 12, events = 0, lists = {} }
      local scenario, file = sentry.scenario { dialect = "sentry-23.7.1", data = data }, perigee.new_path ".db"
      local given = { config = { refresh = "P1D", track_deletes = true }, words = { "--to", file, "--json", "--streams",
        "issue_detail" } }
      local function sync()
        local result = perigee.run(connector.words("sync", scenario, given))
        assert.equal(0, result.status, result.err)
        return connector.summary(result).issue_detail
      end
      assert.equal(12, sync().new)
      local details = #scenario.log "issue_detail"
      data.later = { { resolves = 3, deletes = { issues = 2 } } }
      scenario.change { data = data, clock = { shift_seconds = 2 * 86400 } }
      local second, more = sync(), #scenario.log "issue_detail" - details
      assert.is_true(more >= 1 and more <= 3, more)
      assert.same({ 0, 12 }, { second.removed, second.total })
    end)

  it("needs a stream for a parent, with a cursor, and one itself", function()
    local scenario = sentry.scenario {}
    for more, words in pairs {
      ["parent = function() return {} end"] = "'follow_parent' needs a `parent` that is a stream, and a `cursor`",
      ["parent = 'project_detail'"] = "'follow_parent' needs a parent with a `cursor`, which 'project_detail' has not",
      ["cursor = 5"] = "'cursor' must be a table",
    } do
      local message = error_of(read(scenario, child(more), ENTRY), "mine")
      assert.is_truthy(message:find(words, 1, true), message)
    end
  end)

  it("does not take a state that it does not understand", function()
    local scenario = sentry.scenario { data = { issues = 3 } }
    local first = read(scenario, child(), ENTRY)
    local states = connector.states(first, "mine")
    states[#states].stream.stream_state.parent = { lastSean = "2026-01-01T00:00:00Z" }
    local message = error_of(read(scenario, child(), ENTRY, { state = { states[#states] } }), "mine")
    assert.is_truthy(message:find("parent: the state of the stream 'issues' cannot be understood", 1, true), message)
  end)
end)

describe("a child stream that follows its parent, where that changes while it is read,", function()
  teardown(perigee.cleanup)

  -- The latest of what the records say of when each issue was last seen.
  local function note_seen(latest, lines)
    for _, line in ipairs(lines) do
      local issue, seen = line:match '"issue":"(%d+)"', line:match '"seen":"([^"]*)"'
      if issue and seen then latest[issue] = math.max(latest[issue] or 0, clock.parse(seen)) end
    end
  end

  -- The lines that a state covers; a line that was cut is none.
  local function covered(going)
    local last = 0
    for i, line in ipairs(going.lines) do last = line:find('{"type":"STATE"', 1, true) == 1 and i or last end
    return table.move(going.lines, 1, last, 1, {})
  end

  for _, states in ipairs { 1, 4, 9 } do
    it(("has every child of every change in the end, killed after %d states"):format(states), function()
      local scenario = sentry.scenario { data = { issues = 40, events = 0 }, page_size = 4, delay_ms = 3,
        change = { updates = 0.7, lists = { "issues" }, requests = 12, seed = states } }
      local folder, latest = own_streams.folder(child()), {}
      local words = { "--scripts", folder, "--checkpoint-records=1" }
      local going = connector.start(scenario, { ENTRY }, { words = words })
      for _ = 1, states do going:wait_for "STATE" end
      going:kill "KILL"
      going:close()
      local lines = covered(going)
      note_seen(latest, lines)
      local rest = connector.read(scenario, { ENTRY }, { words = words, state = connector.states { lines = lines } })
      assert.equal(0, rest.status, connector.failures(rest))
      scenario.change { change = {} }
      local last = connector.read(scenario, { ENTRY }, { words = words, state = connector.states(rest) })
      note_seen(latest, rest.lines)
      note_seen(latest, last.lines)
      for _, issue in ipairs(connector.held(scenario, "issues")) do
        assert.equal(clock.parse(issue.cursor), latest[issue.key], issue.key)
      end
    end)
  end

  it("has what came to a release after it was asked for, also in a list without an order", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", page_size = 4, data = { events = 0, releases = 17, lists = {} },
      change = { updates = 2, lists = { "releases" }, requests = 7 } }
    local entry, found = { "release_deploys", "incremental" }, {}
    local first = connector.read(scenario, { entry })
    scenario.change { change = {} }
    local second = connector.read(scenario, { entry }, { state = connector.states(first) })
    for _, result in ipairs { first, second } do
      assert.equal(0, result.status, connector.failures(result))
      for _, record in ipairs(own_streams.decoded(result)) do found[record.id] = true end
    end
    local deploys = scenario.truth().release_deploys
    assert.is_true(#deploys > 17 * 3)
    for _, deploy in ipairs(deploys) do assert.is_true(found[deploy.key], deploy.key) end
  end)
end)
