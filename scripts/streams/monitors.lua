-- Cron monitors of all projects that the token may see. Servers list them by status and last check-in, which change.
return {
  name = "monitors",
  path = "organizations/{organization}/monitors/",
  params = { project = -1 },
  primary_key = "id",
  cursor = { field = "dateCreated", changes = true },
  scope = "org:read",
  suggested = true,
}
