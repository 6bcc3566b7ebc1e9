-- Members of records that change by themselves, by the last part of a list's path: counts over the last hours, what the next
-- event moves, and sets, which each process of a server gives in an order of its own. They alone make no record another.
return {
  issues = { "stats", "lifetime", "filtered" },
  projects = {
    "access", "features", "organization.features",
    "environments", "eventProcessing", "latestDeploys", "latestRelease", "platforms", "stats", "transactionStats", "sessionStats",
  },
  releases = {
    "newGroups", "firstEvent", "lastEvent", "currentProjectMeta", "adoptionStages",
    "projects.newGroups", "projects.hasHealthData", "projects.healthData", "projects.platforms",
    "authors.lastActive", "authors.lastLogin", "owner.lastActive", "owner.lastLogin",
    "lastCommit.author.lastActive", "lastCommit.author.lastLogin",
  },
}
