-- Prints a plan (plan.lua) for `perigee try --plan`.
local counted = require "lib.counted"
local workload = require "reading.workload"

local FAR = 86400 -- seconds: a reset beyond is no window's end, but a daily limit's, or a mistake of the server's

local duration = workload.duration

local function tell_limits(report, plan)
  local limits, share = plan.limits, plan.share or 1
  if not limits.limit then return report:say "limits   none that the server tells" end
  report:say(("limits   %s a window, %d left; a new one begins in %s%s"):format(counted(limits.limit, "request"),
    limits.remaining or limits.limit, duration(limits.seconds or 0),
    limits.concurrent_limit and ("; %d at once"):format(limits.concurrent_limit) or ""))
  if share < 1 then report:say(("         %g of that is used (rate_share)"):format(share)) end
end

local function tell_time(report, plan, work)
  report:say(("time     about %s for all of it%s, one request after the other%s"):format(duration(work.seconds),
    plan.through_words and " by this list" or "", plan.full and "" or "; less for what is new"))
  if work.window > FAR and work.beyond > 0 then
    report:say(("         but %s more than the limit leaves: the server says that they must wait for %s"):format(
      counted(work.beyond, "request"), duration(work.window)))
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
  if plan.refresh then
    report:say("         " .. (plan.refresh.now and "and the whole list for what has changed (refresh)"
      or "the whole list for what has changed (refresh) from " .. plan.refresh.due))
  end
  if plan.route then
    report:say("         " .. plan.route .. (plan.through_words and ":" or ""))
    if plan.through_words then report:say("         " .. plan.through_words) end
  end
  local work = plan.workload
  if work.requests then
    report:say(("list     %s %s, %d a page: %s"):format(work.at_least and "at least" or "about", counted(work.records, "record"),
      work.page_rows, counted(work.requests, "request")))
  elseif work.page_rows then
    report:say(("list     the server does not say how long it is; %s a page"):format(counted(work.page_rows, "record")))
  end
  tell_limits(report, plan)
  if not work.requests then
    report:say(("time     %d ms a request, as the one for this plan took"):format(plan.ms))
  else
    tell_time(report, plan, work)
  end
  report:say(report.paint("dim", plan.asked == 1 and "one request was made for this, for one record; nothing was read"
    or ("%d requests were made for this, for one record and a count; nothing was read"):format(plan.asked)))
end
