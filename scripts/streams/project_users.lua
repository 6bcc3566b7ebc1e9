-- Users whom a project's events are of, the last seen for the first time first. Newer servers may list them otherwise.
return {
  name = "project_users",
  path = "projects/{organization}/{project}/users/",
  primary_key = { "project", "id" },
  add = { project = "{project}" },
  cursor = { field = "dateCreated", ordered_by = "dateCreated" },
  scope = "project:read",
}
