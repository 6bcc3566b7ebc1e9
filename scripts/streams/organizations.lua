-- The organizations that the token can see. For an integration's token the server's list is empty, and the configured one takes
-- its place.
return {
  name = "organizations",
  path = "organizations/",
  complement = {
    record = "organizations/{organization}/",
    -- As a Sentry 23.7.1 lists them, whose own document of one has all of these, with the same values.
    fields = { "id", "slug", "status", "name", "dateCreated", "isEarlyAdopter", "require2FA", "requireEmailVerification",
      "avatar", "features", "links", "hasAuthProvider" },
  },
  primary_key = "id",
  scope = "org:read",
}
