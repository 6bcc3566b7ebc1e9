-- The property test of child streams: random histories of parents and children that change while runs of the real reading are
-- cut, capped and refused; and the ways to break the reading that they must notice.
local histories = require "spec.support.simulation.histories"
local history = require "spec.support.simulation.families"
local scripts = require "spec.support.simulation.scripts"

local reads = histories.new(history.violation, 150, 20, 400)

---@type mutant[]
local mutants = {
  { name = "a parent whose children failed is gone past", script = "children", focus = { follow = true, fault = 0.1 },
    from = "  if run.follow then run.follow:freeze() end\n", to = "" },
  { name = "what is known of a parent moves on beyond one that failed", script = "followed",
    focus = { follow = true, fault = 0.1 }, from = "if not self.frozen then self.state = state end", to = "self.state = state" },
  { name = "parents that max_parents leaves are gone past", script = "parents", focus = { follow = true, most = 2, fault = 0 },
    from = "    if run.follow then run.follow:freeze() end\n  end)", to = "  end)" },
  { name = "a parent between two others that failed is gone past", script = "parents",
    focus = { follow = true, deep = true, fault = 0.1, parents = 9 },
    from = "if failed and run.follow then run.follow:freeze() end", to = "" },
  { name = "a parent between two others that failed is taken for gone", script = "parents", focus = { deep = true, fault = 0.1 },
    from = "if refused.status ~= 404 or refused.absent then return false end", to = "" },
  { name = "a child that failed is taken for one whose parent has gone", script = "children", focus = { fault = 0.1 },
    from = "elseif noted.status == 404 and not noted.absent then", to = "elseif noted.status then" },
  { name = "a parent that changes while it is read is read once alone", script = "children",
    focus = { follow = true, churn = 0.6, fault = 0, cut = 0, most = false },
    from = "return run.follow ~= nil or run.seen:add(key)", to = "return run.seen:add(key)" },
  { name = "what is known of parents is not gone on from", script = "children", focus = { follow = true, ordered = false },
    from = "if run.follow then run.follow = followed.new(state) end", to = "" },
  { name = "what is known of each parent's list is not gone on from", script = "children", focus = { follow = false },
    from = "run.incremental and run.states[key] or nil", to = "nil" },
  { name = "parents are listed whole though they are followed", script = "parents", focus = { follow = true, ordered = false },
    from = "incremental = follow ~= nil", to = "incremental = false" },
  { name = "a parent's state goes out before its children are read", script = "slice_reader",
    focus = { follow = true, cut = 1, checkpoint = 1, top = "issues", size = 4, parents = 9, children = 2, deep = false, runs = 1,
      fault = 0, most = false },
    from = "  parts.intake:take(page, slice)\n",
    to = "  if token and not parts.order:covers(slice, page) then\n    walk:advance(slice, token, page)\n"
      .. "    parts.progress:checkpoint()\n  end\n  parts.intake:take(page, slice)\n" },
}

local function loaded_with(mutant)
  return function(given, names) return scripts.load(mutant, given, names) end
end

local normal = loaded_with(nil)

describe("a child stream", function()
  it("loses nothing, and sends nothing where nothing is new, in " .. reads.words, function() reads:assert_hold(normal) end)

  for _, mutant in ipairs(mutants) do
    it("is caught by the histories when " .. mutant.name, function()
      reads:assert_caught(loaded_with(mutant), normal, mutant.focus)
    end)
  end
end)
