-- User feedback in its new form: issues of a category of their own, which lists of issues leave out.
return {
  name = "feedback",
  path = "organizations/{organization}/issues/",
  params = { query = "issue.category:feedback", sort = "date", project = -1 },
  primary_key = "id",
  cursor = { field = "lastSeen", ordered_by = { "lastSeen" }, changes = true },
  refresh = { every = "P1D", without = { "count", "userCount" }, kept = "P90D" }, -- as of issues
  scope = "event:read",
  seen = false,
}
