-- Issues of a project, resolved ones too, the last seen first.
-- Hosted Sentry is asked for the organization's list, of that project: its own is to go there.
-- The empty query is sent on purpose: without one Sentry lists unresolved issues only.
return {
  name = "issues",
  path = "projects/{organization}/{project}/issues/",
  fallback = "organizations/{organization}/issues/",
  params = { query = "" },
  narrowed_by = { issue_query = "query", environments = "environment", release = { "query", 'release:"%s"' } },
  primary_key = "id",
  cursor = { field = "lastSeen", ordered_by = { "lastSeen" }, changes = true },
  -- An issue that is resolved, ignored, assigned or merged keeps its lastSeen. Its counts fall by themselves, as events become
  -- too old to be kept; with a new event it comes anyway. Older issues than that are in no list.
  refresh = { every = "P1D", without = { "count", "userCount" }, kept = "P90D" },
  scope = "event:read",
  default = true,
  suggested = true,
}
