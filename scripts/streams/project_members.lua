-- Members of the organization who are in a team of the project. A Sentry 23.7.1 fails (500) for a project whose teams have both
-- users and people who were invited and have not come yet.
return {
  name = "project_members",
  path = "projects/{organization}/{project}/members/",
  paging = "none",
  primary_key = { "project", "id" },
  add = { project = "{project}" },
  scope = "project:read",
}
