-- The events of each issue that has new ones, in their short form, newest first: of the last 90 days, as the server has it
-- where no dates are given. `events` has their full bodies.
return {
  name = "issue_events",
  parent = "issues",
  follow_parent = true,
  path = "organizations/{organization}/issues/{parent.id}/events/",
  fallback = "issues/{parent.id}/events/",
  params = { full = "false" },
  primary_key = "id",
  add = { project = "{parent.project.slug}" },
  cursor = { field = "dateCreated", ordered_by = { "dateCreated" } },
  scope = "event:read",
}
