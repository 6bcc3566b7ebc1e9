-- The inbound filters of a project, and whether each is on; one of them has a list in place of that.
return {
  name = "filters",
  path = "projects/{organization}/{project}/filters/",
  paging = "none",
  primary_key = { "project", "id" },
  add = { project = "{project}" },
  scope = "project:read",
}
