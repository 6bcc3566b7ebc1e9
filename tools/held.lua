-- What each shipped stream was held against, by hand, for docs/streams-reference.md: the rows of a real server's own database,
-- made by its own models, with more than a page of rows and ties wherever that can be, or else a real server's answers alone.
-- Streams that no real answer was held against have `seen = false` in their scripts, and stand in neither.
local held = {}

held.server, held.date = "Sentry 23.7.1", "2026-11-27"

---How many rows the database had, how many of these came where it is not all, and why.
---@type table<string, integer|{[1]: integer, [2]: integer, [3]: string}>
held.database = {
  audit_logs = { 430, 381, "the server could not write the others, which came as null, with a warning" },
  codeowners = 2, dashboard_detail = 166, dashboards = 166, debug_files = 255, discover_saved = 244, environments = 225,
  event_attachments = { 261, 232, "160 were of one instant; the read ended INCOMPLETE, with the numbers" },
  external_issues = 126, filters = 20, integrations = 133,
  issue_activities = { 390, 220, "the server leaves out what says the same as the row before, and all behind the hundredth; it "
    .. "adds when each issue was first seen" },
  issue_detail = 130, issues = 130, members = 235,
  monitor_checkins = { 1860, 1856, "250 of a monitor were of one instant; the read ended INCOMPLETE, with the numbers" },
  monitors = 129, organization = 1, organizations = 131, ownership = 4, project_detail = 4, project_environments = 240,
  project_keys = 145,
  project_members = { 485, 127, "the server fails (500) for two of five projects, and the read ended INCOMPLETE" },
  project_releases = 299, project_teams = 155, project_users = 460, projects = 130,
  release_commitfiles = { 443, 438, "the release of the others has a slash in its name, and no path; with a warning" },
  release_commits = { 318, 315, "the release of the others has a slash in its name, and no path; with a warning" },
  release_deploys = { 346, 344, "the release of the others has a slash in its name, and no path; with a warning" },
  release_files = 230, releases = 291, repositories = 135, repository_commits = 530, sentry_app_installations = 117,
  sentry_apps = 128, service_hooks = 133, team_members = 351, teams = 153, user_feedback = 361,
}

---Whose answers alone were held against: the rows come from an event store, which no server that was at hand had whole.
---@type table<string, string>
held.answers = {
  events = "Sentry 23.7.1, 9.1.2 and GlitchTip", issue_event_latest = "Sentry 23.7.1", issue_events = "Sentry 23.7.1",
  issue_hashes = "Sentry 23.7.1 and 9.1.2", issue_tags = "Sentry 23.7.1 and 9.1.2",
}

---Of these, how many rows a stand-in for the event store had, which the server listed by its own code: all of them came, each
---once, and none again in a read of nothing new.
---@type table<string, integer>
held.store = { events = 1678, issue_events = 1573, issue_hashes = 378, issue_tags = 690 }

---What a stream's section says of it; nil: it was held against nothing.
---@param name string
---@return string?
function held.words(name)
  local rows, answers, store = held.database[name], held.answers[name], held.store[name]
  if store then
    return ("answers of %s; %d rows of a stand-in for a %s's event store, all of which came"):format(answers, store, held.server)
  end
  if answers then return "answers of " .. answers .. ", and no database" end
  if not rows then return nil end
  local place = ("a %s's database"):format(held.server)
  if type(rows) == "number" then
    return rows == 1 and ("the one row of %s"):format(place) or ("%d rows of %s, all of which came"):format(rows, place)
  end
  return ("%d rows of %s, of which %d came: %s"):format(rows[1], place, rows[2], rows[3])
end

return held
