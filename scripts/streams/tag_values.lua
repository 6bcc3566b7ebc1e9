-- The values of each tag in each project. Sentry gives a thousand of a tag at most; a tag that a project does not have is a 404.
return {
  name = "tag_values",
  parent = "tags",
  path = "projects/{organization}/{project}/tags/{parent.key}/values/",
  primary_key = { "project", "tag", "value" },
  add = { project = "{project}", tag = "{parent.key}" },
  most_rows = 1000,
  scope = "project:read",
  seen = false,
}
