-- What `perigee try --json` prints: one JSON object, of the shape that docs/testing.md shows.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

describe("try --json", function()
  local scenario

  setup(function() scenario = sentry.scenario { data = { issues = 150, releases = 3 } } end)
  teardown(perigee.cleanup)

  local function try(words, given, on)
    local result = perigee.run { "try", "--json", "--config", perigee.write_config(sentry.config(on or scenario, given)),
      table.unpack(words) }
    assert.equal(1, #result.lines, result.err)
    return assert(json.decode(result.lines[1])), result
  end

  it("gives requests, records, state and counts as data, and the records' bytes as they are", function()
    local told, result = try { "issues", "--limit", "3" }
    assert.equal(0, result.status)
    assert.equal("issues", told.stream)
    assert.equal("enough", told.ended)
    assert.equal(3, #told.records)
    local read = connector.read(scenario, { "issues" })
    for i, record in ipairs(told.records) do assert.equal(record.id, json.decode(read.records "issues"[i]).id) end
    assert.is_truthy(result.lines[1]:find(read.records "issues"[1], 1, true))
    local first = told.requests[1]
    assert.same({ 1, 200, 100 }, { first.number, first.status, first.records })
    assert.matches("^GET http://127.0.0.1:%d+/[^?]*api/0/projects/", first.request)
    assert.is_true(first.ms >= 0 and first.bytes > 0)
    assert.equal(#told.requests, told.counts.requests)
    assert.equal("table", type(told.state))
    assert.is_nil(result.lines[1]:find(sentry.token, 1, true))
  end)

  it("says that a list ended, and what follows a page", function()
    local told = try { "releases" }
    assert.equal("end", told.ended)
    assert.equal(3, told.counts.records)
    assert.is_nil(told.error)
  end)

  it("gives the fate of a record, and its reasons", function()
    local told, result = try({ "issues", "--why", (json.decode(connector.read(scenario, { "issues" }).records "issues"[1]).id) })
    assert.equal(0, result.status)
    assert.same({ 1, 1, 100, true }, { told.why[1].request, told.why[1].record, told.why[1].of, told.why[1].emitted })
    assert.matches("there is no state", told.why[1].reason)
    assert.same({}, told.records)
    local none, missing = try { "issues", "--why", "0" }
    assert.same({ 1, 0 }, { missing.status, #none.why })
  end)

  it("gives a plan", function()
    local told = try { "issues", "--plan" }
    assert.matches("^GET ", told.plan.request)
    assert.is_true(told.plan.full ~= nil and told.plan.asked >= 1)
  end)

  it("gives an error, with what was read before it, and the log", function()
    local failing = sentry.scenario { data = { releases = 250 }, faults = {
      { fault = "status", status = 403, path = "releases", page = 2, times = -1 } } }
    local told, result = try({ "releases", "--limit", "200" }, nil, failing)
    assert.equal(1, result.status)
    assert.same({ "error", "config_error" }, { told.ended, told.error.type })
    assert.equal(403, told.requests[2].status)
    assert.is_true(result.err:find("error: ", 1, true) ~= nil)
    local unknown, ended = try { "isues" }
    assert.equal(1, ended.status)
    assert.matches("did you mean 'issues'", unknown.error.message)
    assert.same({}, unknown.requests)
  end)

  it("gives the lines of the log", function()
    local folder = own_streams.folder { mine = [[return { name = "mine", read = function(context)
      context:log("WARN", "look here") context:emit { { id = 1 } } end }]] }
    local told = try { "mine", "--scripts", folder }
    local found = false
    for _, line in ipairs(told.messages) do found = found or line.level == "WARN" and line.message:find "look here" ~= nil end
    assert.is_true(found)
    assert.same({ { id = 1 } }, told.records)
  end)

  it("leaves the schema of --infer as it is", function()
    local config = perigee.write_config(sentry.config(scenario))
    local result = perigee.run { "try", "--json", "--infer", "releases", "--config", config }
    assert.equal("object", json.decode(table.concat(result.lines, "\n")).type)
  end)

  it("has the members that docs/testing.md tells of, and no others", function()
    local block = files.read "docs/testing.md":match "\n```json try\n(.-)\n```"
    local shown = assert(json.decode(block))
    local function names(value, into)
      for name in pairs(value) do into[name] = true end
      return into
    end
    local told, met = try { "issues", "--limit", "2" }, {}
    names(told, met)
    names((try { "issues", "--why", "0" }), met)
    names((try { "issues", "--plan" }), met)
    names((try { "isues" }), met)
    assert.same(names(shown, {}), met)
    assert.same(names(shown.requests[1], {}), names(told.requests[1], { note = true }))
    assert.same(names(shown.counts, {}), names(told.counts, {}))
  end)
end)
