-- Streams with a `read` of their own.
local connector = require "spec.support.connector"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local error_of, read, scripts = own_streams.error_of, own_streams.read, own_streams.folder

describe("a stream with a read of its own", function()
  local scenario
  setup(function() scenario = sentry.scenario { data = { issues = 7 }, page_size = 3 } end)
  teardown(perigee.cleanup)

  local function run(body, entry, given, more)
    return read(scenario, { mine = ('return { name = "mine", primary_key = "id", %s read = function(context)\n%s\nend }')
      :format(more or "", body) }, entry or "mine", given)
  end

  it("emits records, lists of them, and pages; checkpoints; and knows its last state", function()
    local body = [[
      local json = require "json"
      context:emit { id = 1, empty = json.array(), n = context.state and context.state.n or 0 }
      context:emit { { id = 2 }, { id = 3 } }
      context:emit {}
      context:checkpoint { n = 5 }
      context:emit((context:page("projects/{organization}/{project}/issues/", { query = "" })))
      context:checkpoint { n = 6 }]]
    local first = run(body, { "mine", "incremental" }, nil, 'cursor = { field = "id" },')
    assert.equal(0, first.status, connector.logs(first))
    local records = first.records()
    assert.equal('{"empty":[],"id":1,"n":0}', records[1])
    assert.equal(6, #records)
    assert.same({ n = 6 }, connector.state(first, "mine"))
    local second = run(body, { "mine", "incremental" }, { state = connector.states(first) }, 'cursor = { field = "id" },')
    assert.equal('{"empty":[],"id":1,"n":6}', second.records()[1])
    local full = run(body, "mine", { state = connector.states(first) })
    assert.equal('{"empty":[],"id":1,"n":0}', full.records()[1])
  end)

  it("has a document requested again that it says is none, and fails where that stays so", function()
    local body = [[
      local asked = 0
      local function find_wrong(document)
        asked = asked + 1
        return asked < ENOUGH and "no " .. document.slug .. " yet" or nil
      end
      context:emit { id = context:get("organizations/{organization}/", nil, find_wrong).id, asked = asked }]]
    local third = run((body:gsub("ENOUGH", "3")), "mine", { words = { "--retry-attempts=3" } })
    assert.equal(0, third.status, connector.logs(third))
    assert.matches('"asked":3', third.records()[1])
    local message, kind = error_of(run((body:gsub("ENOUGH", "9")), "mine", { words = { "--retry-attempts=3" } }), "mine")
    assert.matches("/organizations/acme/: no acme yet", message)
    assert.equal("transient_error", kind)
    local wrong = error_of(run "context:get('organizations/{organization}/', nil, 5)", "mine")
    assert.matches("get takes a function that says what is wrong with a document, not a number", wrong)
  end)

  it("passes its records through filter and transform", function()
    local result = run("context:emit { { id = 1 }, { id = 2 } }", "mine", nil,
      "filter = function(record) return record.id == 2 end, transform = function(record) return record:set('x', true) end,")
    assert.same({ '{"id":2,"x":true}' }, result.records())
  end)

  it("ends with the words of a request that failed, which it may catch", function()
    local message, kind = error_of(run 'context:get "organizations/nobody/"', "mine")
    assert.is_truthy(message:find("status 404", 1, true), message)
    assert.equal("config_error", kind)
    local caught = run [[
      local ok, why = pcall(context.get, context, "organizations/nobody/")
      context:emit { id = 1, status = why.status }]]
    assert.same({ '{"id":1,"status":404}' }, caught.records())
  end)

  it("names script and line of its own mistakes", function()
    for body, words in pairs {
      ["local x = nil\nreturn x.y"] = "mine.lua:3: attempt to index a nil value",
      ["context:emit(5)"] = "mine.lua:2: emit takes a record",
      ["context:emit { { id = print } }"] = "mine.lua:2: a record cannot go out: the field 'id' is a function, which cannot",
      ["context:checkpoint { 1 }"] = "mine.lua:2: a state must be",
      ["return nil, 'the moon is down'"] = "the moon is down",
      ["return nil, 'the moon is up', 'no_failure_type'"] = "the moon is up",
    } do
      local message = error_of(run(body), "mine")
      assert.is_truthy(message:find(words, 1, true), message)
    end
  end)

  it("is ended when it asks 1,000 times and finds nothing new", function()
    local before = #scenario.log "organization"
    local result = run [[
      context:emit { id = 1 }
      while true do
        context:get "organizations/{organization}/"
        context:emit { id = 1 }
      end]]
    local message = error_of(result, "mine")
    assert.is_truthy(message:find("1000 requests in a row brought nothing new", 1, true), message)
    assert.equal(1000, #scenario.log "organization" - before)
  end)

  it("sends another host none of the stream's headers", function()
    local elsewhere = sentry.scenario {}
    local url = elsewhere.url:gsub("127.0.0.1", "localhost")
    local result = run(('context:get "%s/api/0/organizations/acme/"'):format(url), "mine", nil,
      ("hosts = %q,"):format(url:match "^%a+://[^/]*"))
    assert.equal(1, result.status)
    assert.is_false(elsewhere.log("organization")[1].authorization)
  end)

  it("is probed by check up to its first records", function()
    local folder = scripts { mine = [[return { name = "mine", read = function(context)
      context:emit { id = 1 }
      error "too far"
    end }]] }
    assert.equal("SUCCEEDED", (connector.check(scenario, { words = { "--scripts", folder } })))
  end)
end)
