-- Dashboards of the organization; those that Sentry has made itself have a word for an id, and no time.
return {
  name = "dashboards",
  path = "organizations/{organization}/dashboards/",
  primary_key = "id",
  scope = "org:read",
}
