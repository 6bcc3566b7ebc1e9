-- Releases of the organization. Servers list them by dates that change later, so there is no order to stop on;
-- older servers give them no id, so what makes one release another is its version.
return {
  name = "releases",
  path = "organizations/{organization}/releases/",
  primary_key = "id",
  identity = "version",
  cursor = { field = "dateCreated" },
  scope = "project:releases",
}
