-- Environments of a project, hidden ones too, and whether each is hidden there.
return {
  name = "project_environments",
  path = "projects/{organization}/{project}/environments/",
  params = { visibility = "all" },
  paging = "none",
  primary_key = { "project", "id" },
  add = { project = "{project}" },
  scope = "project:read",
}
