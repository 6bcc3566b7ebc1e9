-- Saved queries of Discover.
return {
  name = "discover_saved",
  path = "organizations/{organization}/discover/saved/",
  primary_key = "id",
  cursor = { field = "dateUpdated", changes = true },
  scope = "org:read",
}
