-- All projects that the token can see. A user's own list has only those in whose teams the user is, so that the others of the
-- organization are asked for one by one. Where the server has given that list up, the organization's is read in its place.
-- Hosted Sentry lists projects by slug, so there is no order to stop on.
return {
  name = "projects",
  path = "projects/",
  fallback = "organizations/{organization}/projects/",
  complement = {
    list = "organizations/{organization}/projects/", of = "organizations/{organization}/",
    record = "projects/{organization}/{parent.slug}/", scope = "org:read",
    -- As a Sentry 23.7.1 lists them, for users of no team at all; else those of the list's records count.
    fields = { "id", "slug", "name", "platform", "dateCreated", "isBookmarked", "isMember", "features", "firstEvent",
      "firstTransactionEvent", "access", "hasAccess", "hasMinifiedStackTrace", "hasMonitors", "hasProfiles", "hasReplays",
      "hasSessions", "isInternal", "isPublic", "avatar", "color", "status", "organization" },
  },
  primary_key = "id",
  cursor = { field = "dateCreated", changes = true },
  scope = "project:read",
  default = true,
  suggested = true,
}
