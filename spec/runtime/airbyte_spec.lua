-- Streams whose lines a verb takes itself, in place of printing them.
local airbyte = require "airbyte"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "stream.registry"
local tasks = require "tasks"

-- Reads a stream in a state of its own, with these options.
local function read(output, scenario, name)
  local settings = sentry.config(scenario, { base_url = scenario.url .. "/api/0/", lookback_minutes = 10 })
  return streams.run(output, { job = "read", name = name, config = settings, options = { debug = true } })
end

local function kinds(lines)
  local counts = {}
  for _, line in ipairs(lines) do
    local kind = json.decode(line).type
    counts[kind] = (counts[kind] or 0) + 1
  end
  return counts
end

describe("a captured stream", function()
  teardown(perigee.cleanup)

  local scenario
  setup(function() scenario = sentry.scenario { data = { projects = 7, issues = 30 }, page_size = 3 } end)

  it("hands over every line of its run, logs among them, each whole and by itself", function()
    local lines = {}
    local output = airbyte.capture("issues", nil, function(line) lines[#lines + 1] = line end)
    assert.equal("done", (read(output, scenario, "issues")))
    output:status "COMPLETE"
    local counts = kinds(lines)
    assert.equal(30, counts.RECORD)
    assert.is_true(counts.STATE >= 1 and counts.LOG >= 10 and counts.TRACE >= 2)
    assert.is_nil(table.concat(lines):find "\n")
    assert.is_nil(output:stopped())
  end)

  it("ends its run when its lines are wanted no more", function()
    local records = 0
    local output = airbyte.capture("issues", nil, function(line)
      if json.decode(line).type == "RECORD" then records = records + 1 end
      return records < 4
    end)
    local asked = #scenario.log()
    local done, message = read(output, scenario, "issues")
    assert.is_nil(done)
    assert.matches("nobody takes this stream's lines any more", message)
    assert.equal("stopped", output:stopped())
    assert.equal(4, records)
    assert.equal(2, #scenario.log() - asked)
  end)

  it("ends its run when what takes its lines raises, and says what was raised", function()
    local output = airbyte.capture("issues", nil, function() error "the reason" end)
    assert.is_nil((read(output, scenario, "issues")))
    assert.matches("airbyte_spec.lua:%d+: the reason\nstack traceback", output:stopped())
  end)

  it("goes on beside another, each with its own lines", function()
    local both = {}
    local running = {}
    for _, name in ipairs { "issues", "projects" } do
      both[name] = {}
      local output = airbyte.capture(name, nil, function(line) table.insert(both[name], line) end)
      running[#running + 1] = tasks.spawn(read, output, scenario, name)
    end
    for _, task in ipairs(running) do assert.equal("done", (task:join())) end
    assert.equal(30, kinds(both.issues).RECORD)
    assert.is_true(kinds(both.projects).RECORD > 0)
    for name, lines in pairs(both) do
      for _, line in ipairs(lines) do
        local message = json.decode(line)
        if message.type == "RECORD" then assert.equal(name, message.record.stream) end
      end
    end
  end)

  it("cannot be waited in, nor written to, by what takes its lines", function()
    local raised = {}
    local output
    output = airbyte.capture("issues", nil, function()
      raised[1] = select(2, pcall(tasks.sleep, 0))
      raised[2] = select(2, pcall(output.status, output, "COMPLETE"))
    end)
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
      output = airbyte.capture("issues", nil, function() return heavy ~= output end)
      output:status "STARTED"
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(held))
  end)
end)
