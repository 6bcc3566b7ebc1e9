-- Each issue with all that its own page shows: its activity, participants, tags, first and last release. An issue is requested
-- again when it is new in `issues`, or has changed there.
return {
  name = "issue_detail",
  parent = "issues",
  follow_parent = true,
  path = "organizations/{organization}/issues/{parent.id}/",
  fallback = "issues/{parent.id}/",
  single = true,
  primary_key = "id",
  cursor = { field = "lastSeen" },
  scope = "event:read",
}
