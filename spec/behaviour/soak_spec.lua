-- Reads, again and again, in one process that lives on, and other runs beside it, while the server's records change and its
-- answers are broken: nothing is missing, and memory and descriptors stay the same. `./dev soak MINUTES` sets PERIGEE_SOAK;
-- PERIGEE_LONG=1 makes it two minutes. PERIGEE_SEED repeats a soak, as far as time allows.
local counted = require "spec.support.counted"
local perigee = require "spec.support.perigee"
local soak = require "spec.support.soak"

local MINUTES = tonumber(os.getenv "PERIGEE_SOAK") or os.getenv "PERIGEE_LONG" == "1" and 2 or 0.05
local SEED = math.tointeger(tonumber(os.getenv "PERIGEE_SEED")) or os.time()
local GROWTH = 64 -- KiB for 1,000 reads
local WARM = 300 -- reads after which a process has all that it ever takes

local sanitized = require "spec.support.sanitized"

local function median(samples, from, to, name)
  local list = {}
  for i = from, to do list[#list + 1] = samples[i][name] end
  table.sort(list)
  return list[(#list + 1) // 2]
end

local function most(samples, from, to, name)
  local value = 0
  for i = from, to do value = math.max(value, samples[i][name]) end
  return value
end

-- By how much a figure grew over the last half of the reads, and over how many.
local function growth(samples)
  local n = #samples
  return median(samples, n * 3 // 4 + 1, n, "memory") - median(samples, n // 2 + 1, n * 3 // 4, "memory"), n // 4
end

local function tell(soaked)
  local c, last = soaked.counts, soaked.samples[#soaked.samples]
  io.stderr:write(("%6.1f min  %d reads (%d failed), %d records, %d faults, %d other runs; %d KiB, %d descriptors\n"):format(
    soaked.seconds / 60, c.reads, c.failed, c.records, c.faults, c.beside, last.memory, last.descriptors))
end

describe("a soak", function()
  local soaked
  setup(function()
    print(("soak_spec: PERIGEE_SEED=%d"):format(SEED))
    soaked = soak(MINUTES * 60, SEED, os.getenv "PERIGEE_SOAK" and tell)
    if os.getenv "PERIGEE_SOAK" then tell(soaked) end
    counted(soaked.counts.reads + soaked.counts.beside, "runs of a soak")
  end)
  teardown(perigee.cleanup)

  it("loses nothing, and leaves nothing open", function()
    assert.is_true(soaked.ended, "the process that read did not end with success")
    assert.is_true(soaked.counts.records > 0 and soaked.counts.faults > 0 and soaked.counts.beside > 0)
  end)

  it("takes no more memory for 1,000 reads more", function()
    if sanitized then return pending "the sanitizers keep what was freed" end
    if soaked.counts.reads < 2 * WARM then return pending "so few reads tell nothing" end
    local kib, reads = growth(soaked.samples)
    assert.is_true(kib <= GROWTH * math.max(1, reads / 1000), ("%d KiB in %d reads"):format(kib, reads))
  end)

  it("takes no more descriptors", function()
    local samples = soaked.samples
    local n = #samples
    assert.is_true(most(samples, n // 2 + 1, n, "descriptors") <= most(samples, 1, n // 2, "descriptors") + 1)
  end)
end)
