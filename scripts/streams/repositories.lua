-- Repositories of the organization; disabled ones too, as these still have commits.
return {
  name = "repositories",
  path = "organizations/{organization}/repos/",
  params = { status = "" },
  primary_key = "id",
  cursor = { field = "dateCreated", changes = true },
  scope = "org:read",
  suggested = true,
}
