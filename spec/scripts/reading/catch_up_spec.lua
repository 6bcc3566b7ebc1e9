-- A full read that catches up with a list whose first page is rows of one time, in another order at each look.
local catch_up = require "reading.catch_up"
local first_page = require "reading.first_page"

-- A list of which no look at the first page shows what an earlier one did; looks of these numbers bring a new row.
local function list(new_at)
  local made = { looks = 0, passes = 0, rows = 100 }
  local first = first_page.new()
  local function page()
    return { number = made.looks, digest = function(self) return self.number, 0 end, oldest = function() return 5 end,
      close = function() end }
  end
  local progress = { top = { at = 5 }, count = function() return made.rows end, top_of = function() return { at = 5 } end }
  local intake = { take = function(_, given)
    if new_at[given.number] then made.rows = made.rows + 1 end
  end }
  made.self = { settings = { changes = true, lookback = 3 }, parts = { progress = progress, first = first, intake = intake,
    order = { candidates = { "at" }, disorder = 0 } } }
  function made.look()
    made.looks = made.looks + 1
    first:set(page(), "next")
    return true
  end
  function made.read_slices()
    made.passes = made.passes + 1
    first:take()
    if new_at[made.looks] then made.rows = made.rows + 1 end
    return true
  end
  assert(made.look())
  first:take()
  return made
end

local function cost(new_at)
  local made = list(new_at)
  assert.is_true(catch_up(made.self, made.look, made.read_slices))
  return { looks = made.looks - 1, passes = made.passes }
end

describe("a full read whose first page is one tie, sorted anew for each response", function()
  it("ends when a pass brought nothing new, and the next look shows no row that is new", function()
    assert.same({ looks = 2, passes = 1 }, cost {})
  end)

  it("reads once more when that look shows one", function()
    assert.same({ looks = 4, passes = 2 }, cost { [3] = true })
  end)

  it("reads on while passes bring some", function()
    assert.same({ looks = 4, passes = 3 }, cost { [2] = true, [3] = true })
  end)
end)
