-- When a state that is written whole goes out: seldom enough for its size, and often enough for who is cut.
local clock = require "clock"
local scripts = require "spec.support.simulation.scripts"

local SECOND = 1000000

-- A read of so many parts, each of which brings records and takes seconds; `cost`: microseconds to write one. Returns how
-- many parts all of its states have together, and the most records and seconds between two of them.
local function play(parts, given)
  local now, printed, done, written, last = 0, 0, 0, 0, { records = 0, time = 0 }
  local most = { records = 0, seconds = 0 }
  local whole_state = scripts.load(nil, {
    clock = setmetatable({ now = function() return now end }, { __index = clock }),
    airbyte = { written = function() return printed end },
  }, { "reading.whole_state" }).whole_state
  local emitter = { state = function()
    written, now = written + done, now + done * (given.cost or 0)
    most.records = math.max(most.records, printed - last.records)
    most.seconds = math.max(most.seconds, (now - last.time) / SECOND)
    last = { records = printed, time = now }
  end }
  local whole = whole_state.new(emitter, given.every, function() return {}, done end)
  for _ = 1, parts do
    printed, now, done = printed + given.records, now + given.seconds * SECOND, done + 1
    whole:write_when_due()
  end
  return written, most, now / SECOND
end

describe("a state that is written whole", function()
  it("has bytes that grow with the parts, and not with their square, by records and by time", function()
    for _, reading in ipairs { { 10, 0.01 }, { 1, 0.3 }, { 300, 0.5 } } do
      local given = { records = reading[1], seconds = reading[2] }
      local few, many = play(2000, given), play(20000, given)
      assert.is_true(few > 0 and many <= 20 * few, ("%d and %d parts"):format(few, many))
      assert.is_true(many <= 20000 * math.max(given.records, given.seconds * 1000 / 30) * 1.5, many .. " parts")
    end
  end)

  it("goes out after a thousand records or thirty seconds, of many parts after as many records", function()
    local _, of_few = play(500, { records = 7, seconds = 0.1 })
    assert.is_true(of_few.records >= 1000 and of_few.records < 1010, of_few.records)
    local _, slow = play(500, { records = 1, seconds = 4 })
    assert.is_true(slow.seconds >= 30 and slow.seconds < 40, slow.seconds)
    local _, of_many = play(5000, { records = 7, seconds = 0.01 })
    assert.is_true(of_many.records > 1010 and of_many.records <= 5010, of_many.records)
    local _, slowest = play(20000, { records = 0.01, seconds = 1 })
    assert.is_true(slowest.seconds > 290 and slowest.seconds < 310, slowest.seconds)
  end)

  it("goes out after as many records as somebody wants to lose at the most", function()
    local _, most = play(5000, { records = 1, seconds = 0.01, every = 10 })
    assert.equal(10, most.records)
  end)

  it("takes a fiftieth of the time at most", function()
    local given = { records = 1000, seconds = 0.1, cost = 100 }
    local written, _, took = play(3000, given)
    assert.is_true(written * given.cost / SECOND <= took / 50 * 1.1, ("%d parts in %.0f s"):format(written, took))
  end)
end)
