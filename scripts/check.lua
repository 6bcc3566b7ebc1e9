-- perigee check: can the configured source be read? Within one budget of time, waits and retries included.
local airbyte = require "airbyte"
local client = require "api.client"
local config = require "config.config"
local host = require "host"
local nearest = require "lib.suggest"
local parallel = require "lib.parallel"
local sentry = require "sentry"
local streams = require "stream.registry"
local tasks = require "tasks"

local BUDGET = 10 -- seconds

-- What to do about an answer that did not come, by the code of the HTTP module.
local advice = {
  dns = "check hostname",
  connect = "check hostname, its port and the proxy if there is one, and that it can be reached from here",
  tls = "mend the server's certificate, or put the authority that signed it into ca_file",
  proxy = "check proxy",
  malformed = "check hostname: it must be the address of Sentry itself, not of a page of it or of a login before it",
}

-- The project is unknown: which one was meant?
local function explain_project(asker, settings, message)
  local listed = asker:document("organizations/{organization}/projects/")
  local slugs = {}
  for _, project in ipairs(type(listed) == "table" and listed or {}) do
    if type(project) == "table" then slugs[#slugs + 1] = tostring(project.slug) end
  end
  local meant = nearest(settings.project, slugs)
  if meant then
    return ("the organization %s has no project '%s'; did you mean '%s'?"):format(settings.organization, settings.project,
      meant)
  end
  if #slugs > 0 then
    return ("the organization %s has no project '%s'; it has %s"):format(settings.organization, settings.project,
      table.concat(slugs, ", ", 1, math.min(#slugs, 10)))
  end
  return message
end

local function ask_place(asker, settings)
  local places = { "organizations/{organization}/", "projects/{organization}/{project}/" }
  local scopes = { "org:read", "project:read" }
  local answers = parallel(places, 2, function(path, i)
    local found, message, _, answer = asker:document(path, nil, scopes[i])
    local help = advice[answer.code]
    return { found = found, message = help and message .. "; " .. help or message, status = answer.status }
  end)
  local organization, project = answers[1], answers[2]
  if project.found then return true end
  if organization.status == 404 and project.status == 404 then
    return nil, ("%s knows no organization '%s', or the token may not see it; check organization and hostname")
      :format(settings.base_url, settings.organization)
  end
  if organization.found and project.status == 404 then return nil, explain_project(asker, settings, project.message) end
  return nil, project.message
end

-- Of shipped streams the first one's trouble says enough, for it is the server's or the token's; of the user's own, each
-- has its own.
local function tell_wrong(names, wrong)
  local told, shipped = {}, false
  for i, name in ipairs(names) do
    if wrong[i] and (streams.own(name) or not shipped) then
      told[#told + 1] = wrong[i]
      shipped = shipped or not streams.own(name)
    end
  end
  if #told > 0 then return table.concat(told, "; ") end
end

-- A message with its stream's name, which those about its script have already.
local function named(name, message)
  return message:find(("the stream '%s'"):format(name), 1, true) and message or ("stream %s: %s"):format(name, message)
end

-- One record of each stream. Those that the token may not read are told of; only when it may read none of the lists is
-- that a failure, for nobody has to read all streams.
local function ask_streams(settings, options, names, open)
  local refused, worked = {}, 0
  for _, name in ipairs(names) do open[name] = true end
  local wrong = parallel(names, settings.num_workers, function(name)
    local ok, message = streams.run(nil, {
      job = "probe", name = name, config = settings, options = options, strict = streams.own(name) ~= nil,
      seconds = (options.check_budget or BUDGET) / 5, -- one that loops must leave time to say so
    })
    open[name] = nil
    if ok then worked = worked + 1 return nil end
    if message:find "%(status 403" then
      refused[#refused + 1] = ("%s (%s)"):format(name, message:match "lacks the scope [%w:]+" or message)
      return nil
    end
    return named(name, message)
  end)
  local told = tell_wrong(names, wrong)
  if told then return nil, told end
  table.sort(refused)
  if #refused == 0 then return true end
  local forbidden = "this token may not read " .. table.concat(refused, ", ")
  if worked <= 1 then return nil, forbidden end
  airbyte.log("WARN", forbidden)
  return true, "readable, but " .. forbidden
end

-- `so_far` is what the end of the budget finds: whether the server answered, and the streams that did not.
local function check(settings, options, names, asker, so_far)
  local place, stranger, streams_ok, streams_message
  parallel({ 1, 2 }, 2, function(which)
    if which == 1 then
      place, stranger = ask_place(asker, settings)
      so_far.place = place
    else streams_ok, streams_message = ask_streams(settings, options, names, so_far.open) end
  end)
  if not place then return false, stranger end
  return streams_ok, streams_message
end

-- Of a server that answers, it is the scripts of the user's own that take so long: one waits, or many loop.
local function explain_timeout(settings, budget, asker, so_far)
  local late = {}
  for name in pairs(so_far.open) do
    if streams.own(name) then late[#late + 1] = name end
  end
  table.sort(late)
  if so_far.place and #late > 0 then
    return ("the streams of your own that gave no record, nor an error, within %g s: %s; see what their scripts wait for")
      :format(budget, table.concat(late, ", "))
  end
  return ("%s gave no complete answer within %g s%s"):format(settings.base_url, budget,
    asker.last_message and "; so far: " .. asker.last_message or "; check hostname, and that it can be reached from here")
end

return function()
  local options = host.options()
  local settings, message, failure_type, readable = config.read(options.config)
  if not settings then
    if readable then
      airbyte.connection_status(false, message)
      return 0
    end
    airbyte.error(failure_type, message)
    return 1
  end
  local names, unreadable = streams.names(settings)
  if not names then
    airbyte.error("config_error", unreadable)
    return 1
  end
  options.retry_attempts = options.retry_attempts or 3
  local asker = client.new(sentry, settings, options)
  local budget = options.check_budget or BUDGET
  local so_far = { open = {} }
  local task = tasks.spawn(check, settings, options, names, asker, so_far)
  local ok, why, code = task:join(budget)
  if code == "timeout" then ok, why = false, explain_timeout(settings, budget, asker, so_far) end
  airbyte.connection_status(ok, why)
  return 0
end
