local clock = require "clock"
local parallel = require "lib.parallel"
local tasks = require "tasks"

-- Something that several tasks wait for until it is opened: sleeping in steps of no time lets the others run.
local function gate()
  local open = false
  return function() open = true end, function()
    while not open do tasks.sleep(0) end
  end
end

describe("a task", function()
  it("begins when its maker waits, and not before", function()
    local log = {}
    local task = tasks.spawn(function() log[#log + 1] = "task" end)
    log[#log + 1] = "maker"
    task:join()
    assert.same({ "maker", "task" }, log)
  end)

  it("gets its arguments and gives its results, nils among them", function()
    local task = tasks.spawn(function(...)
      tasks.sleep(0)
      return select("#", ...), ...
    end, 1, nil, "x", nil)
    assert.same({ 4, 1, nil, "x", nil, n = 5 }, table.pack(task:join()))
  end)

  it("gives its results as often as they are asked for", function()
    local results = {}
    local task = tasks.spawn(function() return results end)
    assert.equal(results, task:join())
    assert.equal(results, task:join())
  end)

  it("runs to its end when nobody holds it and the collector runs", function()
    local open, wait = gate()
    local done = false
    tasks.spawn(function()
      wait()
      done = true
    end)
    collectgarbage()
    open()
    while not done do tasks.sleep(0) end
    assert.is_true(done)
  end)

  it("raises in whoever joins it what it raised, with a traceback of the place", function()
    local function broken() error "the reason" end
    local task = tasks.spawn(function()
      tasks.sleep(0)
      broken()
    end)
    local ok, message = pcall(task.join, task)
    assert.is_false(ok)
    assert.matches("^spec/runtime/tasks_spec.lua:%d+: the reason\n", message)
    assert.matches("stack traceback:.*in upvalue 'broken'.*spec/runtime/tasks_spec.lua:%d+: in function", message)
    assert.equal(message, select(2, pcall(task.join, task)))
  end)

  it("closes what it holds when it fails", function()
    local closed
    local task = tasks.spawn(function()
      local _ <close> = setmetatable({}, { __close = function(_, why) closed = why end })
      error("the reason", 0)
    end)
    assert.is_false(pcall(task.join, task))
    assert.equal("the reason", closed)
  end)

  it("does not end another when it fails", function()
    local failing = tasks.spawn(error, "the reason", 0)
    local task = tasks.spawn(function()
      tasks.sleep(0)
      return "done"
    end)
    assert.equal("done", task:join())
    assert.is_false(pcall(failing.join, failing))
  end)

  it("can wait inside of pcall, and in an iterator", function()
    local function once(_, last)
      tasks.sleep(0)
      return not last or nil
    end
    local ok, steps = pcall(function()
      local n = 0
      for _ in once do n = n + 1 end
      return n
    end)
    assert.is_true(ok)
    assert.equal(1, steps)
  end)
end)

describe("join with a time", function()
  it("gives up after it, and leaves the task as it is", function()
    local open, wait = gate()
    local task = tasks.spawn(function()
      wait()
      return "done"
    end)
    local began = clock.now()
    local value, message, code = task:join(0.02)
    local took = (clock.now() - began) / 1e6
    assert.same({ nil, "not done in time", "timeout" }, { value, message, code })
    assert.is_true(took >= 0.02 and took < 30, took)
    open()
    assert.equal("done", task:join())
  end)

  it("returns as soon as the task is done", function()
    local began = clock.now()
    local task = tasks.spawn(function() return "done" end)
    assert.equal("done", task:join(600))
    assert.is_true(clock.now() - began < 30e6)
  end)

  it("is refused where somebody joins already, and by the task itself", function()
    local open, wait = gate()
    local first = tasks.spawn(wait)
    local second = tasks.spawn(function() first:join() end)
    tasks.sleep(0)
    assert.error_matches(function() first:join() end, "is waited for already")
    open()
    second:join()
    local own
    own = tasks.spawn(function() return pcall(own.join, own) end)
    assert.is_false((own:join()))
  end)
end)

describe("tasks.sleep", function()
  it("sleeps at least so long, and lets the others run", function()
    local order = {}
    local began = clock.now()
    local long = tasks.spawn(function()
      tasks.sleep(0.5)
      order[#order + 1] = "long"
    end)
    local short = tasks.spawn(function()
      tasks.sleep(0.01)
      order[#order + 1] = "short"
    end)
    long:join()
    short:join()
    assert.same({ "short", "long" }, order)
    assert.is_true(clock.now() - began >= 500000)
  end)

  it("refuses what is no time to sleep", function()
    for _, seconds in ipairs { -1, 0 / 0, math.huge, 1e10 } do
      assert.error_matches(function() tasks.sleep(seconds) end, "seconds were expected, up to a year")
    end
    assert.error_matches(function() tasks.sleep "soon" end, "number expected, got string")
  end)
end)

describe("waiting where Lua cannot wait", function()
  local function sleep() tasks.sleep(0) end

  it("says so in a sort comparator, a gsub callback and a metamethod", function()
    local inside = "this waits, and cannot be called in a filter or transform, a sort comparator, a gsub callback or a metamethod"
    assert.error_matches(function() table.sort({ 2, 1 }, sleep) end, inside)
    assert.error_matches(function() return (("x"):gsub("x", sleep)) end, inside)
    assert.error_matches(function() return tostring(setmetatable({}, { __tostring = sleep })) end, inside)
    local task = tasks.spawn(sleep)
    assert.error_matches(function() return (("x"):gsub("x", function() task:join() end)) end, inside)
    assert.matches("^spec/runtime/tasks_spec.lua:%d+: " .. inside, select(2, pcall(string.gsub, "x", "x", sleep)))
    task:join()
  end)

  it("says so in a coroutine of the script's own", function()
    local ok, message = coroutine.resume(coroutine.create(sleep))
    assert.is_false(ok)
    assert.matches("this waits, and can only be called from the script itself, not from a coroutine", message)
  end)
end)

describe("parallel", function()
  it("gives the results in the order of the list, whatever ended first", function()
    local ended = {}
    local results = parallel({ 3, 2, 1 }, 3, function(n, position)
      while #ended < n - 1 do tasks.sleep(0) end
      ended[#ended + 1] = n
      return { n, position }
    end)
    assert.same({ { 3, 1 }, { 2, 2 }, { 1, 3 } }, results)
    assert.same({ 1, 2, 3 }, ended)
  end)

  it("has no more than `limit` under way at any time, and as many while there is work", function()
    for _, limit in ipairs { 1, 2, 5, 9 } do
      local now, most, began = 0, 0, {}
      parallel({ 1, 2, 3, 4, 5, 6, 7 }, limit, function(n)
        now = now + 1
        most = math.max(most, now)
        began[#began + 1] = n
        for _ = 1, n % 3 + 1 do tasks.sleep(0) end
        now = now - 1
      end)
      assert.equal(math.min(limit, 7), most)
      assert.same({ 1, 2, 3, 4, 5, 6, 7 }, began)
    end
  end)

  it("does nothing with an empty list", function()
    assert.same({}, parallel({}, 3, error))
  end)

  it("raises the first error when those under way have ended, and begins no other", function()
    local began, ended = {}, {}
    local ok, message = pcall(parallel, { "a", "b", "c", "d", "e" }, 3, function(name)
      began[#began + 1] = name
      tasks.sleep(({ b = 0, c = 0.005 })[name] or 0.01)
      if name == "b" then error { reason = "first" } end
      if name == "c" then error "second" end
      ended[#ended + 1] = name
    end)
    assert.is_false(ok)
    assert.same({ reason = "first" }, message)
    assert.same({ "a", "b", "c" }, began)
    assert.same({ "a" }, ended)
  end)
end)
