-- The hashes by which Sentry groups events, for each issue of the project.
-- A child stream: one list for each record of `issues`, as many at once as num_workers allows.
return {
  name = "hashes",
  parent = "issues",
  path = "organizations/{organization}/issues/{parent.id}/hashes/",
  primary_key = { "issue_id", "id" },
  scope = "event:read",
  add = { issue_id = "{parent.id}" },
  schema = {
    type = "object",
    additionalProperties = true,
    properties = {
      id = { type = "string" },
      issue_id = { type = "string" },
      latestEvent = { type = { "null", "object" } },
      mergedBySeer = { type = { "null", "boolean" } },
      state = { type = { "null", "string" } },
    },
  },
}
