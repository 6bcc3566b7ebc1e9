-- Which organizations and projects a token sees, for a person who has to choose.
local places = {}

local function slugs(client, path)
  local list, message, kind = client:document(path)
  if type(list) ~= "table" then return nil, message or "the server gave no list", kind or "system_error" end
  local found = {}
  for _, one in ipairs(list) do
    if type(one) == "table" and type(one.slug) == "string" then found[#found + 1] = one.slug end
  end
  table.sort(found)
  return found
end

---@param client client
---@return string[]? slugs the first page of them
---@return string? message
---@return failure_type? failure_type
function places.organizations(client) return slugs(client, "organizations/") end

---The same of the projects of the configured organization.
function places.projects(client) return slugs(client, "organizations/{organization}/projects/") end

return places
