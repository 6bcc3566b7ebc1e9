-- Each dashboard with its widgets and their queries.
return {
  name = "dashboard_detail",
  parent = "dashboards",
  path = "organizations/{organization}/dashboards/{parent.id}/",
  single = true,
  primary_key = "id",
  scope = "org:read",
}
