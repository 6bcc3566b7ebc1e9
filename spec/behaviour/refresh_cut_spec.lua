-- Reads of a whole list, for what has changed in it, that a server's failure cuts: the next one goes on there. Kills are in
-- refresh_interrupt_spec.lua.
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local DAY = 86400
local PAGES = 25 -- of 250 issues
local NEW = 2 -- requests where nothing is new: a page below the lookback is looked at
local CHANGES = { resolves = 20, assigns = 10 }
local REFUSED = { fault = "status", status = 403, path = "/issues/", page = "last", times = -1 }
local function new_scenario() return sentry.scenario { page_size = 10, data = { issues = 250, events = 0 } } end

-- Something happens on the server, and so many seconds after its beginning is the next sync.
local function later(scenario, seconds, ...)
  scenario.change { data = { issues = 250, events = 0, later = { ... } }, clock = { shift_seconds = seconds } }
end

-- What a sync of the issues comes to, and how many requests it made.
local function sync(scenario, file, config)
  local count = #scenario.log "issues"
  local result = perigee.run(connector.words("sync", scenario,
    { config = config, words = { "--to", file, "--streams=issues", "--json" } }))
  return result, #scenario.log "issues" - count
end

local function done(scenario, file, config)
  local result, requests = sync(scenario, file, config)
  assert.equal(0, result.status, result.err)
  return connector.summary(result).issues, requests
end

-- The server refuses the last page. Returns how many rows came before.
local function cut_at_the_end(config, ...)
  local scenario, file = new_scenario(), perigee.new_path ".db"
  done(scenario, file, config)
  later(scenario, DAY + 60, CHANGES, ...)
  scenario.change { faults = { REFUSED } }
  local failed, requests = sync(scenario, file, config)
  assert.equal(1, failed.status)
  assert.matches("reading the whole list again %(refresh%): ", failed.err)
  assert.is_true(requests >= PAGES, requests)
  scenario.change { faults = {} }
  return scenario, file, connector.summary(failed).issues.updated
end

local function assert_same(scenario, file) database.assert_holds(file, "issues", "id", connector.held(scenario, "issues")) end

describe("a read of a whole list that was cut", function()
  teardown(perigee.cleanup)

  it("goes on there, sends no row twice, and counts once it has come to the end", function()
    local scenario, file, before = cut_at_the_end()
    local after, requests = done(scenario, file)
    assert.is_true(before > 0 and before + after.updated <= CHANGES.resolves + CHANGES.assigns)
    assert.is_true(requests <= NEW + 5, requests .. " requests")
    assert_same(scenario, file)
    after, requests = done(scenario, file)
    assert.same({ 0, NEW }, { after.updated, requests })
  end)

  it("goes on by `read` from its last state, with a ledger and without one", function()
    for _, more in ipairs { { "--ledger=" .. perigee.folder "notes" }, {} } do
      local scenario, given, texts = new_scenario(), { config = { refresh = "P1D" }, words = more }, {}
      local function read()
        local count = #scenario.log "issues"
        local result = connector.read(scenario, { { "issues", "incremental" } }, given)
        for _, text in ipairs(result.records "issues") do texts[text] = true end
        given.state = connector.states(result)
        return result, #scenario.log "issues" - count
      end
      assert.equal(0, read().status)
      later(scenario, DAY + 60, CHANGES)
      scenario.change { faults = { REFUSED } }
      assert.equal(1, read().status)
      scenario.change { faults = {} }
      later(scenario, DAY + 120, CHANGES, { issues = 5 })
      local result, requests = read()
      assert.equal(0, result.status, connector.failures(result))
      local came = {}
      for _, text in ipairs(result.records "issues") do
        assert.is_nil(came[text], text)
        came[text] = true
      end
      assert.is_true(requests <= PAGES // 2, requests .. " requests")
      for _, text in ipairs(connector.truth(scenario, "issues")) do assert.is_true(texts[text], text) end
    end
  end)

  it("tells of what is gone where it went on, once a pass over all of it has shown that", function()
    local scenario, file = cut_at_the_end({ track_deletes = true }, { deletes = { issues = 3 } })
    local _, requests = done(scenario, file, { track_deletes = true })
    assert.is_true(requests >= PAGES, requests)
    assert.equal(3, database.value(file, "DELETE FROM issues WHERE _deleted_at IS NOT NULL; SELECT changes()"))
    assert_same(scenario, file)
  end)

  it("begins anew where it was cut so long ago that it would be due again", function()
    local scenario, file = cut_at_the_end()
    later(scenario, 2 * DAY + 120, CHANGES, CHANGES)
    local _, requests = done(scenario, file)
    assert.is_true(requests >= PAGES, requests)
    assert_same(scenario, file)
  end)

  it("is no reason to take a state that says what cannot be", function()
    local scenario = new_scenario()
    local first = connector.read(scenario, { { "issues", "incremental" } }, { config = { refresh = "P1D" } })
    local state = connector.states(first)
    for wrong, words in pairs { ["refresh.cut must be an object"] = "soon", ["refresh.cut.round must be a time"] = { walk = {} },
      ["refresh.cut: walk must be an object with gaps"] = { round = "2026-01-01T00:00:00Z", walk = 1 } } do
      state[#state].stream.stream_state.refresh = { cut = words }
      local result = connector.read(scenario, { { "issues", "incremental" } }, { state = state })
      assert.equal(1, result.status)
      assert.is_truthy(connector.errors(result)[1].message:find(wrong, 1, true), connector.errors(result)[1].message)
    end
  end)
end)
