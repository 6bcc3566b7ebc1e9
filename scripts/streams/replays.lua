-- Replays of users' sessions, day by day. A replay grows for up to an hour after it was first seen.
return {
  name = "replays",
  path = "organizations/{organization}/replays/",
  params = { project = -1, sort = "-started_at" },
  records = "data",
  primary_key = "id",
  cursor = { field = "started_at", start = { start = "%Y-%m-%dT%H:%M:%S" }, stop = { ["end"] = "%Y-%m-%dT%H:%M:%S" },
    slice = "P1D", changes = true, lookback = 60 },
  scope = "org:read",
  seen = false,
}
