--- The ways in which a read ends before its time, for specs that end some at random; each sets what perigee.run_all knows.
local SHELL_BLOCK = 512 -- bytes; what ulimit -f counts

---@param between fun(low: number, high: number): number at random
---@return table<string, fun(words: table)> endings
---@return string[] names in order
return function(between)
  local endings = {
    killed = function(words) words.ended = { "KILL", between(0.02, 0.3) } end,
    terminated = function(words) words.ended = { "TERM", between(0.02, 0.3) } end,
    ["out of readers"] = function(words)
      local bytes = math.floor(between(0, 200000))
      words.wrap = function(command, out) return ("%s | head -c %d >%s"):format(command, bytes, out) end
    end,
    ["held up by a full pipe, then killed"] = function(words)
      local bytes = math.floor(between(0, 100000))
      words.ended = { "KILL", 0.4 }
      words.wrap = function(command, out) return ("%s | { head -c %d; sleep 0.5; } >%s"):format(command, bytes, out) end
    end,
    ["out of disk"] = function(words)
      local blocks = math.floor(between(0, 200000 / SHELL_BLOCK))
      words.wrap = function(command, out) return ("trap '' XFSZ; ulimit -f %d; %s >%s"):format(blocks, command, out) end
    end,
    ["out of disk at once"] = function(words)
      words.wrap = function(command) return command .. " >/dev/full" end
    end,
  }
  local names = {}
  for name in pairs(endings) do names[#names + 1] = name end
  table.sort(names)
  return endings, names
end
