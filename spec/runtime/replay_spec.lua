-- The clock of a replay: it is the recording's, so that what a replay prints is the same whenever it runs.
local clock = require "clock"
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local SECOND = 1000000

local whole = require("spec.support.files").read
local record, replay = connector.record, connector.replay

-- An entry as if it had been asked for in 2021, answered with this status and these headers.
local function entry(path, at, response)
  return {
    startedDateTime = at, time = 250,
    request = { method = "GET", url = "https://made.invalid" .. path },
    response = {
      status = response.status or 200, headers = response.headers or json.array(),
      content = { mimeType = "application/json", text = response.text },
    },
  }
end

local function header(name, value) return { name = name, value = value } end
local LAST_PAGE = header("Link", '<https://made.invalid/>; rel="next"; results="false"; cursor="0:1:0"')

-- A stream of its own that reads one list, and a recording of its answers.
local function made(entries, script)
  local folder = perigee.folder("made" .. #entries)
  perigee.write(script or 'return { name = "things", path = "things/", primary_key = "id" }', "made" .. #entries .. "/things.lua")
  local har = perigee.write(json.encode { log = { version = "1.2", entries = entries } })
  return har, folder
end

local function read_made(har, folder, words)
  local list = { "read", "--config", perigee.write { auth_token = "none", organization = "o", project = "p",
    hostname = "https://made.invalid" }, "--catalog=" .. perigee.write_catalog { "things" }, "--scripts", folder,
    "--replay", har }
  for _, word in ipairs(words or {}) do list[#list + 1] = word end
  return perigee.run(list)
end

local THINGS = "/api/0/things/?limit=100&per_page=100"

describe("a replay", function()
  teardown(perigee.cleanup)

  it("prints the same bytes each time it runs, times, waits and states among them", function()
    local scenario = sentry.scenario { data = { events = 30, issues = 12 }, page_size = 5,
      faults = { { fault = "status", status = 503, path = "issues", page = 2 } } }
    local _, path = record(scenario, { { "events", "incremental" }, { "issues", "incremental" } })
    local streams = { { "events", "incremental" }, { "issues", "incremental" } }
    local first = replay(path, scenario, streams, { "--debug" })
    local again = replay(path, scenario, streams, { "--debug" })
    assert.equal(0, first.status, table.concat(first.lines, "\n"))
    assert.same(first.lines, again.lines)
  end)

  -- Where a list is read at several places, what is asked for goes by who is answered first: no replay could know that.
  it("asks for what was recorded, of lists that are otherwise read at several places at once", function()
    for seed = 1, 3 do
      local scenario = sentry.scenario { data = { events = 400, issues = 60, seed = seed }, page_size = 5, delay_ms = 7,
        faults = { { fault = "status", status = 503, path = "events", page = 9 } } }
      local streams = { { "events", "incremental" }, { "issues", "incremental" }, "projects" }
      local first, path = record(scenario, streams)
      local again = replay(path, scenario, streams)
      assert.same({ 0, 0 }, { first.status, again.status }, (connector.errors(again)[1] or {}).message)
      assert.is_nil(connector.difference(first.records "events", again.records "events"))
      assert.same(connector.state(first, "events").dateCreated, connector.state(again, "events").dateCreated)
    end
  end)

  it("dates its lines by when the answers came", function()
    local har, folder = made { entry(THINGS, "2021-05-06T07:08:09.000Z", { text = '[{"id":1}]', headers = { LAST_PAGE } }) }
    local result = read_made(har, folder)
    assert.equal(0, result.status, table.concat(result.lines, "\n"))
    local at = result.of("RECORD")[1].emitted_at
    assert.equal(clock.parse "2021-05-06T07:08:09.250Z", math.tointeger(at) * 1000)
    assert.equal(clock.parse "2021-05-06T07:08:09Z", math.tointeger(result.of("TRACE")[1].emitted_at) * 1000)
  end)

  it("does not wait, and its clock goes on as if it had", function()
    local har, folder = made {
      entry(THINGS, "2021-05-06T07:08:09Z", { status = 429, text = "{}", headers = { header("Retry-After", "1800") } }),
      entry(THINGS, "2021-05-06T07:08:20Z", { text = '[{"id":1}]', headers = { LAST_PAGE } }),
    }
    local began = clock.now()
    local result = read_made(har, folder)
    assert.is_true(clock.now() - began < 600 * SECOND)
    assert.equal(0, result.status, table.concat(result.lines, "\n"))
    local at = math.tointeger(result.of("RECORD")[1].emitted_at) * 1000
    local waited = at - clock.parse "2021-05-06T07:08:09.250Z"
    assert.is_true(waited >= 1800 * SECOND and waited < 1802 * SECOND, waited)
  end)

  it("takes a longer time between two entries for no time-out", function()
    local har, folder = made {
      entry(THINGS, "2021-05-06T07:08:09Z", { status = 503, text = "{}" }),
      entry(THINGS, "2021-05-08T07:08:09Z", { text = '[{"id":1}]', headers = { LAST_PAGE } }),
    }
    local result = read_made(har, folder, { "--rate-limit-patience=1" })
    assert.equal(0, result.status, table.concat(result.lines, "\n"))
    assert.equal(clock.parse "2021-05-08T07:08:09.250Z", math.tointeger(result.of("RECORD")[1].emitted_at) * 1000)
  end)

  it("tells a script its own time, by every way that a script has", function()
    local script = [[
      local clock = require "clock"
      local noon = os.time { year = 2000, month = 1, day = 1, hour = 12 }
      print(clock.format(clock.now()), os.time(), os.date "!%Y-%m-%d", os.date("!%H:%M", 0), noon)
      return { name = "things", path = "things/", primary_key = "id" }]]
    local har, folder = made({ entry(THINGS, "2021-05-06T07:08:09Z", { text = "[]", headers = { LAST_PAGE } }), {
      startedDateTime = "2021-05-06T07:08:09Z", time = 1, request = { method = "GET", url = "/" }, response = { status = 204 },
    } }, script)
    local result = read_made(har, folder)
    local noon = os.time { year = 2000, month = 1, day = 1, hour = 12 }
    assert.matches(("2021-05-06T07:08:09.000000Z\t1620284889\t2021-05-06\t00:00\t%d"):format(noon),
      connector.logs(result), 1, true)
  end)

  it("of a recording that says no times goes by the system's clock", function()
    local one = entry(THINGS, nil, { text = '[{"id":1}]', headers = { LAST_PAGE } })
    local har, folder = made { one }
    local before = clock.now() // 1000
    local result = read_made(har, folder)
    assert.is_true(result.of("RECORD")[1].emitted_at >= before)
  end)
end)

describe("a recording", function()
  teardown(perigee.cleanup)

  -- The members that HTTP Archive 1.2 requires, by their types; ["…"] is what a list's elements must be.
  local function check(value, shape, where)
    if type(shape) == "string" then
      local kind = math.type(value) or (value ~= json.null and type(value))
      return assert.is_true(kind == shape or shape == "float" and kind == "integer", where .. " is " .. tostring(kind))
    end
    assert.equal("table", type(value), where)
    if shape[1] then
      for i, element in ipairs(value) do check(element, shape[1], ("%s[%d]"):format(where, i - 1)) end
      return
    end
    for name, inner in pairs(shape) do check(value[name], inner, where .. "." .. name) end
  end

  local pairs_of = { { name = "string", value = "string" } }
  local message = { httpVersion = "string", cookies = { {} }, headers = pairs_of, headersSize = "integer", bodySize = "integer" }
  local function with(more)
    local shape = {}
    for name, inner in pairs(message) do shape[name] = inner end
    for name, inner in pairs(more) do shape[name] = inner end
    return shape
  end

  local archive = { log = {
    version = "string", creator = { name = "string", version = "string" },
    entries = { {
      startedDateTime = "string", time = "float", cache = {},
      timings = { send = "float", wait = "float", receive = "float" },
      request = with { method = "string", url = "string", queryString = pairs_of },
      response = with { status = "integer", statusText = "string", redirectURL = "string",
        content = { size = "integer", mimeType = "string" } },
    } },
  } }

  it("has every member that HTTP Archive 1.2 requires, of failed exchanges too", function()
    local scenario = sentry.scenario { data = { events = 12, issues = 6, odd = true }, page_size = 5, faults = {
      { fault = "cut", fraction = 0.5, path = "issues" }, { fault = "status", status = 502, path = "events" },
      { fault = "redirect", status = 302, path = "projects" } } }
    local result, path = record(scenario, { "events", "issues", "projects" })
    assert.equal(0, result.status)
    local har = assert(json.decode(whole(path)))
    check(har, archive, "")
    assert.equal("1.2", har.log.version)
    local failed = 0
    for _, one in ipairs(har.log.entries) do
      assert.truthy(clock.parse(one.startedDateTime))
      assert.equal(one.time, one.timings.send + one.timings.wait + one.timings.receive)
      assert.matches("^https?://[^?#]+", one.request.url)
      if one.response.status == 0 then failed = failed + 1 end
    end
    assert.equal(1, failed)
  end)
end)
