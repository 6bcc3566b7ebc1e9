-- The ownership rules of a project: one record.
return {
  name = "ownership",
  path = "projects/{organization}/{project}/ownership/",
  single = true,
  primary_key = "project",
  add = { project = "{project}" },
  scope = "project:read",
}
