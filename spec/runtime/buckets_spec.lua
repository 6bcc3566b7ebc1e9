-- Which endpoints count together in one limit, and how much of it is ours, on a clock that is made up.
local limited_server = require "spec.support.limited_server"
local pacing = require "pacing"

local NOW = 5000000

local function steady(ms) return function() return ms end end

local function scattered(least, most)
  return function(n) return least + n * 7919 % (most - least) end
end

local function sum(list)
  local all = 0
  for _, value in ipairs(list) do all = all + value end
  return all
end

-- How many refusals there were in each window, at the most.
local function most_refused(server)
  local counts, most = {}, 0
  for _, at in ipairs(server.refused) do
    local window = at // server.window
    counts[window] = (counts[window] or 0) + 1
    most = math.max(most, counts[window])
  end
  return most
end

local function refused_after(server, at)
  local count = 0
  for _, one in ipairs(server.refused) do count = count + (one >= at and 1 or 0) end
  return count
end

-- At least 98 % of what is ours of each whole window.
local function assert_used(server, share)
  local wanted, got = server.limit * share * #server.windows, sum(server.windows)
  assert.is_true(#server.windows > 5)
  assert.is_true(got >= 0.98 * wanted, ("%d requests in %d windows, of %.1f"):format(got, #server.windows, wanted))
end

-- Nor more than is ours, but for what a window leaves over to the next.
local function assert_kept(server, share)
  for _, count in ipairs(server.windows) do assert.is_true(count < server.limit * share + 1, count .. " in a window") end
end

local LISTS = { "teams", "members", "replays" }

describe("endpoints that count together", function()
  it("are told by data, and are never refused where nobody else asks", function()
    for _, hands in ipairs { 1, 4 } do
      local ran = limited_server.run({ limit = 40, window = 1000, latency = scattered(20, 60) },
        { hands = hands, most = 8, span = 20000, endpoints = LISTS, own = { "events" }, starts = { replays = 7400 } })
      assert.equal(0, #ran.refused)
      assert_used(ran, 1)
    end
  end)

  it("are learnt from responses of one that show the count of another falling", function()
    for _, latency in ipairs { steady(50), scattered(20, 90) } do
      local ran = limited_server.run({ limit = 20, window = 1000, latency = latency },
        { hands = 3, most = 9, span = 30000, endpoints = LISTS, starts = { members = 3300, replays = 9700 } })
      assert.is_true(most_refused(ran) <= 9)
      assert.equal(0, refused_after(ran, 1000000 + 15000))
      assert_used(ran, 1)
    end
  end)

  it("are learnt in long windows too, of which each brings few responses", function()
    local ran = limited_server.run({ limit = 60, window = 60000, concurrent = 1, latency = steady(300) },
      { hands = 1, most = 5, span = 900000, endpoints = { "events", "hashes" } })
    assert.equal(0, refused_after(ran, 1000000 + 180000))
    assert_used(ran, 1)
  end)

  it("are learnt from refusals of requests at once that are not theirs", function()
    for _, counts_refused in ipairs { true, false } do
      local ran = limited_server.run({ limit = 100000, window = 60000, concurrent = 1, latency = steady(300),
        counts_refused = counts_refused }, { hands = 1, most = 5, span = 240000, endpoints = { "events", "hashes" } })
      assert.equal(0, refused_after(ran, 1000000 + 60000))
    end
  end)

  it("are told wrongly, and part by what their responses count", function()
    local own = { limit = 20, window = 1000 }
    local ran = limited_server.run({ limit = 20, window = 1000, latency = steady(30), counts = { members = own } },
      { hands = 3, most = 9, span = 20000, endpoints = { "teams", "members" }, own = { "events" } })
    assert.equal(0, #ran.refused + #own.refused)
    assert_used(ran, 1)
    assert_used(own, 1)
  end)

  it("part at once where they name different limits, windows or numbers of requests at once", function()
    for _, own in ipairs { { limit = 5, window = 1000 }, { limit = 20, window = 60000 },
      { limit = 20, window = 1000, concurrent = 3 } } do
      local shared = { limit = 20, window = 1000, concurrent = 8, latency = steady(30), counts = { members = own } }
      local ran = limited_server.run(shared, { hands = 8, most = 16, span = 20000, endpoints = LISTS, own = { "events" } })
      assert.equal(0, #ran.refused + #own.refused)
      assert_used(ran, 1)
    end
  end)

  it("are found though the first that answered was told wrongly to be one of them", function()
    local own = { limit = 5, window = 1000 }
    local ran = limited_server.run({ limit = 20, window = 1000, latency = steady(30), counts = { teams = own } },
      { hands = 3, most = 9, span = 20000, endpoints = LISTS, own = { "events" }, share = 0.5,
        starts = { members = 500, replays = 2300 } })
    assert.equal(0, #ran.refused + #own.refused)
    for _, limit in ipairs { ran, own } do
      assert_used(limit, 0.5)
      assert_kept(limit, 0.5)
    end
  end)

  it("are not taken for such where a browser uses one of two limits that are alike", function()
    local function browser(now) return now % 7 == 0 and 1 or 0 end
    local own = { limit = 20, window = 1000, others = browser }
    local ran = limited_server.run({ limit = 20, window = 1000, latency = steady(30), counts = { members = own } },
      { hands = 3, most = 9, span = 60000, endpoints = { "teams", "members" }, share = 0.75 })
    assert.equal(0, #ran.refused)
    assert_used(ran, 0.75)
    assert.is_true(sum(own.windows) >= 0.9 * 0.75 * own.limit * #own.windows, sum(own.windows) .. " requests")
  end)
end)

-- Servers made up by a generator, the same in each run: up to six endpoints in up to three limits.
describe("in random servers", function()
  local state

  local function between(low, high)
    state = state * 6364136223846793005 + 1442695040888963407
    return low + (state >> 33) % (high - low + 1)
  end

  local function new_limit()
    return { limit = between(3, 60), window = 1000 * between(1, 5), counts_refused = between(0, 1) == 1 }
  end

  -- A server whose first limit is that of all endpoints without one of their own; `own` are the others.
  local function new_server(shared)
    local server, names, own, starts = new_limit(), {}, {}, {}
    local least, salt = between(10, 100), between(1, 10000)
    server.latency = function(n) return least + (n * 7919 + salt) % 200 end
    server.counts = {}
    for i = 1, between(2, 6) do
      names[i] = "list" .. i
      starts[names[i]] = between(0, 1) * between(0, 8000)
      if not shared and between(0, 2) == 0 then
        own[#own + 1] = names[i]
        server.counts[names[i]] = new_limit()
      end
    end
    return server, { hands = between(1, 4), most = between(4, 12), span = 30000, endpoints = names, starts = starts,
      own = #own > 0 and own or { "none" }, share = between(0, 1) == 1 and 0.75 or 1 }
  end

  it("nothing is refused where it is told which endpoints count together", function()
    for seed = 1, 60 do
      state = seed
      local server, run = new_server()
      limited_server.run(server, run)
      for _, limit in pairs { server, table.unpack(run.own) } do
        limit = server.counts[limit] or server
        assert.equal(0, #limit.refused, "seed " .. seed)
      end
    end
  end)

  it("nothing is refused after a while where nothing is told", function()
    for seed = 1, 60 do
      state = seed
      local server, run = new_server(true)
      run.own, run.span = nil, 90000
      limited_server.run(server, run)
      assert.equal(0, refused_after(server, 1000000 + 60000), "seed " .. seed)
    end
  end)
end)

describe("a share of a limit", function()
  it("is used whole, and no more, also where it is no whole number of requests", function()
    for limit, share in pairs { [60] = 0.75, [5] = 0.75, [7] = 0.5, [10] = 0.1, [3] = 0.25 } do
      local ran = limited_server.run({ limit = limit, window = 2000, latency = scattered(10, 50) },
        { hands = 4, most = 8, span = 60000, share = share })
      assert.equal(0, #ran.refused)
      assert_used(ran, share)
      assert_kept(ran, share)
    end
  end)

  it("is held to while the server's clock comes to be known, by which a window seems to end earlier", function()
    local governor = pacing.governor(8)
    governor:tell(0.5)
    local endpoint, sent = governor:endpoint "list", 0
    for i = 1, 20 do
      if endpoint:admit(NOW + i) ~= 0 then break end
      sent = sent + 1
      local lead = i < 3 and 0 or 900 -- as of a Date that is cut to seconds
      endpoint:done(NOW + i, { limit = 12, remaining = 12 - i, reset = NOW + 60000 - lead, ends = 1790000000 })
    end
    assert.equal(6, sent)
    local again, limited = endpoint:admit(NOW + 100)
    assert.is_true(limited and again < NOW + 59200, again - NOW .. " ms")
  end)

  it("is held to by all endpoints of one limit together", function()
    local ran = limited_server.run({ limit = 40, window = 1000, latency = steady(40) },
      { hands = 3, most = 9, span = 20000, endpoints = LISTS, own = { "events" }, share = 0.75 })
    assert.equal(0, #ran.refused)
    assert_used(ran, 0.75)
    assert_kept(ran, 0.75)
  end)

  it("is one of the requests at once, too, and one at the least", function()
    for named, most in pairs { [8] = 6, [4] = 3, [1] = 1 } do
      local ran = limited_server.run({ concurrent = named, latency = steady(50) },
        { hands = 10, most = 10, span = 5000, share = 0.75 })
      assert.equal(most, ran.most)
    end
  end)

  it("leaves a browser what it needs: neither is refused where it keeps to the rest", function()
    local asked = 0
    local function browser(now) -- ten requests at a time, in each window of 60
      local due = now % 1000 < 500 and 10 or 0
      local new = math.max(due - asked, 0)
      asked = due
      return new
    end
    local ran = limited_server.run({ limit = 60, window = 1000, latency = steady(30), others = browser },
      { hands = 8, most = 8, span = 60000, share = 0.75 })
    assert.equal(0, #ran.refused)
    assert_used(ran, 0.75)
  end)

  it("yields to others who use more than the rest, and is refused once a window at the most", function()
    for _, others in ipairs {
      function(now) return now % 1000 < 400 and 1 or 0 end, -- with each of our requests one, for a while
      function(now) return now % 97 == 0 and 6 or 0 end, -- some at a time
    } do
      local ran = limited_server.run({ limit = 40, window = 1000, latency = scattered(20, 60), others = others },
        { hands = 6, most = 6, span = 60000, share = 0.75 })
      assert.is_true(most_refused(ran) <= 1, most_refused(ran) .. " refusals in one window")
    end
  end)
end)

describe("a first response that is a refusal", function()
  it("of a window that others have used up is waited out, and nothing is slower for it afterwards", function()
    local endpoint = pacing.governor(8):endpoint "list"
    assert.equal(0, (endpoint:admit(NOW)))
    endpoint:done(NOW + 50, { limit = 40, remaining = 0, reset = NOW + 700, overloaded = true }, NOW)
    local again, limited = endpoint:admit(NOW + 50)
    assert.is_true(limited and again >= NOW + 700 and again < NOW + 800)
    assert.equal(0, (endpoint:admit(again)))
    endpoint:done(again + 50, { limit = 40, remaining = 39, reset = NOW + 1700 }, again)
    for _ = 1, 2 do assert.equal(0, (endpoint:admit(again + 60))) end
  end)
end)
