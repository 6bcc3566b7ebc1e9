-- The ways to break the walk that the random histories of backfill_spec.lua must notice; a file of its own, as files run
-- side by side.
local histories = require "spec.support.simulation.histories"
local history = require "spec.support.simulation"
local mutants = require "spec.support.simulation.mutants"
local scripts = require "spec.support.simulation.scripts"

local walks, normal = histories.new(history.violation, 2000, 20, 4000), scripts.load()

describe("the walk", function()
  for words, known_by in pairs { ["their keys alone"] = "key", ["all of their bytes"] = "all_bytes" } do
    it("is caught by the histories when records that change are known by " .. words, function()
      walks:assert_caught(normal, normal, { name = "issues", known_by = known_by })
    end)
  end

  for _, mutant in ipairs(mutants) do
    it("is caught by the histories when " .. mutant.name, function()
      walks:assert_caught(scripts.load(mutant), normal, mutant.focus, mutant.first)
    end)
  end
end)
