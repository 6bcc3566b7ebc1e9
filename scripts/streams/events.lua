-- Error events of a project, with their full bodies, newest first.
-- GlitchTip lists them by the time it received them, so either order may hold.
return {
  name = "events",
  path = "projects/{organization}/{project}/events/",
  params = { full = "true" },
  primary_key = "id",
  cursor = { field = "dateCreated", ordered_by = { "dateCreated", "dateReceived" }, window = true },
  scope = "project:read",
}
