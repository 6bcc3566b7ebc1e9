-- Workflows, which Sentry's pages call alerts. Their list is read whole, as one that is deleted meanwhile moves others to a page
-- that was read already. Without `project`, those of no project come too.
-- Not seen on a real server: from the documentation.
return {
  name = "workflows",
  path = "organizations/{organization}/workflows/",
  params = { sortBy = "id" },
  primary_key = "id",
  cursor = { field = "dateUpdated", changes = true },
  scope = "org:read",
  seen = false,
}
