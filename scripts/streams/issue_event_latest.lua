-- The last event of each issue, with its full body: one record an issue, requested again when the issue has a new event.
return {
  name = "issue_event_latest",
  parent = "issues",
  follow_parent = true,
  path = "organizations/{organization}/issues/{parent.id}/events/latest/",
  fallback = "issues/{parent.id}/events/latest/",
  single = true,
  primary_key = "issueId",
  identity = "id",
  add = { issueId = "{parent.id}", project = "{parent.project.slug}" },
  cursor = { field = "dateCreated" },
  scope = "event:read",
}
