-- What was attached to events: name, size and digest of each file, by its issue, whose list takes one request in place of one for
-- each event.
return {
  name = "event_attachments",
  parent = "issues",
  follow_parent = true,
  path = "organizations/{organization}/issues/{parent.id}/attachments/",
  fallback = "issues/{parent.id}/attachments/",
  primary_key = "id",
  add = { issueId = "{parent.id}", project = "{parent.project.slug}" },
  cursor = { field = "dateCreated" },
  scope = "event:read",
}
