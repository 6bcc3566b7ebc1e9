-- The hashes by which events came into each issue. Without `full=false` each would carry an event.
return {
  name = "issue_hashes",
  parent = "issues",
  follow_parent = true,
  path = "organizations/{organization}/issues/{parent.id}/hashes/",
  fallback = "issues/{parent.id}/hashes/",
  params = { full = "false" },
  primary_key = { "issueId", "id" },
  add = { issueId = "{parent.id}", issueLastSeen = "{parent.lastSeen}", project = "{parent.project.slug}" },
  cursor = { field = "issueLastSeen" },
  scope = "event:read",
}
