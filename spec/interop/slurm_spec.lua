-- A read in shards as a job array on real Slurm, of two nodes on this machine, of which one is killed (`./dev scale` prints the
-- figures of a larger one).
local json = require "json"
local perigee = require "spec.support.perigee"

local SKIPPED = 77

describe("Slurm", function()
  teardown(perigee.cleanup)

  it("runs shards as a job array; where a node is killed, its shards go on elsewhere, and nothing is missing", function()
    local result = perigee.run { longest = 900, binary = "/usr/bin/python3", "-B", "spec/interop/slurm.py", perigee.binary,
      "--events=1500", "--json" }
    if result.status == SKIPPED then return pending(result.lines[1]) end
    assert.is_string(result.lines[1], result.err)
    local figures = json.decode(result.lines[1])
    assert.equal(0, result.status, result.lines[1] .. result.err)
    assert.same({ 1576, 0, 0, 0 }, { figures.records, figures.missing, figures.again, figures.foreign })
    assert.same({ 0, 0, 0 }, { figures.killed_missing, figures.killed_foreign, figures.after_records })
    assert.is_true(figures.killed_shards > 0)
    local attempts = 0
    for _, count in ipairs(figures.killed_attempts) do attempts = attempts + count end
    assert.equal(figures.shards + figures.killed_shards, attempts)
    assert.equal(0, figures.left_behind)
  end)
end)
