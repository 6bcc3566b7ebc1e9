-- The tags of each issue's events, with how many values each has and the most usual ones.
return {
  name = "issue_tags",
  parent = "issues",
  follow_parent = true,
  path = "organizations/{organization}/issues/{parent.id}/tags/",
  fallback = "issues/{parent.id}/tags/",
  paging = "none",
  primary_key = { "issueId", "key" },
  add = { issueId = "{parent.id}", issueLastSeen = "{parent.lastSeen}", project = "{parent.project.slug}" },
  cursor = { field = "issueLastSeen" },
  scope = "event:read",
}
