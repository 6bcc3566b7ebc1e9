-- Who is in which team.
return {
  name = "team_members",
  parent = "teams",
  path = "teams/{organization}/{parent.slug}/members/",
  primary_key = { "team_id", "id" },
  add = { team_id = "{parent.id}" },
  scope = "team:read",
}
