-- Members of the organization, and who was invited.
return {
  name = "members",
  path = "organizations/{organization}/members/",
  primary_key = "id",
  cursor = { field = "dateCreated", changes = true },
  scope = "member:read",
  suggested = true,
}
