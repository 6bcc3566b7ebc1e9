--- Runs the binary, and says what its runs took of memory and of the processor.
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"

-- Writes into its first argument what the largest process of the run took of memory, in KiB, and all of them of the
-- processor, in seconds.
local MEASURE = [[
import os, sys
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(pid, 0)
with open(sys.argv[1], "w") as file:
    print(used.ru_maxrss, used.ru_utime + used.ru_stime, file=file)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)]]

local measured = {}

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function wrap(run, to)
  return ("python3 -I -S -c %s %s.used sh -c %s >%s"):format(quoted(MEASURE), to, quoted(run), to)
end

---@class Measured
---@field kib integer
---@field seconds number of the processor

--- Runs it once for each of these words, as perigee.run_all does.
---@param list table[]
---@param at_once integer?
---@return result[]
---@return Measured[] in the order of the list
function measured.all(list, at_once)
  local paths, used = {}, {}
  for i, words in ipairs(list) do
    words.wrap = function(run, to)
      paths[i] = to:gsub("^'(.*)'$", "%1")
      return wrap(run, to)
    end
  end
  local results = perigee.run_all(list, at_once)
  for i, path in ipairs(paths) do
    local kib, seconds = files.read(path .. ".used"):match "(%d+) (%S+)"
    used[i] = { kib = math.tointeger(kib), seconds = tonumber(seconds) }
  end
  return results, used
end

--- Called, it runs the binary once.
---@param words string[]
---@return result
---@return integer kib
return setmetatable(measured, { __call = function(_, words)
  local results, used = measured.all({ words }, 1)
  return results[1], used[1].kib
end })
