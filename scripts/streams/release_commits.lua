-- The commits of each release, in their order in it. They are listed again when the release's row has changed (commitCount,
-- lastCommit).
return {
  name = "release_commits",
  parent = "releases",
  follow_parent = true,
  path = "organizations/{organization}/releases/{parent.version}/commits/",
  primary_key = { "release", "id" },
  add = { release = "{parent.version}" },
  cursor = { field = "dateCreated" },
  scope = "project:releases",
}
