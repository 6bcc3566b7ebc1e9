-- perigee check: can the configured source be read? Within one budget of time, waits and retries included.
local airbyte = require "airbyte"
local api = require "api.default"
local client = require "api.client"
local command_line = require "command_line"
local config = require "config.config"
local parallel = require "lib.parallel"
local streams = require "stream.registry"
local tasks = require "tasks"

local BUDGET = 10 -- seconds

-- Of shipped streams the first one's failure says enough, for it is the server's or the token's; of the user's own, each
-- has its own.
local function join_failures(names, failures)
  local messages, shipped = {}, false
  for i, name in ipairs(names) do
    if failures[i] and (streams.custom(name) or not shipped) then
      messages[#messages + 1] = failures[i]
      shipped = shipped or not streams.custom(name)
    end
  end
  if #messages > 0 then return table.concat(messages, "; ") end
end

local function probe(name, settings, options)
  return streams.run(nil, {
    job = "probe", name = name, config = settings, options = options, strict = streams.custom(name) ~= nil,
    seconds = (options.check_budget or BUDGET) / 5, -- one that loops must leave time to say so
  })
end

-- One record of each stream. Those that the token may not read are reported; only when it may read none of the lists is
-- that a failure, for nobody has to read all streams.
local function check_streams(settings, options, names, open)
  local refused, worked = {}, 0
  for _, name in ipairs(names) do open[name] = true end
  local failures = parallel(names, settings.num_workers, function(name)
    local count, message, _, failure = probe(name, settings, options)
    open[name] = nil
    if count then worked = worked + 1 return nil end
    if failure.status == 403 then
      refused[#refused + 1] = ("%s (%s)"):format(name, failure.scope and "lacks the scope " .. failure.scope or message)
      return nil
    end
    return failure.of_script and message or ("stream %s: %s"):format(name, message)
  end)
  local failed = join_failures(names, failures)
  if failed then return nil, failed end
  table.sort(refused)
  if #refused == 0 then return true end
  local forbidden = "this token may not read " .. table.concat(refused, ", ")
  if worked <= 1 then return nil, forbidden end
  airbyte.log("WARN", forbidden)
  return true, "readable, but " .. forbidden
end

-- `so_far` is what the end of the budget finds: whether the server answered, and the streams that did not.
local function check(settings, options, names, api_client, so_far)
  local place_ok, place_message, streams_ok, streams_message
  parallel({ 1, 2 }, 2, function(which)
    if which == 1 then
      place_ok, place_message = api.check(api_client, settings)
      so_far.place = place_ok
    else streams_ok, streams_message = check_streams(settings, options, names, so_far.open) end
  end)
  if not place_ok then return false, place_message end
  return streams_ok, streams_message
end

-- Of a server that answers, it is the scripts of the user's own that take so long: one waits, or many loop.
local function explain_timeout(settings, budget, api_client, so_far)
  local late = {}
  for name in pairs(so_far.open) do
    if streams.custom(name) then late[#late + 1] = name end
  end
  table.sort(late)
  if so_far.place and #late > 0 then
    return ("the streams of your own that gave no record, nor an error, within %g s: %s; see what their scripts wait for")
      :format(budget, table.concat(late, ", "))
  end
  return ("%s gave no complete answer within %g s%s"):format(settings.base_url, budget, api_client.last_message
    and "; so far: " .. api_client.last_message or "; check hostname, and that it can be reached from here")
end

-- A configuration that can be read, but is wrong, is a failed check; one that cannot be read is an error.
local function report_unusable(message, failure_type, readable)
  if readable then
    airbyte.connection_status(false, message)
    return 0
  end
  airbyte.error(failure_type, message)
  return 1
end

return function()
  local options = command_line.options()
  local settings, wrong, failure_type, readable = config.read(options.config)
  if not settings then return report_unusable(wrong, failure_type, readable) end
  local names, unreadable, kind = streams.names(settings)
  if not names then return report_unusable(unreadable, kind) end
  options.retry_attempts = options.retry_attempts or 3
  local api_client = client.new(api, settings, options)
  local budget = options.check_budget or BUDGET
  local so_far = { open = {} }
  local task = tasks.spawn(check, settings, options, names, api_client, so_far)
  local ok, message, code = task:join(budget)
  if code == "timeout" then ok, message = false, explain_timeout(settings, budget, api_client, so_far) end
  airbyte.connection_status(ok, message)
  return 0
end
