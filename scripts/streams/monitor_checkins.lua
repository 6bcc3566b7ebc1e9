-- Check-ins of each cron monitor, newest first; without a period Sentry gives those of 90 days. One that is under way comes again
-- when it has ended, within the lookback.
return {
  name = "monitor_checkins",
  parent = "monitors",
  path = "organizations/{organization}/monitors/{parent.slug}/checkins/",
  params = { statsPeriod = "3650d" },
  primary_key = "id",
  add = { monitor_id = "{parent.id}" },
  cursor = { field = "dateCreated", ordered_by = "dateCreated", changes = true },
  scope = "project:read",
}
