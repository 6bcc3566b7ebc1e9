-- Prints a plan (plan.lua) for `perigee try --plan`.
local pretty = require "lib.pretty"

local counted = pretty.counted

local function duration(seconds)
  if seconds < 90 then return ("%.0f s"):format(math.max(seconds, 1)) end
  return seconds < 5400 and ("%.0f minutes"):format(seconds / 60) or ("%.1f hours"):format(seconds / 3600)
end

-- How long so many requests take: as fast as they are answered, or as fast as they are allowed.
local function estimate(plan, requests)
  local limits = plan.limits
  local seconds = requests * plan.ms / 1000
  if not limits.limit or not limits.seconds then return seconds end
  local windows = math.max(0, math.ceil((requests - (limits.remaining or limits.limit)) / math.max(limits.limit, 1)))
  return math.max(seconds, windows * math.max(limits.seconds, 1))
end

local function tell_limits(report, limits)
  if not limits.limit then return report:say "limits   none that the server tells" end
  report:say(("limits   %d requests a window, %d left; a new one begins in %s%s"):format(limits.limit,
    limits.remaining or limits.limit, duration(limits.seconds or 0),
    limits.concurrent_limit and ("; %d at once"):format(limits.concurrent_limit) or ""))
end

---@param report try_report what it is told through
---@param plan plan
return function(report, plan)
  report:title(report.name)
  report:say("asks     " .. report.short(plan.request))
  report:say("reads    " .. (plan.full and "the whole list" .. (plan.from and ", and keeps what is new since " .. plan.from or "")
    or "what is new since " .. plan.from))
  local pages = plan.hits and plan.rows and math.max(1, math.ceil(plan.hits / plan.rows))
  if plan.rows and pages then
    report:say(("list     about %s, %d a page: %s"):format(counted(plan.hits, "record"), plan.rows, counted(pages, "request")))
  elseif plan.rows then
    report:say(("list     the server does not say how long it is; %d records a page"):format(plan.rows))
  end
  tell_limits(report, plan.limits)
  if not pages then
    report:say(("time     %d ms a request, as the one for this plan took"):format(plan.ms))
  else
    report:say(("time     about %s for all of it, one request after the other%s"):format(duration(estimate(plan, pages)),
      plan.full and "" or "; less for what is new"))
  end
  report:say(report.paint("dim", "one request was made for this, for one record; nothing was read"))
end
