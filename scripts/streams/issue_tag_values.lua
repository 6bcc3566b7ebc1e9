-- The values of each tag of each issue, the last seen first. Sentry gives a thousand of a tag at most.
return {
  name = "issue_tag_values",
  parent = "issue_tags",
  follow_parent = true,
  path = "organizations/{organization}/issues/{parent.issueId}/tags/{parent.key}/values/",
  fallback = "issues/{parent.issueId}/tags/{parent.key}/values/",
  params = { sort = "date" },
  primary_key = { "issueId", "tag", "value" },
  add = { issueId = "{parent.issueId}", tag = "{parent.key}", project = "{parent.project}" },
  cursor = { field = "lastSeen" },
  most_rows = 1000,
  scope = "event:read",
  seen = false,
}
