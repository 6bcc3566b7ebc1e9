-- One stream's states of several shards, joined.
local airbyte = require "airbyte"
local digest = require "digest"
local join_days = require "state.join_days"
local json = require "json"
local merged = require "lib.merged"
local shards = require "reading.shards"
local stream_state = require "reading.stream_state"

local WAYS = "the states of the stream '%s' are of shards that were split in different ways; give all shards the same "
  .. "configuration and scripts"
local PLACES = "the states of the stream '%s' are of different hosts, organizations or projects"
local AFRESH = "%s: nothing of what was missing is known, so the next read reads the stream from its top"
local SEEDS = "%s: the shards had different tokens, so their keys cannot be compared: records of the lookback may come again"

-- Do all states agree in this?
local function agree(states, value_of)
  local first
  for _, one in pairs(states) do
    local value = value_of(one)
    if value ~= nil and first ~= nil and value ~= first then return false end
    if first == nil then first = value end
  end
  return true
end

local function place_of(one)
  local names, parts = {}, {}
  for name in pairs(type(one.of) == "table" and one.of or {}) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do parts[i] = name .. "=" .. tostring(one.of[name]) end
  return names[1] and table.concat(parts, "\n")
end

-- ---- a list that one shard reads whole

local function join_lists(name, states)
  local held, other
  for index, one in pairs(states) do
    if shards.marker(one).holder == index then held = one else other = one end
  end
  local state = shards.bare(held or other)
  if next(state) then return state end
  airbyte.log("WARN", AFRESH:format(name))
end

-- ---- full reads of several projects

local function join_finished(name, states, count)
  local finished = 0
  for _, one in pairs(states) do finished = finished + (stream_state.is_finished(one) and 1 or 0) end
  if finished == count then return { [stream_state.FINISHED] = true } end
  airbyte.log("WARN", AFRESH:format(name))
end

-- ---- children

-- What a state says without its keys, which were made in another way: a place among them is begun again.
local function without_keys(state)
  if type(state) ~= "table" then return state end
  local copy, walk = merged(state), type(state.walk) == "table" and merged(state.walk) or nil
  copy.recent, copy.walk = nil, walk
  if not walk then return copy end
  local gaps = json.array()
  for i, one in ipairs(walk.gaps) do gaps[i] = { lo = one.lo, hi = one.hi } end
  walk.gaps = gaps
  return copy
end

-- Of each parent the state of the shard that it falls to; where that is missing, what it was before.
local function join_parents(name, states, count, seed)
  local first, differ, finished, parents = nil, false, 0, {}
  for index, one in pairs(states) do
    first = first or one
    if stream_state.is_finished(one) then finished = finished + 1 else
      differ = differ or one.seed ~= seed
      for key, value in pairs(type(one.parents) == "table" and one.parents or {}) do
        local holder = digest.shard(shards.marker(one).list .. "\n" .. key, count)
        if holder == index or not states[holder] then parents[key] = one.seed == seed and value or without_keys(value) end
      end
    end
  end
  if finished == count then return { [stream_state.FINISHED] = true } end
  if differ then airbyte.log("WARN", SEEDS:format(name)) end
  if finished == 0 and next(parents) then return { of = first.of, seed = seed, parents = parents } end
  airbyte.log("WARN", AFRESH:format(name))
end

---@param name string
---@param states table<integer, table> by the shard's number; those that are missing have none
---@param count integer of shards
---@param seed string? of the keys that are kept, where states differ in it
---@return table? state nil: nothing is known
---@return string? message why they cannot be joined
return function(name, states, count, seed)
  local marker = shards.marker
  for _, what in ipairs { "by", "list", "holder", "field" } do
    if not agree(states, function(one) return marker(one)[what] end) then return nil, WAYS:format(name) end
  end
  if not agree(states, place_of) then return nil, PLACES:format(name) end
  local by = marker(select(2, next(states))).by
  if by == "list" then return join_lists(name, states) end
  if by == "projects" then return join_finished(name, states, count) end
  if by == "parents" then return join_parents(name, states, count, seed) end
  local joined, wrong, differ = join_days(name, states, count, seed)
  if differ then airbyte.log("WARN", SEEDS:format(name)) end
  return joined, wrong
end
