--- The histories of a property test: that all of them hold, and that one of them notices broken scripts. PERIGEE_SEED and
--- PERIGEE_HISTORIES repeat some of them.
local counted = require "spec.support.counted"
local luassert = require "luassert"

local LONG = os.getenv "PERIGEE_LONG" == "1"
-- They try scripts: a build with sanitizers, which is slower and tries C, plays a quarter of them.
local SANITIZED = require "spec.support.sanitized"
-- The same histories each time, but for long runs, which look at new ones.
local SEED = tonumber(os.getenv "PERIGEE_SEED") or LONG and os.time() % 1000000 * 1000 or 1

---@class Histories
---@field words string how many they are, and from where on
local histories = {}
histories.__index = histories

---@param violation fun(seed: integer, scripts: table<string, table>, focus: table?): string? plays one
---@param usual integer how many are played
---@param long integer how often so many in a long run
---@param most integer how many are played until broken scripts must be noticed
---@return Histories
function histories.new(violation, usual, long, most)
  local chosen = tonumber(os.getenv "PERIGEE_HISTORIES")
  local count = (chosen or SANITIZED and usual // 4 or usual) * (LONG and long or 1)
  return setmetatable({ violation = violation, count = count, most = most,
    words = ("%d histories from seed %d"):format(count, SEED) }, histories)
end

--- Raises where one does not hold.
---@param scripts table<string, table>
---@param focus table? traits that are not left to chance
---@param share integer? a share of them alone is played: 10 is a tenth
function histories:assert_hold(scripts, focus, share)
  counted(1 + (self.count - 1) // (share or 1), "histories of a list that changes")
  for seed = SEED, SEED + (self.count - 1) // (share or 1) do
    local wrong = self.violation(seed, scripts, focus)
    local name = focus and focus.name and focus.name .. ": " or ""
    luassert.is_nil(wrong, wrong and ("PERIGEE_SEED=%d PERIGEE_HISTORIES=1: %s%s"):format(seed, name, wrong))
  end
end

--- Raises where none notices the scripts: one in which the normal ones hold, unless those themselves are to be noticed.
---@param broken table<string, table>
---@param normal table<string, table>
---@param focus table?
---@param first integer? where to begin, as one that is known to notice them may be far from the first
function histories:assert_caught(broken, normal, focus, first)
  first = first or 1
  for seed = first, first + self.most - 1 do
    if self.violation(seed, broken, focus) and (broken == normal or not self.violation(seed, normal, focus)) then return end
  end
  error(("%d histories found nothing wrong with it"):format(self.most), 2)
end

return histories
