-- How many events, transactions, replays and the like came, by day, project, category, outcome and reason.
-- Grouped by project, Sentry gives sums alone and no series, so that each day is one request.
local PATH = "organizations/{organization}/stats_v2/"

return {
  name = "stats_v2",
  path = PATH,
  primary_key = { "date", "projectId", "category", "outcome", "reason" },
  cursor = { field = "date" },
  scope = "org:read",
  seen = false,
  read = require "sentry.day_grid" {
    path = PATH,
    params = { field = { "sum(quantity)", "sum(times_seen)" }, groupBy = { "project", "category", "outcome", "reason" } },
    by = { project = "projectId", category = "category", outcome = "outcome", reason = "reason" },
    counts = { ["sum(quantity)"] = "quantity", ["sum(times_seen)"] = "timesSeen" },
  },
}
