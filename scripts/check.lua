-- perigee check: can the configured source be read? Within a budget of time, waits and retries included.
local airbyte = require "airbyte"
local api = require "api.default"
local beyond = require "check.beyond"
local choice = require "sync.choice"
local client = require "api.client"
local clock = require "clock"
local command_line = require "command_line"
local config = require "config.config"
local console = require "console"
local http = require "http"
local parallel = require "lib.parallel"
local pretty = require "lib.pretty"
local projects = require "config.projects"
local settle = require "config.settle"
local streams = require "stream.registry"
local tasks = require "tasks"
local verdict_lists = require "check.verdicts"

local BUDGET = 10 -- seconds until the next response
local WHOLE = 3 -- budgets for all of it

local function probe(name, settings, options)
  return streams.run(nil, {
    job = "probe", name = name, config = settings, options = options, strict = streams.custom(name) ~= nil,
    seconds = (options.check_budget or BUDGET) / 5, -- one that loops must leave time to say so
    volume = not streams.custom(name),
  })
end

-- Has each stream asked for one record; `so_far` is kept true meanwhile.
local function probe_all(settings, options, so_far)
  local replayed = options.replay ~= nil
  parallel(so_far.verdicts.names, settings.num_workers, function(name)
    local count, message, _, failure = probe(name, settings, options)
    if type(count) == "table" then count, message = count.count, count.volume end
    so_far.verdicts:note(name, replayed, count, message, failure)
    if count or failure.status then so_far.heard_at = clock.now() end
  end)
end

local function unrecorded(verdicts, place)
  local names = verdicts:names_of "unrecorded"
  if place then table.insert(names, 1, "the project") end
  return names[1] and "the recording has no request for " .. table.concat(names, ", ")
end

local function absent(verdicts)
  local names = verdicts:names_of "absent"
  return names[1] and "the server has no such list, or not for this organization: " .. table.concat(names, ", ")
end

-- Those that the token may not read are reported; a failure is that only where one was named, or where it may read none of the
-- lists, for nobody has to read all streams.
local function check_streams(settings, verdicts, place_unrecorded)
  local failed = verdicts:failures()
  if failed then return false, failed end
  local refused, notes = verdicts:refused(), {}
  if #refused > 0 then notes[1] = "this token may not read " .. table.concat(refused, ", ") end
  notes[#notes + 1] = absent(verdicts)
  notes[#notes + 1] = unrecorded(verdicts, place_unrecorded)
  if #notes == 0 then return true end
  local note = table.concat(notes, "; ")
  local enough = verdicts:readable() > 0
  if settings.auth_token and not place_unrecorded then enough = verdicts:reads_list() end
  if not enough or verdicts:refuses_named() then return false, note end
  return true, "readable, but " .. note
end

-- Who makes a token for what it lacks wants to hear of all of that at once.
local function explain_place(message, lacking, refused)
  if #lacking == 0 then return message end
  return ("%s; in all, this token may not read %s"):format(message, table.concat(table.move(refused, 1, #refused,
    #lacking + 1, lacking), ", "))
end

-- `so_far` is what the end of the budget finds: whether the server answered, when, and what of each stream.
local function check(settings, options, api_client, so_far)
  if not settings.auth_token then
    probe_all(settings, options, so_far)
    return check_streams(settings, so_far.verdicts)
  end
  local told = settle.all(settings, options, api_client, (options.check_budget or BUDGET) / 2)
  local amiss = projects.amiss(settings)
  if amiss then return false, amiss end
  local place_ok, place_message, lacking, code, refused
  parallel({ 1, 2 }, 2, function(which)
    if which == 1 then
      place_ok, place_message, lacking, code, refused = api.check(api_client, settings, told)
      so_far.place = place_ok
    else probe_all(settings, options, so_far) end
  end)
  local place_unrecorded = options.replay and code == "replay"
  if place_unrecorded and so_far.verdicts:readable() == 0 then
    return false, ("%s; %s"):format(unrecorded(so_far.verdicts, true), place_message)
  elseif not place_ok and not place_unrecorded and not (refused and so_far.verdicts:all_readable()) then
    return false, explain_place(place_message, lacking or {}, so_far.verdicts:refused())
  end
  return check_streams(settings, so_far.verdicts, place_unrecorded)
end

-- Where a server gave no response at all, how far a request came tells what is wrong.
local waits = {
  name = "; its name is not resolved: check hostname, and the name servers of this machine",
  connection = "; no connection comes about: check hostname and its port, the proxy if there is one, and that it can be "
    .. "reached from here",
  tls = "; it takes connections, and no TLS comes about: where plain http is spoken there, hostname begins with http://",
  response = "; it takes requests, and does not answer them: it hangs or is overloaded, or its answers are held up on the way; "
    .. "--check-budget waits longer",
  body = "; what it answers comes slowly; --check-budget waits longer",
  nothing = "",
}

-- Of a server that answers, it is the scripts of the user's own that take so long: one waits, or many loop.
local function explain_timeout(settings, budget, api_client, so_far)
  local late = {}
  for _, name in ipairs(so_far.verdicts:open()) do late[#late + 1] = streams.custom(name) and name or nil end
  if so_far.place and #late > 0 then
    return ("the streams of your own that gave no record, nor an error, within %g s: %s; see what their scripts wait for")
      :format(budget, table.concat(late, ", "))
  end
  return ("%s gave no complete answer within %g s%s"):format(settings.base_url, budget, api_client.last_message
    and "; so far: " .. api_client.last_message or waits[http.waits_for(settings.base_url)])
end

-- A check that failed is an answer, and an error only to whom asks so.
local function report(ok, message, options)
  airbyte.connection_status(ok, message)
  return not ok and options.strict and 1 or 0
end

-- A configuration that can be read, but is wrong, is a failed check; one that cannot be read is an error.
local function report_unusable(message, failure_type, readable, options)
  if readable then return report(false, message, options) end
  airbyte.error(failure_type, message)
  return 1
end

-- Waits as long as responses come. Then `budget` is what was not kept to.
local function wait_for(task, api_client, so_far, budget)
  local started = clock.now()
  while true do
    local now = clock.now()
    local next_one = math.max(started, so_far.heard_at or 0, api_client.heard_at or 0) + budget * 1e6 - now
    local whole = started + WHOLE * budget * 1e6 - now
    local ok, message, code = task:join(math.max(math.min(next_one, whole), 0) / 1e6)
    if code ~= "timeout" then return ok, message end
    local heard = math.max(started, so_far.heard_at or 0, api_client.heard_at or 0)
    if whole <= next_one then return nil, WHOLE * budget end
    if heard + budget * 1e6 <= clock.now() then return nil, budget end
  end
end

-- How long a read of all takes is to be known before it is begun.
local function with_volumes(message, verdicts, options)
  local volumes = verdicts:volumes()
  if #volumes == 0 then return message end
  for _, volume in ipairs(options.for_people and {} or volumes) do airbyte.log("INFO", volume) end
  return ("%show long a read of all takes: %s"):format(message and message .. "; " or "", table.concat(volumes, "; "))
end

-- Those that a sync would read; of them only the user's own, where the configuration is for those of other APIs; and what is to
-- be known of each. Or nil, message, failure type.
local function choose(options, settings)
  local names, unreadable, kind = streams.names(settings)
  if not names then return nil, unreadable, kind end
  local list, wrong, failure_type = choice.of(options, names)
  if not list then return nil, wrong, failure_type end
  local chosen, own, traits = {}, {}, streams.outlines(names) or {}
  for i, one in ipairs(list) do
    chosen[i] = one.name
    own[#own + 1] = streams.custom(one.name) and one.name
    traits[one.name] = { single = (traits[one.name] or {}).single, named = one.named, optional = one.optional }
  end
  return chosen, settings.auth_token and chosen or own, nil, traits
end

local function print_table(verdicts, names, settings, not_chosen)
  local rows = verdicts:rows(names, api.lacking(settings))
  for _, one in ipairs(not_chosen) do
    rows[#rows + 1] = { one.name, "not chosen", "the token lacks the scope " .. one.scope }
  end
  console.write(table.concat(pretty.columns(rows), "\n") .. "\n\n")
end

-- What is printed besides the status.
local function tell(ok, message, verdicts, names, settings, not_chosen, options)
  if options.for_people then return print_table(verdicts, names, settings, not_chosen) end
  if ok and message then airbyte.log("WARN", message) end
  local words = beyond.words(not_chosen)
  if words then airbyte.log("INFO", words) end
end

local WHOLE_EXPLORE = "streams of `explore` have rows of all projects that the token sees: project and exclude_projects do not "
  .. "narrow them, a `query` does"

local function warn_of_explore(settings)
  local narrowed = (settings.project or "") ~= "" or #settings.exclude_projects > 0
  if narrowed and #settings.explore > 0 then airbyte.log("WARN", WHOLE_EXPLORE) end
end

return function()
  local options = command_line.options()
  local settings, wrong, failure_type, readable = config.read(options.config)
  if not settings then return report_unusable(wrong, failure_type, readable, options) end
  local names, asked, kind, traits = choose(options, settings)
  if not names then return report_unusable(asked, kind, false, options) end
  warn_of_explore(settings)
  options.retry_attempts, options.outage_patience = options.retry_attempts or 3, 0
  options.brown_outs = 0
  options.brief = options.for_people
  local api_client = client.new(api, settings, options)
  local so_far = { verdicts = verdict_lists.new(asked, traits) }
  local task, budget = tasks.spawn(check, settings, options, api_client, so_far), options.check_budget or BUDGET
  local not_chosen = settings.auth_token and tasks.spawn(beyond.find, settings, options, names)
  local ok, message = wait_for(task, api_client, so_far, budget)
  not_chosen = ok and not_chosen and not_chosen:join(budget) or {} -- what it tells is no reason for a check to fail
  if ok == nil then ok, message = false, explain_timeout(settings, message, api_client, so_far) end
  tell(ok, message, so_far.verdicts, names, settings, not_chosen, options)
  return report(ok, ok and with_volumes(message, so_far.verdicts, options) or message, options)
end
