-- The deploys of each release. They are listed again when the release's row has changed (deployCount, lastDeploy). Many are
-- finished in the same second, so the list has no order to stop on.
return {
  name = "release_deploys",
  parent = "releases",
  follow_parent = true,
  path = "organizations/{organization}/releases/{parent.version}/deploys/",
  primary_key = "id",
  add = { release = "{parent.version}" },
  cursor = { field = "dateFinished" },
  scope = "project:releases",
}
