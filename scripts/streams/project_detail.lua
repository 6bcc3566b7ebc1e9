-- The configured project, with all its settings: one record.
return {
  name = "project_detail",
  path = "projects/{organization}/{project}/",
  single = true,
  primary_key = "id",
  scope = "project:read",
  secrets = { "securityToken", "options.sentry:token", "options.sentry:symbol_sources" },
  default = true,
}
