-- The files that were uploaded to each release, as older versions of sentry-cli did; artifact bundles are none of them.
-- Nothing in a release's row counts its files, so that those of all releases are listed in each read.
return {
  name = "release_files",
  parent = "releases",
  path = "organizations/{organization}/releases/{parent.version}/files/",
  primary_key = "id",
  add = { release = "{parent.version}" },
  scope = "project:releases",
}
