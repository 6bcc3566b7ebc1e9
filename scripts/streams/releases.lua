-- Releases of the organization: of all projects that the token may see, archived ones too. Servers list them by dates
-- that change later, or lie in the past when they come, so there is no order to stop on; older ones give them no id, so a
-- release is known by its version.
return {
  name = "releases",
  path = "organizations/{organization}/releases/",
  params = { project = -1, status = "" },
  narrowed_by = { environments = "environment", release = "query" },
  primary_key = "id",
  identity = "version",
  cursor = { field = "dateCreated", changes = true },
  scope = "project:releases",
  default = true,
  suggested = true,
}
