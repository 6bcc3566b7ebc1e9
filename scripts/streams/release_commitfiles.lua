-- The files that the commits of each release have changed. They are listed again when the release's row has changed.
-- Thousands may have one name, by which they are listed, so there is no order to stop on.
return {
  name = "release_commitfiles",
  parent = "releases",
  follow_parent = true,
  path = "organizations/{organization}/releases/{parent.version}/commitfiles/",
  primary_key = { "release", "id" },
  add = { release = "{parent.version}", releaseDateCreated = "{parent.dateCreated}" },
  cursor = { field = "releaseDateCreated" },
  scope = "project:releases",
}
