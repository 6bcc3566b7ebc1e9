-- Environments of all projects that the token may see, hidden ones too.
return {
  name = "environments",
  path = "organizations/{organization}/environments/",
  params = { project = -1, visibility = "all" },
  paging = "none",
  primary_key = "id",
  scope = "org:read",
  suggested = true,
}
