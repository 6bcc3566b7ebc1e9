-- Rows of equal times on the border of two pages: no list of Sentry's has a second sort key, and its database sorts them
-- anew for each answer, the same way in each pass.
local connector = require "spec.support.connector"
local one_pass = require "reading.pass"
local json = require "json"
local keys = require "keys"
local own_streams = require "spec.support.own_streams"
local page = require "page"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local RELEASES = "organizations/{organization}/releases/"

teardown(perigee.cleanup)

-- Of so many releases, a share has the time of the one before.
local function scenario(count, tie, more)
  local made = { dialect = "sentry-23.7.1", data = { releases = count, tie = tie, archived = 0, teams = false } }
  for name, value in pairs(more or {}) do made[name] = value end
  return sentry.scenario(made)
end

local function failed(result)
  for _, trace in ipairs(result.of "TRACE") do
    if trace.error then return trace.error.message end
  end
end

describe("a list without an order, whose pages cut rows of equal times", function()
  it("is read whole by passes with pages of other sizes", function()
    for _, case in ipairs { { 250, 0.8 }, { 401, 0.6 }, { 140, 1 } } do
      local server = scenario(case[1], case[2])
      local result = connector.read(server, { "releases" })
      assert.equal(0, result.status, table.concat(result.lines, "\n"))
      assert.is_nil(connector.difference(connector.truth(server, "releases"), result.records "releases"))
      local sizes = {}
      for _, request in ipairs(server.log "releases") do sizes[request.query.per_page or ""] = true end
      assert.is_true(sizes["100"] and sizes["93"] or false)
    end
  end)

  it("is read whole where the server gives smaller pages than it is asked for, too", function()
    for _, count in ipairs { 12, 23, 40 } do
      local server = scenario(count, 0.6, { page_size = 9 })
      local result = connector.read(server, { "releases" })
      assert.equal(0, result.status, table.concat(result.lines, "\n"))
      assert.is_nil(connector.difference(connector.truth(server, "releases"), result.records "releases"))
    end
  end)

  it("costs no request more where no page cuts any", function()
    local requests = {}
    for _, stands in ipairs { true, false } do
      local server = scenario(250, 0.6, { unstable_ties = not stands })
      assert.equal(0, connector.read(server, { "releases" }).status)
      requests[#requests + 1] = #server.log "releases"
    end
    assert.same({ 6, 6 }, requests)
  end)

  it("ends incomplete, with the numbers, where that does not settle", function()
    local server = scenario(90, 1, { page_size = 3 })
    local script = ("return { name = 'many', path = '%s', primary_key = 'version', page_size = 3 }"):format(RELEASES)
    local result = own_streams.read(server, { many = script }, "many")
    assert.equal(1, result.status)
    assert.matches("of 90 rows that 12 passes found, %d+ came", failed(result))
  end)
end)

describe("a list in an order", function()
  local ORDERED = ("return { name = 'ordered', path = '%s', primary_key = 'version', "):format(RELEASES)
    .. "cursor = { field = 'dateCreated', ordered_by = { 'dateCreated' } } }"

  it("whose pages have numbers has rows of one time that they cut read again", function()
    for tie, requests in pairs { [0.8] = 5, [0.97] = 8 } do
      local server = scenario(340, tie)
      local result = own_streams.read(server, { ordered = ORDERED }, { "ordered", "incremental" })
      assert.equal(0, result.status, table.concat(result.lines, "\n"))
      assert.equal(340, #result.records "ordered")
      assert.is_true(#server.log "releases" >= requests)
    end
  end)

  it("costs no request more where no page cuts any", function()
    local server = scenario(340, 0)
    assert.equal(0, own_streams.read(server, { ordered = ORDERED }, { "ordered", "incremental" }).status)
    assert.equal(4, #server.log "releases")
  end)

  for _, case in ipairs { { "sentry9", "events", 250 }, { "sentry9", "issues", 150 }, { "glitchtip", "events", 150 },
    { "glitchtip", "issues", 190 }, { "sentry", "issues", 350 } } do
    it(("has more rows of one time than a page holds read whole: %s of %s"):format(case[2], case[1]), function()
      for _, mode in ipairs { "incremental", "full_refresh" } do
        local server = sentry.scenario { dialect = case[1], unstable_ties = true, data = { [case[2]] = case[3], tie = 1 } }
        local result = connector.read(server, { { case[2], mode } })
        assert.equal(0, result.status, table.concat(result.lines, "\n"))
        assert.is_nil(connector.difference(connector.truth(server, case[2]), result.records(case[2])))
      end
    end)
  end

  it("is read to its end below such rows where the server gives fewer rows a page than are asked for", function()
    local server = sentry.scenario { dialect = "sentry9", unstable_ties = true, page_size = 7,
      data = { events = 60, seed = 29, tie = 0.8 } }
    local result = connector.read(server, { { "events", "incremental" } })
    assert.equal(0, result.status, table.concat(result.lines, "\n"))
    assert.is_nil(connector.difference(connector.truth(server, "events"), result.records "events"))
  end)

  it("is read whole by a server that gives pages smaller than they are asked for", function()
    for _, case in ipairs { { "sentry", "issues" }, { "sentry9", "events" }, { "glitchtip", "issues" } } do
      local server = sentry.scenario { dialect = case[1], page_size = 8, data = { [case[2]] = 30, tie = 0.9 } }
      local result = connector.read(server, { { case[2], "incremental" } })
      assert.equal(0, result.status, table.concat(result.lines, "\n"))
      assert.is_nil(connector.difference(connector.truth(server, case[2]), result.records(case[2])))
    end
    local server = scenario(60, 0.6, { page_size = 8 })
    local result = own_streams.read(server, { ordered = ORDERED }, { "ordered", "incremental" })
    assert.equal(0, result.status, table.concat(result.lines, "\n"))
    assert.equal(60, #result.records "ordered")
  end)

  it("is read in full with few requests where its first page holds one time alone, and nothing changes", function()
    local server = sentry.scenario { data = { issues = 350, tie = 1 } }
    assert.equal(0, connector.read(server, { "issues" }).status)
    assert.is_true(#server.log "issues" <= 2 * 9 + 1)
  end)
end)

describe("more rows of one time than GlitchTip gives", function()
  -- How many records of these times came; all others must have.
  local function came_of(lost, server, result)
    local came, counted = {}, {}
    for _, one in ipairs(lost) do counted[one.time] = 0 end
    for _, text in ipairs(result.records "events") do came[text] = true end
    for _, text in ipairs(connector.truth(server, "events")) do
      local time = json.decode(text).dateReceived:gsub("Z$", "000Z")
      if counted[time] and came[text] then counted[time] = counted[time] + 1 end
      assert.is_truthy(came[text] or counted[time], time)
    end
    return counted
  end

  for _, mode in ipairs { "incremental", "full_refresh" } do
    it("are noted in the state with their numbers, and fail the run that met them alone, which reads what lies below: " .. mode,
      function()
        local server = sentry.scenario { dialect = "glitchtip", unstable_ties = false, data = { events = 900, tie = 0.996 } }
        local result = connector.read(server, { { "events", mode } })
        assert.equal(1, result.status)
        local lost = connector.state(result, "events").lost
        assert.is_true(#lost > 0)
        local counted = came_of(lost, server, result)
        for _, one in ipairs(lost) do
          assert.same({ 200, 900, 200 }, { one.seen, one.said, counted[one.time] })
          assert.is_truthy(failed(result):find(one.time .. ": 200 came, where the server counts 900", 1, true))
        end

        local again = connector.read(server, { { "events", mode } }, { state = connector.states(result) })
        assert.equal(0, again.status, table.concat(again.lines, "\n"))
        assert.equal(0, #again.records "events")
        local state = connector.state(again, "events")
        if mode == "incremental" then assert.same(lost, state.lost) else assert.is_true(state.__ab_full_refresh_sync_complete) end
      end)
  end
end)

describe("a pass over a list", function()
  local function of(text) return assert(page.of(text, { fields = { "id" }, key = { "id" } })) end
  local function walk(covered, more) return { covered = covered, list = { next = more }, page_size = function() return 3 end } end

  it("takes a row that one page holds twice for two, and one of two pages for the sign of another that did not come", function()
    local pass, all = one_pass.new(3), keys.set(100)
    pass:count(of '[{"id":"1"},{"id":"1"},{"id":"2"}]', walk(0, "x"), all)
    assert.same({ 1, 0, 3 }, { pass.doubles, pass.repeats, pass:places() })
    pass:count(of '[{"id":"2"},{"id":"3"},{"id":"4"}]', walk(0, "x"), all)
    assert.same({ 1, 1, 6, 4 }, { pass.doubles, pass.repeats, pass:places(), all:count() })
    assert.is_falsy(pass.hides)
  end)

  it("expects those again that both pages cover, and no more", function()
    local pass, all = one_pass.new(3), keys.set(100)
    pass:count(of '[{"id":"1"},{"id":"2"},{"id":"3"}]', walk(0, "x"), all)
    pass:count(of '[{"id":"2"},{"id":"3"},{"id":"4"}]', walk(1, "x"), all)
    assert.same({ 1, 5 }, { pass.repeats, pass:places() })
  end)

  it("knows that places hide rows by nulls, and by short pages that another one follows", function()
    local pass, all = one_pass.new(3), keys.set(100)
    pass:count(of '[{"id":"1"}]', walk(0), all)
    assert.is_falsy(pass.hides)
    pass:count(of '[{"id":"2"}]', walk(0, "x"), all)
    assert.is_true(pass.hides)
  end)
end)
