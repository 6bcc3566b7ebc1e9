-- Error events of a project, with their full bodies, newest first.
-- GlitchTip lists them by the time it received them, so either order may hold.
return {
  name = "events",
  path = "projects/{organization}/{project}/events/",
  params = { full = "true" },
  primary_key = "id",
  cursor = { field = "dateCreated", ordered_by = { "dateCreated", "dateReceived" }, window = true },
  scope = "project:read",
  default = true,
  suggested = true,
  -- Hosted Sentry gives ten a page and 60 pages a minute of this list, and far more of the lists of issues. Only errors have
  -- events; an issue's lastSeen is written some seconds after its event can be read.
  through = {
    parent = "issues",
    path = "organizations/{organization}/issues/{parent.id}/events/",
    scope = "event:read",
    belongs = function(issue) return type(issue.issueCategory) ~= "string" or issue.issueCategory == "error" end,
    setting = "events_route",
    lag_seconds = 120,
    brief = { full = "false" }, -- a hundred events a page, not ten
  },
}
