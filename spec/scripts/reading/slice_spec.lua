-- Slices, those that are open, and how both stand in a state.
local clock = require "clock"
local json = require "json"
local open_slices = require "reading.open_slices"
local slice = require "reading.slice"
local stream_state = require "reading.stream_state"

local function fields(one) return { lower = one.lower, upper = one.upper, token = one.token, keys = one.keys } end

describe("a slice", function()
  it("goes on at a page token within its window, and loses both when it leaves that", function()
    local one = slice.new({ time = 5 }, 9)
    one:go_on("0:3:0", { "a" })
    assert.same({ lower = { time = 5 }, upper = 9, token = "0:3:0", keys = { "a" } }, fields(one))
    one:enter_window(7)
    assert.same({ lower = { time = 5 }, upper = 7 }, fields(one))
    one:go_on("0:1:0", { "b" })
    one:leave_window "100:0:0"
    assert.same({ lower = { time = 5 }, token = "100:0:0" }, fields(one))
    one:leave_window()
    assert.same({ lower = { time = 5 } }, fields(one))
  end)

  it("is cut into two that leave nothing out", function()
    local one = slice.new({ time = 5, received = 4 }, 9, "0:3:0")
    local below = one:cut("time", 7)
    assert.same({ lower = { time = 7 }, upper = 9, token = "0:3:0" }, fields(one))
    assert.same({ lower = { time = 5, received = 4 }, upper = 7 }, fields(below))
  end)

  it("reaches down to the lower of two bounds, by each field", function()
    local one = slice.new { time = 5, received = 4 }
    one:widen(slice.new { time = 6, received = 3, other = 1 })
    assert.same({ time = 5, received = 3, other = 1 }, one.lower)
  end)
end)

describe("open slices", function()
  it("fold the newest into one where they are too many", function()
    local open = open_slices.new({ time = 9 }, { slice.new({ time = 6 }, nil, "x"), slice.new({ time = 2 }, nil, "y") })
    open:fold(2)
    assert.equal(2, #open)
    assert.same({ lower = { time = 6 } }, fields(open[1]))
    assert.equal("y", open[2].token)
  end)

  it("become one again where windows do not hold, but those that were begun only when all are given up", function()
    local begun = slice.new({ time = 6 }, 8, "0:3:0")
    local open = open_slices.new({ time = 9 }, { begun, slice.new({ time = 4 }, 6), slice.new({ time = 1 }, 4) })
    open:merge_windows()
    assert.equal(3, #open)
    assert.equal(begun, open[2])
    assert.same({ lower = { time = 1 } }, fields(open[3]))
    begun:enter_window(8)
    open:merge_windows(true)
    assert.equal(3, #open)
    assert.same({ lower = { time = 6 } }, fields(open[2]))
  end)
end)

describe("a state", function()
  it("is written as it was read, slices under the names that they have had in states from the first", function()
    local text = '{"dateCreated":"2026-01-01T00:00:00.000000Z","marks":{"dateCreated":"2026-01-01T00:10:00.000000Z"},'
      .. '"of":{"host":"sentry.io"},"seed":"AAECAwQFBgcICQoLDA0ODw==",'
      .. '"walk":{"full":true,"gaps":[{"at":"0:3:0","hi":"2026-01-03T00:00:00.000000Z",'
      .. '"keys":["EzGP9AvN1YSrqarb"],"lo":{"dateCreated":"2026-01-02T00:00:00.000000Z"}},{}],"rows":7,'
      .. '"since":"2026-01-01T00:00:00.000000Z",'
      .. '"top":{"dateCreated":"2026-01-04T00:00:00.000000Z"}}}'
    local known = assert(stream_state.read(json.decode(text), "dateCreated"))
    local one = known.walk.slices[1]
    assert.same({ dateCreated = clock.parse "2026-01-02" }, one.lower)
    assert.equal(clock.parse "2026-01-03", one.upper)
    assert.equal("0:3:0", one.token)
    assert.equal(text, json.encode(stream_state.write(known, "dateCreated")))
  end)

  it("leaves a walk, and marks, beside which another reader has moved the time; a walk without `since` is taken", function()
    local function read(mark, walk, marks)
      return assert(stream_state.read({ dateCreated = mark, walk = walk, marks = marks }, "dateCreated"))
    end
    local function walk(since) return { gaps = { { at = "0:3:0" } }, since = since } end
    local marks = { dateCreated = "2026-01-02T00:10:00Z" }
    assert.is_truthy(read("2026-01-02T00:00:00Z", walk "2026-01-02T00:00:00.000000Z", marks).walk)
    assert.is_truthy(read("2026-01-02T00:00:00Z", walk(nil)).walk)
    assert.is_truthy(read(nil, walk "none").walk)
    local moved = read("2026-01-03T00:00:00Z", walk "2026-01-02T00:00:00.000000Z", marks)
    assert.same({ nil, nil, true }, { moved.walk, moved.marks, moved.carried })
    assert.is_nil(read("2026-01-03T00:00:00Z", walk "none").walk)
    assert.is_truthy(read("2026-01-02T00:00:00Z", nil, marks).marks)
    assert.is_nil(read("2026-01-03T00:00:00Z", nil, marks).marks)
  end)
end)
