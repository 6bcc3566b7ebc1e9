-- The ways to break the walk that the random histories of backfill_spec.lua must notice; a file of its own, as files run
-- side by side.
local history = require "spec.support.simulation"
local mutants = require "spec.support.simulation.mutants"
local scripts = require "spec.support.simulation.scripts"

local MOST = 4000 * (os.getenv "PERIGEE_LONG" == "1" and 20 or 1) -- histories until a mutant must be caught

local normal = scripts.load()

-- Some history notices the scripts, with these traits that are not left to chance: one in which the walk itself holds.
local function assert_caught(broken, focus)
  for seed = 1, MOST do
    if history.violation(seed, broken, focus) and (broken == normal or not history.violation(seed, normal, focus)) then return end
  end
  error(("%d histories found nothing wrong with it"):format(MOST))
end

describe("the walk", function()
  for words, known_by in pairs { ["their keys alone"] = "key", ["all of their bytes"] = "all_bytes" } do
    it("is caught by the histories when records that change are known by " .. words, function()
      assert_caught(normal, { name = "issues", known_by = known_by })
    end)
  end

  for _, mutant in ipairs(mutants) do
    it("is caught by the histories when " .. mutant.name, function()
      assert_caught(scripts.load(mutant), mutant.focus)
    end)
  end
end)
