-- Teams of the organization. Their projects are left out; project_teams has them.
return {
  name = "teams",
  path = "organizations/{organization}/teams/",
  params = { detailed = 0 },
  primary_key = "id",
  cursor = { field = "dateCreated", changes = true },
  scope = "org:read",
  suggested = true,
}
