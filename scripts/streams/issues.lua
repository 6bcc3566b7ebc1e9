-- Issues of a project, resolved ones too, the last seen first.
-- Hosted Sentry is asked for the organization's list, of that project: its own is to go there.
-- The empty query is sent on purpose: without one Sentry lists unresolved issues only.
return {
  name = "issues",
  path = "projects/{organization}/{project}/issues/",
  fallback = "organizations/{organization}/issues/",
  params = { query = "" },
  primary_key = "id",
  cursor = { field = "lastSeen", ordered_by = { "lastSeen" }, changes = true },
  refresh = "P1D", -- an issue that is resolved, ignored, assigned or merged keeps its lastSeen
  scope = "event:read",
  default = true,
  suggested = true,
}
