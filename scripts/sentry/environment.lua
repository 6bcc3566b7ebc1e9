-- Where a configuration for Sentry comes from when no file holds one: the environment, or the addresses in a recording.
local environment = {}

---The variables that Sentry's own tools have, by the fields of the configuration.
environment.variables = {
  auth_token = "SENTRY_AUTH_TOKEN", organization = "SENTRY_ORG", project = "SENTRY_PROJECT", hostname = "SENTRY_URL",
}

---The fields in order, and those that must be set.
environment.fields = { "auth_token", "organization", "project", "hostname" }
environment.required = { "auth_token", "organization" }

---What is said where nothing names a server.
environment.unknown = [[
it is not known whom to ask. Either set
  SENTRY_AUTH_TOKEN and SENTRY_ORG (SENTRY_PROJECT, unless all are meant; SENTRY_URL, unless that is https://sentry.io)
in the environment; or name a file by --config, with a JSON object such as
  {"auth_token": "…", "organization": "my-org", "project": "my-project", "hostname": "sentry.io"}
or name a recording by --replay, which needs neither]]

---What a configuration says of where to ask, as far as a request's address tells it.
---@param address string
---@return {hostname: string, organization: string?, project: string?}?
function environment.place_of(address)
  local base, path = address:match "^(https?://[^?#]-)/api/0/([^?#]*)"
  if not base then
    base = address:match "^https?://[^/?#]+"
    return base and { hostname = base }
  end
  local organization, project = path:match "^projects/([^/]+)/([^/]+)/"
  return { hostname = base, organization = organization or path:match "^organizations/([^/]+)/", project = project }
end

---The first address in a recording's text that names a project; or else an organization.
---@param text string
---@return string?
function environment.find_place(text)
  return text:match '"(https?://[^"%s]-/api/0/projects/[^"%s/]+/[^"%s/]+/[^"%s]*)"'
    or text:match '"(https?://[^"%s]-/api/0/organizations/[^"%s/]+/[^"%s]*)"'
end

---Was the list of projects asked for when this was recorded, because several were read?
---@param text string
---@return boolean
function environment.has_projects(text)
  return text:find '"https?://[^"%s]-/api/0/organizations/[^"%s/]+/projects/%?per_page=100"' ~= nil
end

return environment
