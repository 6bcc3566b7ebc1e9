-- Prints a plan (plan.lua) for `perigee try --plan`.
local counted = require "lib.counted"


local FAR = 86400 -- seconds: a reset beyond is no window's end, but a daily limit's, or a mistake of the server's

local function duration(seconds)
  if seconds < 90 then return ("%.0f s"):format(math.max(seconds, 1)) end
  if seconds < 5400 then return ("%.0f minutes"):format(seconds / 60) end
  return seconds < 2 * FAR and ("%.1f hours"):format(seconds / 3600) or ("%.0f days"):format(seconds / FAR)
end

-- How many requests more than the present window allows, and how long a window is; 0: no limit is in the way.
local function beyond_window(limits, requests)
  if not limits.limit or not limits.seconds then return 0, 0 end
  return math.max(0, requests - (limits.remaining or limits.limit)), math.max(limits.seconds, 1)
end

-- How long so many requests take: as fast as they are answered, or as fast as they are allowed.
local function estimate(plan, requests)
  local seconds = requests * plan.ms / 1000
  local beyond, window = beyond_window(plan.limits, requests)
  if window > FAR then return seconds end
  return math.max(seconds, math.ceil(beyond / math.max(plan.limits.limit or 1, 1)) * window)
end

local function tell_limits(report, limits)
  if not limits.limit then return report:say "limits   none that the server tells" end
  report:say(("limits   %s a window, %d left; a new one begins in %s%s"):format(counted(limits.limit, "request"),
    limits.remaining or limits.limit, duration(limits.seconds or 0),
    limits.concurrent_limit and ("; %d at once"):format(limits.concurrent_limit) or ""))
end

local function tell_time(report, plan, pages)
  local beyond, window = beyond_window(plan.limits, pages)
  report:say(("time     about %s for all of it, one request after the other%s"):format(duration(estimate(plan, pages)),
    plan.full and "" or "; less for what is new"))
  if window > FAR and beyond > 0 then
    report:say(("         but %s more than the limit leaves: the server says that they must wait for %s"):format(
      counted(beyond, "request"), duration(window)))
  end
end

-- What of a list that is read whole goes out.
local function kept(plan)
  local parts = {}
  if plan.compared then parts[1] = ", and sends what earlier reads have not sent" end
  if plan.from then
    parts[#parts + 1] = (plan.compared and ", of what is" or ", and sends what is") .. " not older than " .. plan.from
  end
  return table.concat(parts)
end

---@param report try_report what it is told through
---@param plan plan
return function(report, plan)
  report:title(report.name)
  report:say("asks     " .. report.short(plan.request))
  if plan.other then
    report:say(("         then %s, and by itself each record of that which this list lacks"):format(report.short(plan.other)))
  end
  report:say("reads    " .. (plan.full and "the whole list" .. kept(plan) or "what is new since " .. plan.from))
  local pages = plan.hits and plan.rows and math.max(1, math.ceil(plan.hits / plan.rows))
  if plan.rows and pages then
    report:say(("list     about %s, %d a page: %s"):format(counted(plan.hits, "record"), plan.rows, counted(pages, "request")))
  elseif plan.rows then
    report:say(("list     the server does not say how long it is; %s a page"):format(counted(plan.rows, "record")))
  end
  tell_limits(report, plan.limits)
  if not pages then
    report:say(("time     %d ms a request, as the one for this plan took"):format(plan.ms))
  else
    tell_time(report, plan, pages)
  end
  report:say(report.paint("dim", "one request was made for this, for one record; nothing was read"))
end
