-- The property test of reading a list through the records of another one: random histories of issues and events that change
-- while runs of the real logic read them and are cut, and the ways to break it that they must notice.
local histories = require "spec.support.simulation.histories"
local keys = require "keys"
local parts_state = require "reading.parts_state"
local scripts = require "spec.support.simulation.scripts"
local through = require "spec.support.simulation.through"

local reads, normal = histories.new(through.violation, 160, 20, 1000), scripts.load()

local BUSY = { churn = 0.7, fault = 0, events = 40, issues = 12, size = 2 }
local CUTS = { churn = 0.3, cut = 1, runs = 4, checkpoint_seconds = 0, checkpoint_rows = 1, events = 40, issues = 4, size = 3,
  workers = 2, full = false }
-- Of parts that take a minute or more each: a state waits for half a minute, and for one of a part's own.
local SLOW = { churn = 0, cut = 0, fault = 0, events = 60, issues = 3, size = 2, step = 10000000, checkpoint_seconds = 30,
  checkpoint_rows = 1000, workers = 1, full = false, brief = false, runs = 1, silence = 150000000 }
-- Of more parents than a state names.
local MANY = { churn = 0.2, cut = 1, runs = 4, checkpoint_seconds = 0, checkpoint_rows = 1, events = 40, issues = 14, size = 3,
  full = false, done = 3 }
local FEW = { name = "few", script = "parts_state", from = "local DONE = 5000", to = "local DONE = 3" }
local FAULTS = { churn = 0.2, cut = 0, fault = 0.1, runs = 4, events = 40, issues = 6, size = 3, workers = 1, full = false }

---@type mutant[]
local mutants = {
  { name = "one way down the parents is all", script = "through_parents", focus = BUSY,
    from = "return self.found == 0 and not self.unsettled and", to = "do return true end\n  return self.found == 0 and" },
  { name = "the parents are read from the top down each time", script = "through_parents", focus = BUSY,
    from = "self.sweeps:go(sweep > 1)", to = "self.sweeps:go(false)" },
  { name = "a page that does not meet the one below is taken for one that does", script = "parent_sweeps", focus = BUSY,
    from = "if meets(self, page, place, self.pages[i + 1]) then", to = "if true then" },
  { name = "a parent counts as read before its part was", script = "through_parents", focus = FAULTS,
    from = "    self.parts = self.parts + 1\n",
    to = "    self.parts = self.parts + 1\n    if row then self.done:load { row } end\n" },
  { name = "the state's time is when the read was begun", script = "through_parents",
    focus = { churn = 0.7, weights = { late = 1, event = 1 }, lookback = 0, runs = 4 },
    from = "later(known.mark, self.upper - self.margin)", to = "later(known.mark, self.upper)" },
  { name = "the next read goes on where this one was begun", script = "through_parents",
    focus = { churn = 0.7, weights = { late = 1, event = 1 }, lookback = 0, late = 50000000, runs = 4 },
    from = "self.upper - (self.margin - settings.lookback))", to = "self.upper)" },
  { name = "a run that goes on reads up to its own time", script = "through_parents", focus = CUTS,
    from = "if self.upper then return true end", to = "" },
  { name = "a part is followed without the row that ended the page before", script = "counted_pages",
    focus = { churn = 0.05, weights = { unmerge_slowly = 1 }, cut = 0, fault = 0, events = 60, issues = 2, size = 3, runs = 1,
      workers = 1 },
    from = "local known = page:count() > 1", to = "local known = false" },
  { name = "a part that was read is taken to be the same for ever", script = "part", focus = BUSY,
    from = "if settings.brief and read.long[path] and not holds_more(read, parent) then return true end",
    to = "if read.long[path] then return true end" },
  { name = "what is new on a page of a part that is looked at again is forgotten by the next", script = "part",
    focus = { churn = 0.5, weights = { merge = 1 }, cut = 0, fault = 0, events = 60, issues = 12, size = 2, brief = true },
    from = "more = more or page:kept() + page:nulls() > 0", to = "more = page:kept() > 0 and not list.next" },
  { name = "what a parent tells of late is forgotten by the read in between", script = "through_parents",
    focus = { churn = 0.7, weights = { event = 4, issue = 1 }, cut = 0, fault = 0, runs = 4, full = false, events = 4, issues = 6,
      lookback = 0, late = 0, lag = 110000000, step = 1000000 },
    from = "recent = overlaps(self) and", to = "recent = known.parts and" },
  { name = "a state goes out at the end alone", script = "through_parents", focus = SLOW,
    from = "if many or self.sink:ticks()", to = "if false and self.sink:ticks()" },
  { name = "a state says that parts under way are done", script = "parts_state", focus = CUTS,
    from = "open = next(parts.open) and parts.open or nil,",
    to = "open = nil, done = (function()\n      for row in pairs(parts.open) do parts.done:load { row } end\n"
      .. "      return latest(parts.done)\n    end)()," },
}

describe("a list that is read through another one's records", function()
  it("loses nothing, repeats nothing and never falls back in " .. reads.words, function() reads:assert_hold(normal) end)

  it("loses none of the records that stay, where others leave a part after the parent's row has said so", function()
    local weights = { unmerge_slowly = 1, event = 4, burst = 2, late = 2, issue = 1, merge = 2, unmerge = 1, delete = 0.3 }
    reads:assert_hold(normal, { weights = weights, churn = 0.2 }, 3)
  end)

  it("loses nothing where a state cannot name all parents that were read, and names no more than it may", function()
    reads:assert_hold(scripts.load(FEW), MANY, 5)
    local done, list = keys.set(10000), {}
    for i = 1, 6000 do list[i] = ("~%016d"):format(i) end
    done:load(list)
    local written = parts_state.write({ upper = 0, done = done, open = {} }, "none").done
    assert.same({ 5000, list[1001], list[6000] }, { #written, written[1], written[5000] })
  end)

  it("writes states by time, also while parts of many pages are read", function()
    reads:assert_hold(normal, SLOW, 10)
  end)

  it("is caught by the histories when parents are known by their keys alone", function()
    reads:assert_caught(normal, normal, { by_id = true })
  end)

  for _, mutant in ipairs(mutants) do
    it("is caught by the histories when " .. mutant.name, function()
      reads:assert_caught(scripts.load(mutant), normal, mutant.focus)
    end)
  end
end)
