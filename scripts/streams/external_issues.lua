-- The issues of other trackers that each issue is linked to.
return {
  name = "external_issues",
  parent = "issues",
  follow_parent = true,
  path = "organizations/{organization}/issues/{parent.id}/external-issues/",
  primary_key = "id",
  add = { issueLastSeen = "{parent.lastSeen}", project = "{parent.project.slug}" },
  cursor = { field = "issueLastSeen" },
  scope = "event:read",
}
