-- The releases of each project, once for each project that a release is of. They are listed by dates that change later.
return {
  name = "project_releases",
  path = "projects/{organization}/{project}/releases/",
  params = { status = "" },
  primary_key = { "project", "version" },
  add = { project = "{project}" },
  cursor = { field = "dateCreated", changes = true },
  scope = "project:releases",
}
