-- Members of records that change by themselves, by the last part of a list's path: counts over the last hours, what the next
-- event moves, sets, which each process of a server gives in an order of its own, and authors of commits, whom a server
-- keeps for a while as whoever asked first sees them. They alone make no record another; of a
-- "list[]" its order does not. The organization's list of issues has lastSeen in whole seconds, the project's in microseconds.
return {
  issues = { "stats", "lifetime", "filtered", to_second = "lastSeen" },
  projects = {
    "access", "features", "organization.features",
    "organization.eventThrottleRate", "organization.isAcceptingEvents", -- GlitchTip's, of an organization that sends too much
    "teams[]", "team", -- which is the first of them
    "environments", "eventProcessing", "latestDeploys", "latestRelease", "platforms", "stats", "transactionStats", "sessionStats",
  },
  releases = {
    "newGroups", "firstEvent", "lastEvent", "currentProjectMeta", "adoptionStages",
    "projects[]", "projects.newGroups", "projects.hasHealthData", "projects.healthData", "projects.platforms",
    "authors", "lastCommit.author", "lastCommit.releases", "owner.lastActive", "owner.lastLogin",
  },
  teams = { "projects" }, -- which older servers put into each
  members = { "user.lastActive", "user.lastLogin" },
  monitors = { "environments[]", "project.access", "project.features", "project.platforms" },
  saved = { "createdBy.lastActive", "createdBy.lastLogin", "projects[]" },
  detectors = { "latestGroup", "openIssues" },
  workflows = { "lastTriggered" },
}
