-- The CODEOWNERS files of a project.
return {
  name = "codeowners",
  path = "projects/{organization}/{project}/codeowners/",
  paging = "none",
  primary_key = "id",
  add = { project = "{project}" },
  scope = "project:read",
}
