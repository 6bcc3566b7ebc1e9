-- An organization's issues in the place of a project's: those of one project, with the numbers of all time. Both lists leave
-- out the same categories of issues, so each category comes as it does by the project's own list.
local clock = require "clock"
local regions = require "sentry.regions"

local DAY = 86400 * 1000000
local EARLIEST = "2000-01-01T00:00:00"
local KEPT = 90 -- days that the list reaches back by itself, and that hosted Sentry keeps events for
local AHEAD = 30 * DAY -- longer than any read, with all that hangs on the issues

-- A token that may not read the project is told it by its slug, which older servers do not know. The answer tells the server's
-- clock, too.
local function of_project(client, config)
  local found, message, kind, outcome = client:document("projects/{organization}/{project}/", nil, "project:read")
  local id, now = type(found) == "table" and found.id or nil, outcome.response and outcome.response:date() or clock.now()
  if id then return { project = id }, { path = "project.id", texts = { tostring(id) } }, now end
  if not found and outcome.status ~= 403 then return nil, message, kind, outcome end
  return { projectSlug = config.project }, { path = "project.slug", texts = { config.project } }, now
end

-- Without dates, the list may end at issues that were seen in the last 90 days. The window's end must be no bound: an issue that
-- gets an event behind it leaves the list, and with it all events that are read through it. So it lies ahead of the server's
-- clock, whatever this machine's says.
local function prepare(client, config)
  local params, project, now, outcome = of_project(client, config)
  if not params then return nil, project, now, outcome end
  params.sort, params.start, params["end"] = "date", EARLIEST, clock.format(now + AHEAD):sub(1, 19)
  project.others = "issues of other projects, though it was asked for one"
  return { params = params, only = { project } }
end

local function ends(page, now)
  local oldest = page:oldest "lastSeen"
  if not oldest or oldest < now - (KEPT + 1) * DAY then return nil end
  return ("the oldest issue was last seen on %s; older ones than the %d days for which Sentry keeps events are not in this list")
    :format(clock.format(oldest):sub(1, 10), KEPT)
end

---@type api_fallback
return {
  complete = true, announced = true, prepare = prepare, ends = ends,
  preferred = regions.is_hosted,
  splice = { "lifetime.firstSeen", "lifetime.count", "lifetime.userCount" },
  widest = {
    parameters = { "start", "end" }, words = "dates", statuses = { [400] = true },
    without = ("so issues that were last seen more than %d days ago may be missing"):format(KEPT),
  },
}
