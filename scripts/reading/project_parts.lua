-- The parts of a state in which those of several projects stand: {of, seed, projects = {SLUG = part}}, where `of` and `seed` hold
-- for all; and the state of one of them may stand at the top, as it is alone.
local merged = require "lib.merged"

local project_parts = {}

---Is the state one of several projects? A script of its own may have a `projects` in its state, but no `of` beside it.
---@param state any
---@return boolean
function project_parts.several(state)
  return type(state) == "table" and type(state.of) == "table" and type(state.projects) == "table"
end

---@param state table
---@return table<string, table> states by their projects, each as it would be alone
---@return table plain what stands at the top
function project_parts.take(state)
  local states, plain = {}, merged(state)
  if not project_parts.several(state) then return states, plain end
  for slug, part in pairs(state.projects) do
    if type(part) == "table" then
      states[slug] = merged(part, { of = merged(state.of, { project = slug }), seed = state.seed })
    end
  end
  plain.projects = nil
  return states, plain
end

---A state as it stands among others: without what holds for all.
---@param state table
---@return table part
function project_parts.of(state)
  local part = merged(state)
  part.of, part.seed = nil, nil
  return part
end

return project_parts
