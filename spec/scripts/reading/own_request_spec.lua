-- context:request: requests of a stream's own `read` that send something.
local connector = require "spec.support.connector"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local posted_api = require "spec.support.posted_api"
local sentry = require "spec.support.sentry"

local function script(body, more)
  return ('return { name = "mine", primary_key = "id", base = "{origin}/", %s read = function(context)\n%s\nend }')
    :format(more or "", body)
end

describe("context:request", function()
  local api
  setup(function() api = posted_api.start() end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)
  before_each(function() api.sent() end)

  -- What the server says came of a request.
  local function echoed(request, more)
    local result = api.read(script(("context:emit((context:request %s))"):format(request), more))
    assert.equal(0, result.status, connector.logs(result))
    return json.decode(result.records()[1])
  end

  it("sends JSON, forms and texts, each with its type and length", function()
    for _, case in ipairs {
      { '{ method = "POST", path = "echo", json = { b = { 1, 2 }, a = "ü" } }', '{"a":"ü","b":[1,2]}', "application/json" },
      { '{ method = "POST", path = "echo", form = { scope = "a b", x = { 1, 2 }, ["k&"] = "=" } }',
        "k%26=%3D&scope=a%20b&x=1&x=2", "application/x-www-form-urlencoded" },
      { '{ method = "POST", path = "echo", form = { x = { 10, 9, 8 } } }', "x=10&x=9&x=8", "application/x-www-form-urlencoded" },
      { '{ method = "PUT", path = "echo", body = "<a/>", headers = { ["content-type"] = "text/xml" } }', "<a/>", "text/xml" },
      { '{ method = "PATCH", path = "echo", body = "\\0\\1" }', "\0\1", "application/octet-stream" },
    } do
      local record = echoed(case[1])
      assert.same({ case[2], case[3], tostring(#case[2]) }, { record.body, record.type, record.length })
    end
    assert.equal("0", echoed('{ method = "POST", path = "echo" }').length)
    local deleted = echoed '{ method = "DELETE", path = "echo", query = { a = 1 } }'
    assert.same({ "DELETE", "/echo?a=1" }, { deleted.method, deleted.target })
  end)

  it("adds its headers to the stream's, and takes theirs place", function()
    local auth = 'auth = { ["X-Own"] = "the stream\'s" },'
    assert.equal("mine", echoed('{ path = "echo", headers = { ["X-Own"] = "mine" } }', auth).own)
    assert.equal("the stream's", echoed('{ path = "echo" }', auth).own)
  end)

  it("follows redirects as RFC 9110 says, within its host", function()
    for status, wanted in pairs {
      [301] = { "GET", "" }, [302] = { "GET", "" }, [303] = { "GET", "" }, [307] = { "POST", "a=1" }, [308] = { "POST", "a=1" },
    } do
      local record = echoed(('{ method = "POST", path = "redirect/%d", form = { a = 1 } }'):format(status))
      assert.same(wanted, { record.method, record.body })
      assert.equal(wanted[2] == "" and json.null or "application/x-www-form-urlencoded", record.type)
    end
    assert.same({ "PUT", "GET" }, { echoed('{ method = "PUT", path = "redirect/302", body = "x" }').method,
      echoed('{ method = "PUT", path = "redirect/303", body = "x" }').method })
  end)

  it("sends a POST once where it fails, unless it is said to be idempotent; and again where it was surely not done", function()
    local failed = api.read(script 'context:emit((context:request { method = "POST", path = "flaky/a" }))')
    local message = connector.errors(failed, "mine")[1].message
    assert.matches("POST http://127.0.0.1:%d+/flaky/a", message)
    assert.matches("it is not sent again, as the server may have done what it says; `idempotent = true`", message)
    assert.equal(1, #api.sent())
    for _, request in ipairs {
      '{ method = "POST", path = "flaky/b", idempotent = true }', '{ method = "PUT", path = "flaky/c" }',
      '{ method = "POST", path = "limited/d" }',
    } do
      local result = api.read(script(("context:emit((context:request %s))"):format(request)))
      assert.equal(0, result.status, connector.logs(result))
      assert.equal(2, #api.sent())
    end
  end)

  it("is paced by what responses say of limits, and counted", function()
    local result = api.read(script([[
      for i = 1, 2 do context:request { method = "POST", path = "token/paced", form = { grant_type = "client_credentials" } } end
    ]], 'limits = "X-RateLimit",'))
    assert.equal(0, result.status, connector.logs(result))
    assert.equal(2, #api.sent(), "one that came too early is refused, and sent again")
    assert.matches("mine: 0 records, 0 bytes; 2 requests, ", connector.logs(result, "INFO"))
  end)

  it("sends it once, too, where a connection that was kept ends", function()
    local result = api.read(script [[
      context:get "drop/a"
      context:emit { id = pcall(context.request, context, { method = "POST", path = "drop/a" }) and 1 or 0 } ]])
    assert.equal(0, result.status, connector.logs(result))
    local methods = {}
    for i, sent in ipairs(api.sent()) do methods[i] = sent.method end
    assert.same({ "GET", "POST" }, methods)
  end)

  it("gives null for an empty response, and refuses what is no request by the script's line", function()
    assert.same({ '{"id":1,"null":true}' }, api.read(script [[
      local json = require "json"
      context:emit { id = 1, null = context:request { method = "POST", path = "empty" } == json.null } ]]).records())
    for call, words in pairs {
      ['{ path = "echo", jsn = 1 }'] = "mine.lua:2: a request has no field 'jsn' (did you mean 'json'?)",
      ['{ method = "POST" }'] = "mine.lua:2: a request needs a 'path'",
      ['{ path = "echo", form = "a=1" }'] = "mine.lua:2: a request's 'form' must be a table, not a string",
      ['{ path = "echo", form = {}, body = "" }'] = "mine.lua:2: a request has one of 'json', 'form' and 'body'",
    } do
      local message = own_streams.error_of(api.read(script("context:request" .. call)), "mine")
      assert.is_truthy(message:find(words, 1, true), message)
    end
  end)

  it("is recorded with its body, and replayed by method, address and body", function()
    local file = perigee.new_path ".har"
    local body = [[
      for i = 1, 3 do
        context:emit((context:request { method = "POST", path = "echo", json = { id = i, password = "p" .. i } }))
      end
      context:emit((context:request { method = "POST", path = "echo", body = "\255\0" })) ]]
    local one = script(body, 'transform = function(record) return record:set("id", record.body) end,')
    local folder = own_streams.folder { mine = (one:gsub("{origin}", api.origin)) }
    local first = api.read(nil, { folder = folder, words = { "--record", file } })
    assert.equal(0, first.status, connector.logs(first))
    local again = api.read(nil, { folder = folder, words = { "--replay", file } })
    assert.equal(0, again.status, connector.logs(again))
    assert.equal(4, #again.records())
    local other = own_streams.folder { mine = (one:gsub("{origin}", api.origin):gsub("1, 3", "4, 4")) }
    local missing = own_streams.error_of(api.read(nil, { folder = other, words = { "--replay", file } }), "mine")
    assert.matches("the recording has POST /echo with other bodies only, and not with this one; record anew", missing)
  end)
end)

describe("a method that changes things", function()
  local scenario
  setup(function() scenario = sentry.scenario {} end)
  teardown(perigee.cleanup)

  local SCRIPT = [[return { name = "mine", primary_key = "id", %s read = function(context)
    context:request { method = "%s", path = "organizations/{organization}/" } end }]]
  local REFUSED = "POST may change things at the configured host, and is not granted to this stream; put "
  local BY_FOLDER, BY_ENTRY = '`methods = { "POST" }` into its script', '"methods": ["POST"] into its entry in custom_streams'

  local function message_of(given, methods, method)
    local text = SCRIPT:format(methods or "", method or "POST")
    if given.entry then
      given.entry.name, given.entry.script = "mine", text
      return own_streams.error_of(connector.read(scenario, { "mine" }, { config = { custom_streams = { given.entry } } }), "mine")
    end
    return own_streams.error_of(own_streams.read(scenario, { mine = text }, "mine"), "mine")
  end

  it("reaches the configured host only where the script of a folder, or the configuration's entry, names it", function()
    assert.is_truthy(message_of({}):find(REFUSED .. BY_FOLDER, 1, true))
    assert.is_truthy(message_of({ entry = {} }, 'methods = { "POST" },'):find(REFUSED .. BY_ENTRY, 1, true))
    assert.equal(0, #scenario.log "organization")
    assert.matches("status 40%d", message_of({}, 'methods = { "POST" },'))
    assert.matches("status 40%d", message_of { entry = { methods = { "POST" } } })
    assert.is_truthy(message_of({}, 'methods = { "PUT" },'):find(REFUSED, 1, true))
  end)

  it("is named in the configuration, and in the script, by POST, PUT, PATCH and DELETE alone", function()
    local text = SCRIPT:format('methods = { "GET" },', "POST")
    local message = own_streams.error_of(own_streams.read(scenario, { mine = text }, "mine"), "mine")
    assert.is_truthy(message:find("'methods' must be a list of POST, PUT, PATCH and DELETE", 1, true), message)
    local entry = { name = "mine", script = SCRIPT:format("", "POST"), methods = { "TRACE" } }
    local status, told = connector.check(scenario, { config = { custom_streams = { entry } } })
    assert.equal("FAILED", status)
    assert.is_truthy(told:find("custom_streams[0].methods[0] must be POST, PUT, PATCH or DELETE", 1, true), told)
  end)
end)
