-- perigee sync: keeps streams as tables of a database. A read whose records and states go there; the next one goes on from
-- what it finds there.
local airbyte = require "airbyte"
local choice = require "sync.choice"
local command_line = require "command_line"
local destination = require "destination"
local parallel = require "lib.parallel"
local places = require "sync.places"
local reads = require "sync.reads"
local resolve = require "config.resolve"
local settle = require "config.settle"
local shard = require "config.shard"
local shards = require "reading.shards"
local streams = require "stream.registry"
local summary = require "sync.summary"

local function fail(message, kind)
  airbyte.error(kind or "config_error", message)
  return 1
end

-- ---- what is to be read

-- Why a stream that nobody named is not to be read; false: it is.
local function why_left_out(one, message, failure)
  if one.optional and (failure.absent or failure.status == 404) then
    return ("the server has no such list, or not for this organization (%d)"):format(failure.status)
  end
  return failure.status == 403 and (failure.scope and "this token lacks the scope " .. failure.scope or message)
end

-- Somebody who names no stream wants those that the token may read; what was read before is not asked for again. A token that
-- the server does not know at all is no matter of a stream, nor is a database that does not answer: nil, and the message.
local function leave_out_refused(list, to, settings, options)
  local unknown
  local refused = parallel(list, settings.num_workers, function(one)
    if one.named or unknown then return false end
    local had, unreadable = to:has(one.name)
    if had == nil then unknown = { unreadable, "system_error" } end
    if had ~= false then return false end
    local count, message, _, failure = streams.run(nil,
      { job = "probe", name = one.name, config = settings, options = options })
    if count then return false end
    if failure.status == 401 and not streams.custom(one.name) then unknown = { message } end
    return why_left_out(one, message, failure)
  end)
  if unknown then return nil, table.unpack(unknown) end
  local kept = {}
  for i, one in ipairs(list) do
    if refused[i] then airbyte.log("WARN", ("%s is left out: %s"):format(one.name, refused[i])) else kept[#kept + 1] = one end
  end
  return kept
end

-- What came of a stream whose table cannot be written.
local NOTHING = { new = 0, updated = 0, unchanged = 0, removed = 0, replaced = 0, requests = 0, notes = "" }

local function report(list, to, options)
  local status = 0
  for _, one in ipairs(list) do
    one.result = one.result or NOTHING
    if not one.complete then status = 1 end
  end
  local failed = to:failure()
  local closed, why = to:close()
  if failed or not closed then return fail(failed or why, "system_error") end
  if options.json then summary.print_json(list, options.to)
  elseif not options.quiet then summary.print(list, options.to) end
  return status
end

-- ---- the whole

-- A list that another shard reads gets no table here.
local function leave_out_elsewhere(list, options)
  local kept = {}
  for _, one in ipairs(list) do
    local elsewhere = one.plan.elsewhere
    if not elsewhere then kept[#kept + 1] = one
    elseif not options.quiet then airbyte.log("INFO", ("%s %s"):format(one.name, elsewhere)) end
  end
  return kept
end

-- Which of several shards this is.
local function find_shard(options, settings)
  local found, wrong = shard.of(options, settings)
  options.shard = found
  if found and options.dry_run then wrong = "--dry-run tells of a whole sync; leave --shard and --until out" end
  return not wrong, wrong, "config_error"
end

-- Everything that we are handed is read before a file is made.
local function prepare(options)
  local settings, message, kind = resolve.find(options)
  if not settings then return nil, message, kind end
  local known, unknown, of_shard = find_shard(options, settings)
  if not known then return nil, unknown, of_shard end
  local names, unreadable, unread = streams.names(settings)
  if not names then return nil, unreadable, unread end
  local list, wrong, failure_type = choice.of(options, names)
  if not list then return nil, wrong, failure_type end
  settle.all(settings, options)
  for _, one in ipairs(list) do
    local planned, broken, reason = reads.plan(one, settings, options)
    if not planned then return nil, broken, reason end
  end
  return settings, leave_out_elsewhere(list, options)
end

-- Opens the tables. A place is one shard's, so that a state of another one refuses all of it.
local function open_all(list, to, settings, options)
  for _, one in ipairs(list) do
    local opened, wrong, reason = reads.open(one, to, settings, options)
    if not opened and reason ~= "refused" then return nil, wrong end
    if not opened then
      one.message, one.seconds = wrong, 0
      fail(("%s: %s"):format(one.name, wrong))
    end
    local of_other = opened and shards.refusal_of_all(one, { state = one.state, options = options })
    if of_other then return nil, of_other end
  end
  return true
end

return function()
  local options = command_line.options()
  local settings, list, kind = prepare(options)
  if not settings then return fail(list, kind) end
  if options.dry_run then return require "sync.dry_run"(list, settings, options) end
  if #list == 0 then -- all of it is another shard's
    if options.json then summary.print_json(list, options.to) end
    return 0
  end
  local to, why, code = destination.open(options.to, options.debug)
  if not to then return fail(why, code == "in_use" and "transient_error" or "config_error") end
  list, why, code = leave_out_refused(list, to, settings, options)
  if not list then return fail(why, code) end
  if #list == 0 then return fail "this token may read none of the streams" end
  local opened, closed = open_all(list, to, settings, options)
  if not opened then return fail(closed) end
  places.tell_gone(list, to, settings)
  parallel(list, settings.num_workers, function(one)
    if one.output then reads.run(one, to, settings, options) end
  end)
  return report(list, to, options)
end
