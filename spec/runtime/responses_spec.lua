-- Responses that several readers share.
local exchanges = require "spec.support.exchanges"
local perigee = require "spec.support.perigee"
local responses = require "responses"
local sentry = require "spec.support.sentry"
local tasks = require "tasks"

local get = exchanges.get
local count = 0

-- No other case's.
local function new_name()
  count = count + 1
  return "the name of case " .. count
end

local function lead_of(name, after)
  local response, place, lead = responses.take(name, after or 0)
  assert.same({}, { response, place })
  return assert(lead)
end

local function put(name, response, after)
  local lead = lead_of(name, after)
  local place = lead:put(response)
  lead:close()
  return place
end

describe("a shared response", function()
  local place
  setup(function() place = exchanges.scenario().url end)
  teardown(perigee.cleanup)

  it("is for the others what it was for who fetched it", function()
    local name, own = new_name(), assert(get(place))
    local text, came = assert(own:text()), put(name, own)
    local response, at = responses.take(name, 0)
    assert.same({ came, 200, text, own.url, own.bytes, own:headers() },
      { at, response.status, response:text(), response.url, response.bytes, response:headers() })
    assert.equal(own:date(), response:date())
    local page, next = own:page {}, response:page {}
    assert.same({ page:count(), page:record(1) }, { next:count(), next:record(1) })
  end)

  it("is waited for while another reader fetches it", function()
    local name, own = new_name(), assert(get(place))
    local lead, taken = lead_of(name), nil
    local waiting = tasks.spawn(function() taken = { responses.take(name, 0) } end)
    tasks.sleep(0)
    assert.is_nil(taken)
    local came = lead:put(own)
    waiting:join()
    assert.same({ own:text(), came }, { taken[1]:text(), taken[2] })
    lead:close()
  end)

  it("that is given up has each who waited ask alone, and the next one lead", function()
    local name, taken = new_name(), {}
    local lead = lead_of(name)
    local waiting = {}
    for i = 1, 2 do waiting[i] = tasks.spawn(function() taken[i] = table.pack(responses.take(name, 0)).n end) end
    tasks.sleep(0)
    lead:close()
    for i = 1, 2 do waiting[i]:join() end
    assert.same({ 0, 0 }, taken)
    lead_of(name):close()
  end)

  it("comes to a reader only where it was requested after all that this one has had", function()
    local name, other, own = new_name(), new_name(), assert(get(place))
    local early = lead_of(name)
    local after = put(other, own)
    early:put(own)
    early:close()
    assert.is_truthy((responses.take(name, 0)))
    local again = put(name, own, after)
    local response, at = responses.take(name, after)
    assert.same({ again, true }, { at, response ~= nil })
    lead_of(name, again):close()
  end)

  it("comes in the order in which its name was answered", function()
    local name, first = new_name(), assert(get(place))
    local second = assert(get(place, { query = { per_page = 3 } }))
    local one = put(name, first)
    put(name, second, one)
    local response, at = responses.take(name, 0)
    assert.equal(first.url, response.url)
    assert.equal(second.url, responses.take(name, at).url)
  end)

  it("is not kept once its body is gone", function()
    local name, own = new_name(), assert(get(place))
    own:page({}):close()
    assert.is_nil(put(name, own))
    lead_of(name):close()
  end)

  it("is handed out for ten minutes", function()
    local har = perigee.new_path ".har"
    local script = ([[
      local http, recording, responses, tasks = require "http", require "recording", require "responses", require "tasks"
      local url, options = %q, { headers = { Authorization = "Bearer %s" } }
      assert(recording.record(%q))
      http.get(url, options)
      assert(recording.record(nil) and recording.replay(%q)) -- whose clock goes by waits alone
      local _, _, lead = responses.take("a", 0)
      lead:put(http.get(url, options))
      tasks.sleep(599)
      print(responses.take("a", 0) ~= nil)
      tasks.sleep(2)
      print(responses.take("a", 0) ~= nil)]]):format(place .. exchanges.EVENTS, sentry.token, har, har)
    local result = perigee.interpret(script)
    assert.same({ { "true", "false" }, "" }, { result.lines, result.err })
  end)

  it("lies in memory where no file can be made, with 4 MiB of others at the most", function()
    local large = exchanges.scenario { gzip = false, data = { events = 20, body = 20000 } }
    local script = ([[
      local http, responses = require "http", require "responses"
      local bytes, after = 0, 0
      repeat
        local own = http.get(%q, { headers = { Authorization = "Bearer %s" } })
        local _, _, lead = responses.take("a", after)
        after = lead:put(own)
        bytes = after and bytes + own.bytes or bytes
        lead:close()
      until not after
      print(bytes)]]):format(large.url .. exchanges.EVENTS, sentry.token)
    local result = perigee.interpret(script, { TMPDIR = "/nowhere" })
    local bytes = tonumber(result.lines[1])
    assert.is_true(bytes > 3 << 20 and bytes <= 4 << 20, bytes)
  end)
end)
