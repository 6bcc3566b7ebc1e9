-- The states of several projects that stand in one state of a stream (reading/projects.lua), taken apart to be joined one by one.
local merged = require "lib.merged"
local project_parts = require "reading.project_parts"
local shards = require "reading.shards"

local project_states = {}

local ALL = "" -- in a project's place, where a state is of none, or of all of them

---@param state table of a shard
---@return table<string, table> states by their projects, each as it would be alone
function project_states.take(state)
  local marker, taken = shards.marker(state), {}
  local entries, plain = project_parts.take(state)
  for slug, entry in pairs(entries) do
    if shards.marker(entry) then taken[slug] = entry end
  end
  if marker.by ~= "projects" then
    taken[type(marker.place) == "table" and marker.place.project or ALL] = plain
  elseif not project_parts.several(state) then taken[ALL] = state end
  return taken
end

---@param parts table<string, table> joined states by their projects
---@param several boolean they were in one
---@return table? state
function project_states.give(parts, several)
  local _, first = next(parts)
  if not several or not first or parts[ALL] then return parts[ALL] or first end
  local of, projects, seed = nil, {}, nil
  for slug, one in pairs(parts) do
    projects[slug], of, seed = project_parts.of(one), of or one.of, seed or one.seed
  end
  if not of then return nil end
  of = merged(of)
  of.project, of.start_date = nil, nil
  return { of = of, seed = seed, projects = projects }
end

---The seed of most of the keys that states hold.
---@param states table<integer, table>
---@return string?
function project_states.find_seed(states)
  local counts, best = {}, nil
  for _, one in pairs(states) do
    local seed = one.seed
    if seed then
      counts[seed] = (counts[seed] or 0) + (type(one.recent) == "table" and #one.recent.keys or 0)
      if not best or counts[seed] > counts[best] then best = seed end
    end
  end
  return best
end

return project_states
