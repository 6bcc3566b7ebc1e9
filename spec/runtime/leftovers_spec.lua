-- The counter by which the specs find out what they leave open, and the collection of all garbage that shows what lives too
-- short.
local http = require "http"
local leftovers = require "leftovers"
local perigee = require "spec.support.perigee"
local sandbox = require "sandbox"
local sentry = require "spec.support.sentry"
local support = require "spec.support.leftovers"
local tasks = require "tasks"

local function more_than(before)
  local more = {}
  for name, n in pairs(leftovers.count()) do
    if n ~= before[name] then more[name] = n - before[name] end
  end
  return more
end

describe("what is left open", function()
  teardown(perigee.cleanup)

  it("is nothing at first", function()
    assert.same({ exchanges = 0, tasks = 0, timers = 0, states = 0, watches = 0 }, leftovers.count())
  end)

  it("is a task until it has run, and its timer while it sleeps", function()
    local before = leftovers.count()
    local task = tasks.spawn(function() tasks.sleep(0.5) end)
    assert.same({ tasks = 1 }, more_than(before))
    tasks.sleep(0)
    assert.same({ tasks = 1, timers = 1 }, more_than(before))
    task:join()
    assert.same({}, more_than(before))
  end)

  it("is an exchange until its response is there", function()
    local before = leftovers.count()
    local place = sentry.scenario { delay_ms = 500 }
    local task = tasks.spawn(function() return http.get(place.url .. "/api/0/") end)
    tasks.sleep(0)
    assert.same({ tasks = 1, exchanges = 1 }, more_than(before))
    task:join()
    assert.same({}, more_than(before))
  end)

  it("is a state while a script runs in it", function()
    local before, during = leftovers.count(), nil
    local inside = tasks.spawn(function() return sandbox.run(nil, "lib.parallel", "") end)
    tasks.spawn(function() during = more_than(before) end)
    inside:join()
    assert.equal(1, during.states)
    assert.same({}, more_than(before))
  end)

  it("is the two watches of a child process", function()
    local before, during = leftovers.count(), nil
    local apart = tasks.spawn(function() return sandbox.run(nil, "lib.parallel", "", {}) end)
    tasks.spawn(function() during = more_than(before) end)
    apart:join()
    assert.equal(2, during.watches)
    assert.same({}, more_than(before))
  end)

  it("is said once, of the test that left it", function()
    assert.is_nil(support.found())
    local task = tasks.spawn(function() tasks.sleep(0.5) end)
    assert.equal("it leaves open: 1 tasks, 1 timers", support.found())
    assert.is_nil(support.found())
    task:join()
    assert.is_nil(support.found())
  end)

  it("fails its test and its file", function()
    local file = perigee.write([[
      local tasks = require "tasks"
      it("leaves a task", function() tasks.spawn(function() tasks.sleep(600) end) end)
      it("leaves nothing", function() end)
      teardown(function() for _ = 1, 2 do tasks.spawn(function() tasks.sleep(60) end) end end)]], "leaving_spec.lua")
    local result = perigee.run { "lua", "spec/support/run.lua", file }
    local text = table.concat(result.lines, "\n")
    assert.matches("FAILED  leaves a task\n      it leaves open: 1 tasks, 1 timers", text)
    assert.matches("ERROR  [^\n]*\n      it leaves open: 2 tasks, 2 timers", text)
    assert.matches("\n1 passed, 2 failed", text)
  end)
end)

describe("PERIGEE_GC=full", function()
  local SCRIPT = [[
    local tasks = require "tasks"
    local seen = setmetatable({}, { __mode = "v" })
    tasks.sleep(0)
    local function add(name) seen[name] = {} end
    add "resumed"
    tasks.sleep(0)
    print(seen.resumed)
    add "paged"
    require("page").of("[{}]", { fields = {} })
    print(seen.paged)]]

  it("collects all garbage whenever a task goes on and a page comes", function()
    local script = perigee.write(SCRIPT, "garbage.lua")
    local function run(environment) return perigee.run({ "lua", script, env = environment }).lines end
    assert.matches("^table", run { PERIGEE_GC = false }[1])
    assert.same({ "nil", "nil" }, run { PERIGEE_GC = "full" })
  end)

  it("of a number has a sanitized build collect all garbage while a script makes objects", function()
    if not require "spec.support.sanitized" then return pending "only builds for specs can" end
    local script = perigee.write([[
      collectgarbage "stop" -- it would by itself, now and then
      local seen = setmetatable({ {} }, { __mode = "v" })
      for i = 1, 100 do local _ = { i } end
      print(seen[1])]], "objects.lua")
    local function run(environment) return perigee.run({ "lua", script, env = environment }).lines[1] end
    assert.matches("^table", run { PERIGEE_GC = false })
    assert.equal("nil", run { PERIGEE_GC = "64" })
  end)
end)
