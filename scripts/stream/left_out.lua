-- Members of records that hold secrets: a stream's `secrets`. They are left out, unless include_secrets of the configuration has
-- the stream's name, or that and the member's (`project_keys.dsn.secret`), or one of the API's own names for such members.
local member = require "lib.member"
local set_of = require "lib.set_of"

local left_out = {}

local function last_name(path)
  local names = member.names(path)
  return names[#names]
end

---The members that are taken out of a stream's records.
---@param stream {name: string, secrets: string[]}
---@param included string[]?
---@return string[]? paths nil: none
function left_out.paths(stream, included)
  local wanted, paths = set_of(included or {}), {}
  for _, path in ipairs(stream.secrets or {}) do
    local comes = wanted[stream.name] or wanted[stream.name .. "." .. path] or wanted[last_name(path)]
    if not comes then paths[#paths + 1] = path end
  end
  return paths[1] and paths
end

---The names of members that are never stored of any stream, and of those that this one leaves out, which need no column.
---@param stream {secrets: string[], api: api}
---@return string[]
function left_out.columns(stream)
  local names = {}
  for _, name in ipairs(stream.api.secret_members or {}) do names[#names + 1] = name end
  for _, path in ipairs(stream.secrets or {}) do
    if #member.names(path) == 1 then names[#names + 1] = last_name(path) end
  end
  return names
end

---The names of members that are not stored of any stream, less what is included of this one.
---@param stream string
---@param names string[]?
---@param included string[]?
---@return string[]
function left_out.names(stream, names, included)
  local wanted, left = {}, {}
  for _, one in ipairs(included or {}) do
    local path = one:sub(1, #stream + 1) == stream .. "." and one:sub(#stream + 2)
    wanted[path and last_name(path) or one] = true
  end
  for _, name in ipairs(names or {}) do
    if not wanted[stream] and not wanted[name] then left[#left + 1] = name end
  end
  return left
end

return left_out
