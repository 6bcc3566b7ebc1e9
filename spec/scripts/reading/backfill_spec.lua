-- The property test of the reading logic alone: random histories of a list that changes while runs of the real walk
-- read it and are cut. Beside it, backfill_mutants_spec.lua has the ways to break the walk that they must notice.
local history = require "spec.support.simulation"
local scripts = require "spec.support.simulation.scripts"

local LONG = os.getenv "PERIGEE_LONG" == "1"
local TIMES = LONG and 20 or 1
local HISTORIES = (tonumber(os.getenv "PERIGEE_HISTORIES") or 2000) * TIMES
-- The same histories each time, but for long runs, which look at new ones.
local SEED = tonumber(os.getenv "PERIGEE_SEED") or LONG and os.time() % 1000000 * 1000 or 1

describe("the walk", function()
  it(("loses nothing, repeats nothing and never falls back in %d histories from seed %d"):format(HISTORIES, SEED), function()
    local normal = scripts.load()
    for seed = SEED, SEED + HISTORIES - 1 do
      local wrong = history.violation(seed, normal)
      assert.is_nil(wrong, wrong and ("PERIGEE_SEED=%d PERIGEE_HISTORIES=1: %s"):format(seed, wrong))
    end
  end)

  -- At several places, with rows that are counted and not shown: the places meet many empty windows.
  it("needs no more requests than its places account for, in the history that needs most", function()
    local wrong = history.violation(777015495, scripts.load())
    assert.is_nil(wrong, wrong)
  end)

  it("repeats what it cannot remember any more, and loses nothing", function()
    local small = scripts.forgetful()
    for seed = SEED, SEED + HISTORIES // 10 do
      local wrong = history.violation(seed, small, { small_memory = true })
      assert.is_nil(wrong, wrong and ("PERIGEE_SEED=%d: %s"):format(seed, wrong))
    end
  end)

  it("loses nothing where the API does not say how many records a page holds", function()
    local normal = scripts.load()
    for seed = SEED, SEED + HISTORIES // 10 do
      local wrong = history.violation(seed, normal, { unsaid_size = true, anew = false })
      assert.is_nil(wrong, wrong and ("PERIGEE_SEED=%d: %s"):format(seed, wrong))
    end
  end)

  it("loses no record of a full read that moves meanwhile to a time some seconds past", function()
    local normal = scripts.load()
    for _, name in ipairs { "issues", "old_issues", "glitchtip_issues" } do
      for seed = SEED, SEED + HISTORIES // 10 do
        local wrong = history.violation(seed, normal,
          { name = name, full = true, churn = 0.5, hidden = 0, fault = 0, weights = { trail = 3, add = 1 } })
        assert.is_nil(wrong, wrong and ("PERIGEE_SEED=%d: %s: %s"):format(seed, name, wrong))
      end
    end
  end)

  it("brings each row once where nothing tells rows apart", function()
    local normal = scripts.load()
    for _, name in ipairs { "plain", "issues", "old_events", "glitchtip_issues" } do
      for seed = SEED, SEED + HISTORIES // 20 do
        local wrong = history.violation(seed, normal,
          { name = name, full = true, keyless = true, anew = false, churn = 0, cut = 0, shrink = 0, fault = 0,
            stale_cursors = 0 })
        assert.is_nil(wrong, wrong and ("PERIGEE_SEED=%d: %s: %s"):format(seed, name, wrong))
      end
    end
  end)

  it("reads lists whole that sort rows of equal times anew for each page, and cut them", function()
    local normal = scripts.load()
    for _, name in ipairs { "releases", "names", "saved" } do
      for seed = SEED, SEED + HISTORIES // 10 do
        local wrong = history.violation(seed, normal,
          { name = name, anew = true, settles = true, size = 12, names = 30, rows = 60, churn = 0, runs = 0 })
        assert.is_nil(wrong, wrong and ("PERIGEE_SEED=%d: %s: %s"):format(seed, name, wrong))
      end
    end
  end)

  it("reads lists whole that have an order, and pages with more rows of one time than they hold", function()
    local normal = scripts.load()
    for _, name in ipairs { "checkins", "old_events", "old_issues", "glitchtip_events", "glitchtip_issues" } do
      for seed = SEED, SEED + HISTORIES // 20 do
        local wrong = history.violation(seed, normal, { name = name, anew = true, settles = true, size = 12, rows = 60,
          grain = 400000000, span = 8000000000, churn = 0, runs = 0, fault = 0, shrink = 0 })
        assert.is_nil(wrong, wrong and ("PERIGEE_SEED=%d: %s: %s"):format(seed, name, wrong))
      end
    end
  end)
end)
