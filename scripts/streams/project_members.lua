-- Members of the organization who are in a team of the project.
return {
  name = "project_members",
  path = "projects/{organization}/{project}/members/",
  paging = "none",
  primary_key = { "project", "id" },
  add = { project = "{project}" },
  scope = "project:read",
}
