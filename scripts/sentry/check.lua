-- Whether the configured organization and project can be read, and what to do where they cannot.
local meant = require "sentry.meant"
local parallel = require "lib.parallel"
local region_of_one = require "sentry.region"
local regions = require "sentry.regions"

-- What to do about a response that did not come, by the code of the HTTP module.
local advice = {
  dns = "check hostname",
  connect = "check hostname, its port and the proxy if there is one, and that it can be reached from here",
  tls = "mend the server's certificate, or put the authority that signed it into ca_file",
  malformed = "check hostname: it must be the address of Sentry itself, not of a page of it or of a login before it",
}

-- What to do where an organization is of another region than the server that is asked; nil: it is not.
local function region_of(organization, config)
  local named, foreign = region_of_one.elsewhere(organization, config.base_url)
  return named and region_of_one.explain(config.organization, named, foreign)
end

-- The organization is unknown: which one was meant, or where is it?
local function explain_organization(client, config)
  local unknown = ("%s knows no organization '%s', which may be misspelt or hidden from the token%s"):format(config.base_url,
    config.organization, regions.hint(config.base_url))
  local organizations, note = meant.places(client, "organizations/")
  for _, place in ipairs(organizations) do
    local region = place.slug == config.organization and region_of(place, config)
    if region then return region end
  end
  return unknown .. (meant.words(config.organization, organizations) or note) .. "; check organization and hostname"
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

local function ask_for_project(client)
  local found, message, _, outcome = client:document("projects/{organization}/{project}/", nil, "project:read")
  return { found = found, message = message, status = outcome.status, scope = outcome.scope, code = outcome.code }
end

---@param client client
---@param config table
---@param told told? of the organization, where it was asked for already
---@return true? found
---@return string? message
---@return string[]? lacking what the token may not read, with the scopes for it
---@return string? code of the HTTP module, where no response came
---@return boolean? refused the project is there, as far as is known, and the token may not read it
return function(client, config, told)
  local responses = parallel({ region_of_one.ask, ask_for_project }, 2, function(ask)
    return ask == region_of_one.ask and told and told.code ~= "replay" and told or ask(client)
  end)
  local organization, project = responses[1], responses[2]
  if advice[project.code] then project.message = project.message .. "; " .. advice[project.code] end
  if project.found then return true end
  if organization.status == 404 and project.status == 404 then return nil, explain_organization(client, config) end
  local region = region_of(organization.found, config)
  if organization.found and project.status == 404 then
    return nil, meant.project(client, config) or region or project.message
  end
  if region and project.status == 401 then return nil, region end
  return nil, project.message, list_lacking(responses), project.code, project.status == 403
end
