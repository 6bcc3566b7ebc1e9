-- What users wrote about errors, of each project, in the old form (`feedback` has the new one). The empty status is sent on
-- purpose: without one Sentry lists only what belongs to unresolved issues. It filters pages after it has cut them.
return {
  name = "user_feedback",
  path = "projects/{organization}/{project}/user-feedback/",
  params = { status = "" },
  primary_key = "id",
  add = { project = "{project}" },
  cursor = { field = "dateCreated", ordered_by = { "dateCreated" } },
  scope = "project:read",
}
