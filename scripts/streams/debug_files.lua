-- Debug information files of a project, listed by number, the newest first. One that is deleted moves others to a page that was
-- read already, so there is no order to stop on.
return {
  name = "debug_files",
  path = "projects/{organization}/{project}/files/dsyms/",
  primary_key = "id",
  add = { project = "{project}" },
  cursor = { field = "dateCreated" },
  scope = "project:releases",
}
