-- Rows of equal times on the border of two pages: no list of Sentry's has a second sort key, and its database sorts them
-- anew for each answer, the same way in each pass.
local connector = require "spec.support.connector"
local one_pass = require "reading.pass"
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
