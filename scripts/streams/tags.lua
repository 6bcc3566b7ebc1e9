-- The tags of the organization's events of the last 90 days.
return {
  name = "tags",
  path = "organizations/{organization}/tags/",
  params = { project = -1 },
  paging = "none",
  primary_key = "key",
  scope = "org:read",
  seen = false,
}
