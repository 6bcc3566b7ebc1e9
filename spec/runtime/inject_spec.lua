-- Faults on a replay (--fault): what a script's author wants to see it survive, or tell of.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

describe("a fault on a replay", function()
  teardown(perigee.cleanup)

  local scenario, path, truth
  setup(function()
    scenario = sentry.scenario { data = { events = 23, issues = 12 }, page_size = 5 }
    path = perigee.folder() .. "/faults.har"
    truth = connector.read(scenario, { "events", "issues" }, { words = { "--record", path } }).records "events"
    assert.equal(23, #truth)
  end)

  local function replay(streams, ...)
    local words = { "--replay", path }
    for _, fault in ipairs { ... } do words[#words + 1] = "--fault=" .. fault end
    local config = { hostname = "https://replayed.invalid/" .. scenario.name }
    return connector.read(scenario, streams, { config = config, words = words })
  end

  for kind, told in pairs {
    ["status=500"] = "status 500", ["status=429"] = "status 429", ["limited=90"] = "status 429",
    ["html=502"] = "an HTML page",
    cut = "%(cut%)", stall = "%(stall%)", timeout = "%(timeout%)", connect = "%(connect%)", empty = "empty",
    malformed = "byte ", not_rows = "Internal Error", html = "html", dns = "%(dns%)", ["no_header=Link"] = "no Link header",
  } do
    it(("%s takes the place of the page that it names; requested again, the recording responds"):format(kind), function()
      local result = replay({ "events" }, "events:page=2:" .. kind)
      assert.equal(0, result.status, table.concat(result.lines, "\n"))
      assert.matches(told, connector.logs(result, "INFO"))
      assert.is_nil(connector.difference(truth, result.records "events"))
      assert.equal("", connector.logs(result, "WARN"))
    end)
  end

  for kind, expected in pairs {
    ["status=400"] = { "system_error", "status 400" }, ["status=401"] = { "config_error", "authentication token" },
    ["status=403"] = { "config_error", "lacks the scope" }, ["status=404"] = { "config_error", "status 404" },
    ["status=410"] = { "system_error", "no longer has" }, tls = { "config_error", "%(tls%)" },
  } do
    it(kind .. " ends the stream, as it does with a server", function()
      local result = replay({ "events" }, "events:page=2:" .. kind)
      local told = connector.errors(result, "events")[1]
      assert.equal(1, result.status)
      assert.equal(expected[1], told.failure_type)
      assert.matches(expected[2], told.message)
      assert.equal(5, #result.records "events")
    end)
  end

  it("again gives the page before once more, and the read ends where it would go round", function()
    local result = replay({ "issues" }, "issues:page=3:again")
    assert.equal(1, result.status)
    assert.matches("came twice", connector.errors(result, "issues")[1].message)
  end)

  it("is injected as often as it says, and fails the stream where that is too often", function()
    assert.equal(0, replay({ "events" }, "events:page=2:times=4:status=503").status)
    local result = replay({ "events" }, "events:page=2:times=9:status=503")
    assert.matches("asked 6 times", connector.errors(result, "events")[1].message)
  end)

  it("is injected into the stream that it names, and each by itself with *", function()
    local one = replay({ "events", "issues" }, "events:status=500")
    assert.matches("events: .-status 500", connector.logs(one))
    assert.is_nil(connector.logs(one):find "issues: .-status 500")
    local both = replay({ "events", "issues" }, "*:status=500")
    assert.matches("events: .-status 500", connector.logs(both))
    assert.matches("issues: .-status 500", connector.logs(both))
  end)

  it("may be one of several", function()
    local result = replay({ "events" }, "events:page=1:status=500", "events:page=2:cut", "events:page=2:html")
    assert.equal(0, result.status)
    assert.matches("3 retries", connector.logs(result))
  end)

  it("that is never injected is reported, with the streams that it could have met", function()
    local result = replay({ "events" }, "evnts:status=500", "events:page=99:cut")
    assert.equal(0, result.status)
    assert.matches("%-%-fault evnts:status=500 was not injected; the streams that made requests are: events",
      connector.logs(result, "WARN"))
  end)

  it("that is misspelt is refused, and the message says which kinds there are", function()
    for fault, words in pairs {
      ["events:page=2:statsu=500"] = "there is no such kind", ["events"] = "it names no kind",
      [":status=500"] = "the stream's name is missing", ["events:page=0:cut"] = "page and times are numbers above 0",
      ["events:status"] = "its value must be a number above 0", ["events:status=12"] = "a status has three digits",
      ["events:cut=3"] = "takes no value", ["events:cut:stall"] = "it names two kinds", ["events:again"] = "page=2 or later",
      ["events:no_header"] = "no_header=NAME", ["events:page=2x:cut"] = "page and times are numbers above 0",
    } do
      local result = replay({ "events" }, fault)
      local message = connector.errors(result)[1].message
      assert.equal(1, result.status)
      assert.matches(words, message, 1, true)
      assert.matches("the kinds are status=N, limited=SECONDS,", message, 1, true)
    end
  end)

  it("needs a recording", function()
    local result = connector.read(scenario, { "events" }, { words = { "--fault=events:cut" } })
    assert.equal(2, result.status)
    assert.matches("%-%-fault needs a recording", result.err)
  end)
end)
