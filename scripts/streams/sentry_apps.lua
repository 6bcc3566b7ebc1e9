-- Integrations that the organization has made, internal ones too.
return {
  name = "sentry_apps",
  path = "organizations/{organization}/sentry-apps/",
  primary_key = "uuid",
  secrets = "clientSecret",
  scope = "org:read",
}
