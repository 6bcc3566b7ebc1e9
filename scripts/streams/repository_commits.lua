-- Commits of each repository, the last that Sentry was told of first.
return {
  name = "repository_commits",
  parent = "repositories",
  path = "organizations/{organization}/repos/{parent.id}/commits/",
  primary_key = { "repository_id", "id" },
  add = { repository_id = "{parent.id}" },
  cursor = { field = "dateCreated", ordered_by = "dateCreated" },
  scope = "org:read",
}
