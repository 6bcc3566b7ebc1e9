-- Detectors, which Sentry's pages call monitors, of all projects that the token may see.
-- Not seen on a real server: from the documentation.
return {
  name = "detectors",
  path = "organizations/{organization}/detectors/",
  params = { project = -1, sortBy = "id" },
  primary_key = "id",
  cursor = { field = "dateUpdated", changes = true },
  scope = "org:read",
  seen = false,
}
