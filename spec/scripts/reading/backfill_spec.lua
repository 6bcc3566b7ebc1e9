-- The property test of the reading logic alone: random histories of a list that changes while runs of the real walk
-- read it and are cut. Beside it, backfill_mutants_spec.lua has the ways to break the walk that they must notice.
local histories = require "spec.support.simulation.histories"
local history = require "spec.support.simulation"
local scripts = require "spec.support.simulation.scripts"

local walks, normal = histories.new(history.violation, 900, 30, 4000), scripts.load()

describe("the walk", function()
  it("loses nothing, repeats nothing and never falls back in " .. walks.words, function() walks:assert_hold(normal) end)

  -- At several places, with rows that are counted and not shown: the places meet many empty windows.
  it("needs no more requests than its places account for, in the history that needs most", function()
    local wrong = history.violation(777015495, normal)
    assert.is_nil(wrong, wrong)
  end)

  it("repeats what it cannot remember any more, and loses nothing", function()
    walks:assert_hold(scripts.forgetful(), { small_memory = true }, 10)
  end)

  it("loses nothing where the API does not say how many records a page holds", function()
    walks:assert_hold(normal, { unsaid_size = true, anew = false }, 10)
  end)

  it("loses no record of a full read that moves meanwhile to a time some seconds past", function()
    for _, name in ipairs { "issues", "old_issues", "glitchtip_issues" } do
      walks:assert_hold(normal,
        { name = name, full = true, churn = 0.5, hidden = 0, fault = 0, weights = { trail = 3, add = 1 } }, 10)
    end
  end)

  it("brings each row once where nothing tells rows apart", function()
    for _, name in ipairs { "plain", "issues", "old_events", "glitchtip_issues" } do
      walks:assert_hold(normal, { name = name, full = true, keyless = true, anew = false, churn = 0, cut = 0, shrink = 0,
        fault = 0, stale_cursors = 0 }, 20)
    end
  end)

  it("reads lists whole that sort rows of equal times anew for each page, and cut them", function()
    for _, name in ipairs { "releases", "names", "saved" } do
      walks:assert_hold(normal,
        { name = name, anew = true, settles = true, size = 12, names = 30, rows = 60, churn = 0, runs = 0 }, 10)
    end
  end)

  it("reads lists whole that have an order, and pages with more rows of one time than they hold", function()
    for _, name in ipairs { "checkins", "old_events", "old_issues", "glitchtip_events", "glitchtip_issues" } do
      walks:assert_hold(normal, { name = name, anew = true, settles = true, size = 12, rows = 60,
        grain = 400000000, span = 8000000000, churn = 0, runs = 0, fault = 0, shrink = 0 }, 20)
    end
  end)
end)
