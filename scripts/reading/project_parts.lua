-- The parts of a state in which those of several projects stand: {of, seed, projects = {SLUG = part}}, where `of` and `seed` hold
-- for all; and the state of one of them may stand at the top, as it is alone. From when on it has records, each part says itself.
local json = require "json"
local merged = require "lib.merged"

local project_parts = {}

project_parts.PLACES = { "projects.*" } -- for json.decode: parts that need not be taken apart yet

---@alias part table|json.text

---A part, taken apart.
---@param part part
---@return table
function project_parts.open(part) return json.is_text(part) and json.decode(part) or part end

---Is the state one of several projects? A script of its own may have a `projects` in its state, but no `of` beside it.
---@param state any
---@return boolean
function project_parts.several(state)
  return type(state) == "table" and type(state.of) == "table" and type(state.projects) == "table"
end

---@param state table
---@return table<string, part> parts by their projects
---@return table plain what stands at the top
function project_parts.split(state)
  local parts, plain = {}, merged(state)
  if not project_parts.several(state) then return parts, plain end
  for slug, part in pairs(state.projects) do
    parts[slug] = (type(part) == "table" or json.is_text(part)) and part or nil
  end
  plain.projects = nil
  return parts, plain
end

---A part as it would be alone.
---@param part part
---@param slug string
---@param state {of: table, seed: string?} of all projects
---@return table state
function project_parts.alone(part, slug, state)
  local own, of = merged(project_parts.open(part)), merged(state.of, { project = slug })
  of.start_date, own.start_date = own.start_date, nil
  return merged(own, { of = of, seed = state.seed })
end

---@param state table
---@return table<string, table> states by their projects, each as it would be alone
---@return table plain what stands at the top
function project_parts.take(state)
  local states, plain = project_parts.split(state)
  for slug, part in pairs(states) do states[slug] = project_parts.alone(part, slug, state) end
  return states, plain
end

---A state as it stands among others: without what holds for all.
---@param state table
---@return table
function project_parts.of(state)
  local part = merged(state)
  part.start_date = type(part.of) == "table" and part.of.start_date or nil
  part.of, part.seed = nil, nil
  return part
end

return project_parts
