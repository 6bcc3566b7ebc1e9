-- The sets of streams that have a word: the shipped ones whose scripts say so, and in each of them those of the user's own.
local streams = require "stream.registry"

local sets = {}

local belongs = {
  default = function(one) return one.default end,
  suggested = function(one) return one.suggested end,
  all = function(one) return not one.only_named end,
}

---Whether a word is that of a set.
---@param word string
---@return boolean
function sets.has(word) return belongs[word] ~= nil end

---The names of the streams in a set, in order.
---@param word "default"|"suggested"|"all"
---@param names string[] of all streams, as streams.names gave them
---@return string[]? names
---@return string? message
---@return failure_type? failure_type
function sets.of(word, names)
  local outlines, message, kind = streams.outlines(names)
  if not outlines then return nil, message, kind end
  local chosen = {}
  for _, name in ipairs(names) do
    local one = outlines[name]
    if not one or belongs[word](one) then chosen[#chosen + 1] = name end
  end
  return chosen
end

return sets
