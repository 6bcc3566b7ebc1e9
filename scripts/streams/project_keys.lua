-- Client keys of a project, by which programs send events.
return {
  name = "project_keys",
  path = "projects/{organization}/{project}/keys/",
  primary_key = "id",
  add = { project = "{project}" },
  cursor = { field = "dateCreated", changes = true },
  secrets = { "secret", "dsn.secret" },
  scope = "project:read",
}
