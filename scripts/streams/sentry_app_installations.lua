-- Which of such integrations are installed in the organization. An integration's own token is refused (404).
return {
  name = "sentry_app_installations",
  path = "organizations/{organization}/sentry-app-installations/",
  primary_key = "uuid",
  secrets = "code",
  scope = "org:read",
}
