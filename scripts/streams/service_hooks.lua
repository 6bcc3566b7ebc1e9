-- Service hooks of a project: addresses that are told of its events.
return {
  name = "service_hooks",
  path = "projects/{organization}/{project}/hooks/",
  primary_key = "id",
  add = { project = "{project}" },
  cursor = { field = "dateCreated", changes = true },
  secrets = "secret",
  scope = "project:read",
}
