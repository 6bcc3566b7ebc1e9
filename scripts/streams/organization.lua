-- The configured organization, with its settings: one record. Its teams and projects are streams of their own.
return {
  name = "organization",
  path = "organizations/{organization}/",
  params = { detailed = 0 },
  single = true,
  primary_key = "id",
  scope = "org:read",
}
