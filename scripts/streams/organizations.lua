-- The organizations that the token can see.
return {
  name = "organizations",
  path = "organizations/",
  primary_key = "id",
  scope = "org:read",
}
