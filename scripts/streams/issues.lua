-- Issues of a project, resolved ones too, the last seen first.
-- The empty query is sent on purpose: without one Sentry lists unresolved issues only.
return {
  name = "issues",
  path = "projects/{organization}/{project}/issues/",
  params = { query = "" },
  primary_key = "id",
  cursor = { field = "lastSeen", ordered_by = { "lastSeen" }, changes = true },
  scope = "event:read",
}
