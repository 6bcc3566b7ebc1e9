-- The audit log. It needs a scope that may also write, so it is read where it is named alone.
return {
  name = "audit_logs",
  path = "organizations/{organization}/audit-logs/",
  records = "rows",
  primary_key = "id",
  cursor = { field = "dateCreated", ordered_by = "dateCreated" },
  -- of a client key, an API key and a project whose settings somebody has changed
  secrets = { "data.secret_key", "data.key", "data.sentry:token", "data.sentry:symbol_sources" },
  scope = "org:write",
  only_named = true,
}
