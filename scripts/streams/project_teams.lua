-- The teams of each project.
return {
  name = "project_teams",
  path = "projects/{organization}/{project}/teams/",
  primary_key = { "project", "id" },
  add = { project = "{project}" },
  scope = "project:read",
}
