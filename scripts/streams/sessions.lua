-- Sessions and users of each release, by day, project, environment and status: what crash-free rates are made of.
local PATH = "organizations/{organization}/sessions/"

return {
  name = "sessions",
  path = PATH,
  primary_key = { "date", "projectId", "release", "environment", "status" },
  cursor = { field = "date" },
  scope = "org:read",
  seen = false,
  read = require "sentry.day_grid" {
    path = PATH,
    params = { field = { "sum(session)", "count_unique(user)" }, includeSeries = 0, per_page = 5000,
      groupBy = { "project", "release", "environment", "session.status" } },
    by = { project = "projectId", release = "release", environment = "environment", ["session.status"] = "status" },
    counts = { ["sum(session)"] = "sessions", ["count_unique(user)"] = "users" },
  },
}
