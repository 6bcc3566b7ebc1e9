-- What was done with each issue: resolved, assigned, commented. Sentry gives the newest hundred of an issue, and no page beyond.
return {
  name = "issue_activities",
  parent = "issues",
  follow_parent = true,
  path = "organizations/{organization}/issues/{parent.id}/activities/",
  fallback = "issues/{parent.id}/activities/",
  records = "activity",
  paging = "none",
  primary_key = { "issueId", "id" },
  add = { issueId = "{parent.id}", project = "{parent.project.slug}" },
  cursor = { field = "dateCreated" },
  most_rows = 100,
  scope = "event:read",
}
