-- Streams whose records, states and logs a verb takes itself, in place of printing them.
local airbyte = require "airbyte"
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "stream.registry"
local tasks = require "tasks"

-- Reads a stream in a state of its own, with these options.
local function read(output, scenario, name)
  local settings = sentry.config(scenario, { base_url = scenario.url .. "/api/0/", lookback_minutes = 10, num_workers = 5 })
  return streams.run(output, { job = "read", name = name, config = settings, options = { debug = true } })
end

-- Takes all that there is, and counts it by name.
local function counter(counts)
  return setmetatable({}, { __index = function(_, name)
    return function(...)
      counts[name] = (counts[name] or 0) + 1
      counts[#counts + 1] = { name, ... }
    end
  end })
end

local NAMES = { "record", "state", "log", "error", "status", "rate_limited", "estimate", "summary", "observe" }
local function takers(counts)
  local all, made = counter(counts), {}
  for _, name in ipairs(NAMES) do made[name] = all[name] end
  return made
end

describe("a captured stream", function()
  teardown(perigee.cleanup)

  local scenario
  setup(function() scenario = sentry.scenario { data = { projects = 7, issues = 30 }, page_size = 3 } end)

  it("hands over all of its run as data, logs among it, each record by itself", function()
    local counts = {}
    local output = airbyte.capture("issues", nil, takers(counts))
    assert.equal("done", (read(output, scenario, "issues")))
    output:status "COMPLETE"
    output:error("config_error", "a message", "more of it")
    assert.equal(30, counts.record)
    assert.is_true(counts.state >= 1 and counts.log >= 10 and counts.status >= 2)
    for _, one in ipairs(counts) do
      if one[1] == "record" or one[1] == "state" then
        assert.is_nil(one[2]:find "\n")
        assert.equal("table", type(json.decode(one[2])))
      end
    end
    assert.same({ "status", "COMPLETE" }, counts[#counts - 1])
    assert.same({ "error", "config_error", "a message", "more of it" }, counts[#counts])
    assert.is_nil(output:stopped())
  end)

  it("is told what its read came to as numbers, and as a log line where nobody takes those", function()
    local summary, logs = nil, {}
    local function log(_, message) logs[#logs + 1] = message end
    assert.equal("done", (read(airbyte.capture("issues", nil, { log = log, summary = function(of) summary = of end }),
      scenario, "issues")))
    assert.is_true(summary.requests >= 10 and summary.received > 1000)
    assert.same({ 0, 0, 0 }, { summary.retries, summary.waits, summary.waited_us })
    assert.equal("read to its end", summary.ended)
    assert.is_nil(table.concat(logs, "\n"):find "30 records")
    read(airbyte.capture("issues", nil, { log = log }), scenario, "issues")
    assert.matches("^issues: 30 records, %d+ bytes; %d+ requests, .*; read to its end$", logs[#logs])
  end)

  it("says how long a limit lasts as far as numbers go", function()
    local place = sentry.scenario {}
    local untils = {}
    local script = [[return { name = "far", primary_key = "id", read = function()
      require("airbyte").rate_limited(math.maxinteger)
    end }]]
    local settings = sentry.config(place, { base_url = place.url .. "/api/0/", lookback_minutes = 10,
      custom_streams = { { name = "far", script = script } } })
    streams.names(settings)
    local output = airbyte.capture("far", nil, { rate_limited = function(until_us) untils[#untils + 1] = until_us end })
    local done, message = streams.run(output, { job = "read", name = "far", config = settings, options = {} })
    assert.equal("done", done, message)
    assert.same({ math.maxinteger // 1000 * 1000 }, untils)
  end)

  it("is shown what its script observes, which standard output never is", function()
    local place = sentry.scenario {}
    local script = [[return { name = "seen", primary_key = "id", read = function()
      require("airbyte").observe { number = 1, text = "a \"b\"" }
    end }]]
    local settings = sentry.config(place, { base_url = place.url .. "/api/0/", lookback_minutes = 10,
      custom_streams = { { name = "seen", script = script } } })
    streams.names(settings)
    local shown
    local output = airbyte.capture("seen", nil, { observe = function(text) shown = json.decode(text) end })
    local done, message = streams.run(output, { job = "read", name = "seen", config = settings, options = {} })
    assert.equal("done", done, message)
    assert.same({ number = 1, text = 'a "b"' }, shown)
    local result = connector.read(place, { "seen" }, { config = { custom_streams = { { name = "seen", script = script } } } })
    assert.equal(0, result.status)
    for _, line in ipairs(result.lines) do assert.is_nil(line:find("number", 1, true), line) end
    streams.names()
  end)

  it("ends its run when its lines are wanted no more", function()
    local records = 0
    local output = airbyte.capture("issues", nil, { record = function()
      records = records + 1
      return records < 4
    end })
    local asked = #scenario.log()
    local done, message = read(output, scenario, "issues")
    assert.is_nil(done)
    assert.matches("nobody takes this stream's lines any more", message)
    assert.equal("stopped", output:stopped())
    assert.equal(4, records)
    assert.equal(2, #scenario.log() - asked)
  end)

  it("ends its run when what takes its lines raises, and says what was raised", function()
    local output = airbyte.capture("issues", nil, { log = function() error "the reason" end })
    assert.is_nil((read(output, scenario, "issues")))
    assert.matches("airbyte_spec.lua:%d+: the reason\nstack traceback", output:stopped())
  end)

  it("goes on beside another, each with its own lines", function()
    local both = {}
    local running = {}
    for _, name in ipairs { "issues", "projects" } do
      both[name] = {}
      local output = airbyte.capture(name, nil, takers(both[name]))
      running[#running + 1] = tasks.spawn(read, output, scenario, name)
    end
    for _, task in ipairs(running) do
      local done, message = task:join()
      assert.equal("done", done, message)
    end
    assert.equal(30, both.issues.record)
    assert.is_true(both.projects.record > 0)
    for name, all in pairs(both) do
      for _, one in ipairs(all) do
        if one[1] == "record" then assert.equal(name == "issues", json.decode(one[2]).lastSeen ~= nil) end
      end
    end
  end)

  it("cannot be waited in, nor written to, by what takes its lines", function()
    local raised = {}
    local output
    output = airbyte.capture("issues", nil, { status = function()
      raised[1] = select(2, pcall(tasks.sleep, 0))
      raised[2] = select(2, pcall(output.status, output, "COMPLETE"))
    end })
    output:status "STARTED"
    assert.matches("this waits", raised[1])
    assert.matches("nothing can be written to it meanwhile", raised[2])
  end)

  it("is collected when nobody holds it, and lets go of what takes its lines", function()
    local held = setmetatable({}, { __mode = "k" })
    for _ = 1, 3 do
      local heavy = {}
      held[heavy] = true
      local output
      output = airbyte.capture("issues", nil, { status = function() return heavy ~= output end })
      output:status "STARTED"
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(held))
  end)
end)
