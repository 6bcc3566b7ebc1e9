-- All projects that the token can see; where the server has given that list up, those of the organization.
-- Hosted Sentry lists them by slug, so there is no order to stop on.
return {
  name = "projects",
  path = "projects/",
  fallback = "organizations/{organization}/projects/",
  primary_key = "id",
  cursor = { field = "dateCreated", changes = true },
  scope = "project:read",
}
