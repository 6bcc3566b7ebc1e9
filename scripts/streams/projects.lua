-- All projects that the token can see. Hosted Sentry lists them by slug, so there is no order to stop on.
return {
  name = "projects",
  path = "projects/",
  primary_key = "id",
  cursor = { field = "dateCreated" },
  scope = "project:read",
}
