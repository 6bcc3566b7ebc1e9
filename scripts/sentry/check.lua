-- Whether the configured organization and project can be read, and what to do where they cannot.
local parallel = require "lib.parallel"
local suggest = require "lib.suggest"

-- What each is asked by, and the scope that the token needs for it.
local ORGANIZATION = { "organizations/{organization}/", "org:read" }
local PROJECT = { "projects/{organization}/{project}/", "project:read" }

-- What to do about a response that did not come, by the code of the HTTP module.
local advice = {
  dns = "check hostname",
  connect = "check hostname, its port and the proxy if there is one, and that it can be reached from here",
  tls = "mend the server's certificate, or put the authority that signed it into ca_file",
  proxy = "check proxy",
  malformed = "check hostname: it must be the address of Sentry itself, not of a page of it or of a login before it",
}

-- The project is unknown: which one was meant?
local function explain_project(client, config, message)
  local listed = client:document "organizations/{organization}/projects/"
  local slugs = {}
  for _, project in ipairs(type(listed) == "table" and listed or {}) do
    if type(project) == "table" then slugs[#slugs + 1] = tostring(project.slug) end
  end
  local meant = suggest.nearest(config.project, slugs)
  if meant then
    return ("the organization %s has no project '%s'; did you mean '%s'?"):format(config.organization, config.project, meant)
  end
  if #slugs > 0 then
    return ("the organization %s has no project '%s'; it has %s"):format(config.organization, config.project,
      table.concat(slugs, ", ", 1, math.min(#slugs, 10)))
  end
  return message
end

-- What the token may not read of these.
local function list_lacking(responses)
  local lacking = {}
  for i, name in ipairs { "the organization", "the project" } do
    local response = responses[i]
    if response.status == 403 then lacking[#lacking + 1] = ("%s (lacks the scope %s)"):format(name, response.scope) end
  end
  return lacking
end

---@param client client
---@param config table
---@return true? found
---@return string? message
---@return string[]? lacking what the token may not read, with the scopes for it
return function(client, config)
  local responses = parallel({ ORGANIZATION, PROJECT }, 2, function(place)
    local found, message, _, response = client:document(place[1], nil, place[2])
    local help = advice[response.code]
    return { found = found, message = help and message .. "; " .. help or message, status = response.status,
      scope = response.scope }
  end)
  local organization, project = responses[1], responses[2]
  if project.found then return true end
  if organization.status == 404 and project.status == 404 then
    return nil, ("%s knows no organization '%s', or the token may not see it; check organization and hostname")
      :format(config.base_url, config.organization)
  end
  if organization.found and project.status == 404 then return nil, explain_project(client, config, project.message) end
  return nil, project.message, list_lacking(responses)
end
