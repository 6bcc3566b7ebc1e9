-- The governor and the server's clock on a clock that is made up: no waiting, and each case to the millisecond.
local limited_server = require "spec.support.limited_server"
local pacing = require "pacing"

local NOW, LATER = 5000000, math.maxinteger

local function steady(ms) return function() return ms end end

-- Differs from request to request, so that answers overtake each other; the same in each run.
local function scattered(least, most)
  return function(n) return least + n * 7919 % (most - least) end
end

-- How many more may go out at once now; they have all ended when this returns, without an answer.
local function room(endpoint, now)
  local count = 0
  while endpoint:admit(now) == 0 do count = count + 1 end
  for _ = 1, count do endpoint:done(now) end
  return count
end

local function answered(endpoint, now, reading)
  assert.equal(0, (endpoint:admit(now)))
  endpoint:done(now, reading or {})
end

local function new(most) return pacing.governor(most):endpoint "list" end

local function all_equal(expected, list)
  assert.is_true(#list > 0)
  for _, value in ipairs(list) do assert.equal(expected, value) end
end

describe("the governor, under a made-up clock,", function()
  it("lets one request out first, and the next when it is answered", function()
    local endpoint = new(5)
    assert.equal(0, (endpoint:admit(NOW)))
    assert.equal(LATER, (endpoint:admit(NOW + 60000)))
    endpoint:done(NOW + 60000, {})
    assert.equal(0, (endpoint:admit(NOW + 60000)))
  end)

  it("uses each window to its last request, never beyond it", function()
    for _, hands in ipairs { 1, 2, 5, 20 } do
      local ran = limited_server.run({ limit = 10, window = 1000, latency = steady(30) },
        { hands = hands, most = 20, span = 10000 })
      assert.equal(0, #ran.refused)
      all_equal(10, ran.windows)
    end
  end)

  it("does so where answers come in another order than they were counted", function()
    local ran = limited_server.run({ limit = 20, window = 2000, latency = scattered(10, 300) },
      { hands = 8, most = 8, span = 40000 })
    assert.equal(0, #ran.refused)
    all_equal(20, ran.windows)
  end)

  it("is not refused where requests are under way over the end of a window", function()
    for _, limit in ipairs { 4, 8, 20 } do
      local ran = limited_server.run({ limit = limit, window = 2000, latency = scattered(300, 700) },
        { hands = 8, most = 8, span = 60000 })
      assert.equal(0, #ran.refused)
      local all = 0
      for _, served in ipairs(ran.windows) do all = all + served end
      assert.is_true(all >= 0.9 * limit * #ran.windows, ("%d served of %d"):format(all, limit * #ran.windows))
    end
  end)

  it("takes the ends that answers name for one, where clocks make them differ a little", function()
    local ran = limited_server.run({ limit = 20, window = 2000, latency = scattered(10, 300), noise = scattered(0, 200) },
      { hands = 8, most = 8, span = 40000 })
    assert.equal(0, #ran.refused)
    all_equal(20, ran.windows)
    local endpoint = new(5)
    for _, noise in ipairs { 100, 0, 50, 200 } do
      answered(endpoint, NOW, { limit = 10, remaining = 5, reset = NOW + 1000 + noise })
    end
    assert.equal(5, room(endpoint, NOW)) -- and with that, the window is used up
    local again = endpoint:admit(NOW)
    assert.is_true(again >= NOW + 1000 and again < NOW + 1100, again - NOW .. " ms")
  end)

  it("keeps to a limit of concurrency until the answer has ended", function()
    for _, limit in ipairs { 1, 3 } do
      local ran = limited_server.run({ concurrent = limit, latency = steady(50) }, { hands = 10, most = 10, span = 5000 })
      assert.equal(0, #ran.refused)
      assert.equal(limit, ran.most)
      assert.is_true(#ran.taken >= 0.95 * limit * 5000 / 50, #ran.taken .. " requests")
    end
  end)

  it("uses a limit of concurrency as soon as it is named, and keeps to a lower one", function()
    local endpoint = new(8)
    answered(endpoint, NOW, { concurrent_limit = 6 })
    assert.equal(6, room(endpoint, NOW))
    answered(endpoint, NOW, { concurrent_limit = 2 })
    assert.equal(2, room(endpoint, NOW))
    answered(endpoint, NOW, { concurrent_limit = 100 })
    assert.is_true(room(endpoint, NOW) <= 8)
  end)

  it("opens to num_workers where the server names no limit, and no more", function()
    local ran = limited_server.run({ latency = steady(50) }, { hands = 20, most = 7, span = 2000 })
    assert.equal(7, ran.most)
    assert.is_true(#ran.taken >= 0.85 * 7 * 2000 / 50, #ran.taken .. " requests")
  end)

  it("halves what it asks at once when the server refuses, or does not keep up, without a limit's name", function()
    local endpoint = new(8)
    for _ = 1, 8 do answered(endpoint, NOW) end
    assert.equal(8, room(endpoint, NOW))
    answered(endpoint, NOW, { overloaded = true })
    assert.equal(4, room(endpoint, NOW))
    for _ = 1, 5 do answered(endpoint, NOW, { overloaded = true }) end
    assert.equal(1, room(endpoint, NOW))
  end)

  it("grows slowly from then on, so that it is seldom refused again", function()
    local ran = limited_server.run({ concurrent = 3, unnamed = true, latency = steady(50) },
      { hands = 10, most = 10, span = 60000 })
    assert.is_true(#ran.refused <= #ran.taken / 10, ("%d refused, %d served"):format(#ran.refused, #ran.taken))
    assert.is_true(#ran.taken >= 0.6 * 3 * 60000 / 50, #ran.taken .. " requests")
  end)

  it("waits for a refusing window's end, and asks as many at once afterwards", function()
    local endpoint = new(8)
    for _ = 1, 8 do answered(endpoint, NOW) end
    answered(endpoint, NOW, { overloaded = true, limit = 100, remaining = 0, reset = NOW + 700 })
    local again, limited = endpoint:admit(NOW)
    assert.is_true(limited)
    assert.is_true(again >= NOW + 700 and again < NOW + 800)
    assert.equal(0, room(endpoint, again - 1))
    assert.equal(1, room(endpoint, again)) -- others used this window: one request finds out what they left
    answered(endpoint, again, { limit = 100, remaining = 99, reset = again + 1000 })
    assert.equal(8, room(endpoint, again))
  end)

  it("yields to what others use of a window", function()
    local seen = 0
    local function others(now) -- six of ten, spread over the window
      local due = now % 1000 // 150
      local new_ones = due >= seen and due - seen or due
      seen = due
      return new_ones
    end
    local ran = limited_server.run({ limit = 10, window = 1000, latency = steady(30), others = others },
      { hands = 5, most = 5, span = 60000 })
    local all = 0
    for _, served in ipairs(ran.windows) do all = all + served end
    assert.is_true(all / #ran.windows >= 4, all / #ran.windows .. " requests a window")
    assert.is_true(#ran.refused <= #ran.windows, ("%d refused in %d windows"):format(#ran.refused, #ran.windows))
  end)

  it("yields to what others have under way, and takes it again", function()
    local function busy(now) return now // 10000 % 2 == 0 and 4 or 0 end -- for ten seconds of each twenty
    local ran = limited_server.run({ concurrent = 6, latency = steady(50), busy = busy },
      { hands = 10, most = 10, span = 80000 })
    assert.is_true(#ran.refused <= #ran.taken / 10, ("%d refused, %d served"):format(#ran.refused, #ran.taken))
    local possible = (6 + 2) / 2 * 80000 / 50
    assert.is_true(#ran.taken >= 0.7 * possible, #ran.taken .. " requests of " .. possible)
  end)

  it("does not wait for an end that lies in the past, or hours away", function()
    for _, reset in ipairs { 0, NOW - 1000, NOW, NOW + 3600001, math.maxinteger } do
      local endpoint = new(5)
      answered(endpoint, NOW, { limit = 10, remaining = 0, reset = reset })
      assert.is_true(room(endpoint, NOW) > 0, "a reset at " .. reset)
    end
  end)

  it("believes an end that all answers name over a later one that a single answer named", function()
    local endpoint = new(1)
    answered(endpoint, NOW, { limit = 20, remaining = 10, reset = NOW + 3000000 })
    for i = 1, 6 do answered(endpoint, NOW + i, { limit = 20, remaining = 10 - i, reset = NOW + 1000 }) end
    for _ = 1, 4 do answered(endpoint, NOW + 10) end
    local again, limited = endpoint:admit(NOW + 10)
    assert.is_true(limited)
    assert.is_true(again <= NOW + 1100, again - NOW .. " ms")
  end)

  it("does not take late answers of the window before for such", function()
    local governor = pacing.governor(8)
    local endpoint = governor:endpoint "list"
    local function reading(remaining, reset) return { limit = 16, remaining = remaining, reset = NOW + reset } end
    for i = 1, 7 do answered(endpoint, NOW, reading(16 - i, 1000)) end
    for _ = 1, 4 do assert.equal(0, (endpoint:admit(NOW + 10))) end -- on their way over the window's end
    assert.equal(0, (endpoint:admit(NOW + 1050)))
    endpoint:done(NOW + 1060, reading(2, 2000))
    for i = 1, 4 do endpoint:done(NOW + 1060, reading(9 - i, 1100)) end -- by a clock that runs a little ahead
    assert.equal(2, room(endpoint, NOW + 1130))
  end)

  it("takes what is under way at a window's end as counted in the next", function()
    local endpoint = new(8)
    for i = 1, 7 do answered(endpoint, NOW, { limit = 20, remaining = 20 - i, reset = NOW + 1000 }) end
    answered(endpoint, NOW, { limit = 6, remaining = 5, reset = NOW + 1000 })
    for _ = 1, 4 do assert.equal(0, (endpoint:admit(NOW + 10))) end
    assert.equal(2, room(endpoint, NOW + 1050))
  end)

  it("finds out that others use a window too where it began before we took the last one to be over", function()
    local endpoint = new(8)
    for i = 1, 8 do answered(endpoint, NOW, { limit = 10, remaining = 10 - i, reset = NOW + 1000 }) end
    answered(endpoint, NOW + 900, { limit = 10, remaining = 5, reset = NOW + 1900 })
    assert.equal(1, room(endpoint, NOW + 2000))
  end)

  it("never has more under way than may be, over all endpoints", function()
    local governor = pacing.governor(3)
    local events, issues = governor:endpoint "events", governor:endpoint "issues"
    for _ = 1, 3 do answered(events, NOW) end
    for _ = 1, 2 do assert.equal(0, (events:admit(NOW))) end
    assert.equal(0, (issues:admit(NOW)))
    assert.equal(LATER, (events:admit(NOW)))
    issues:done(NOW)
    assert.equal(0, (events:admit(NOW)))
  end)

  it("lets one endpoint's window hold up no other", function()
    local governor = pacing.governor(3)
    local events, issues = governor:endpoint "events", governor:endpoint "issues"
    answered(events, NOW, { limit = 1, remaining = 0, reset = NOW + 60000 })
    assert.is_true(events:admit(NOW) >= NOW + 60000)
    assert.equal(0, (issues:admit(NOW)))
  end)
end)

describe("the server's clock", function()
  -- What is ahead of our ticks by `lead`, as a Date cut to seconds shows it.
  local function date(now, lead) return (now + lead) // 1000 * 1000 end

  it("is known to a few milliseconds from dates that are cut to seconds", function()
    local clock, lead = pacing.server_clock(), 1790000000321
    for now = NOW, NOW + 20000, 237 do clock:note(date(now, lead), now) end
    local known = clock:note(date(NOW + 600, lead), NOW + 600)
    assert.is_true(known <= lead and known > lead - 20, lead - known .. " ms off")
  end)

  it("is not moved by a date in the future", function()
    local clock, lead = pacing.server_clock(), 1790000000321
    local before, future = clock:note(date(NOW, lead), NOW), date(NOW, lead) + 86400000
    for _ = 1, 3 do
      assert.equal(before, clock:note(future, NOW))
      assert.equal(before, clock:note(future, NOW))
      assert.equal(before, clock:note(date(NOW, lead), NOW))
    end
    for hours = 1, 10 do assert.equal(before, clock:note(date(NOW, lead) + hours * 3600000, NOW)) end
  end)

  it("heals where the first date was wrong, or the server's clock was set", function()
    for _, wrong in ipairs { 86400000, -86400000, 5000, -5000 } do
      local clock, lead, known = pacing.server_clock(), 1790000000321, nil
      clock:note(date(NOW, lead + wrong), NOW)
      for i = 1, 3 do known = clock:note(date(NOW + i, lead), NOW + i) end
      assert.is_true(known <= lead and known > lead - 1000, known - lead .. " ms")
    end
  end)
end)
