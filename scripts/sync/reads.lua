-- A stream that is read into its table; and that for each project, where there are several: each has rows and a state of its
-- own there, as if it were the only one.
local airbyte = require "airbyte"
local clock = require "clock"
local json = require "json"
local left_out = require "stream.left_out"
local merged = require "lib.merged"
local places = require "sync.places"
local projects = require "config.projects"
local streams = require "stream.registry"

local reads = {}

local SUMS = { "new", "updated", "unchanged", "removed", "total", "replaced", "requests" }

---@class synced a stream of a sync
---@field name string
---@field full boolean? it is read anew
---@field plan table? of sync/plan.lua
---@field output userdata? its lines go to its table
---@field state table?
---@field part table? of several projects, which one (reading/owner.lua)
---@field complete boolean?
---@field message string? why it is not
---@field seconds number?
---@field result table? counts of rows, and notes for people

---Finds out what its table is made of.
---@param one synced
---@param settings table
---@param options table
---@return true?
---@return string? message
---@return failure_type? failure_type
function reads.plan(one, settings, options)
  local plan, message, kind = streams.run(nil, { job = "table", name = one.name, config = settings, options = options })
  if not plan then return nil, message, kind end
  one.plan = plan
  return true
end

---The table must be there before a record is; its state is what the read goes on from.
---@param one synced
---@param to userdata
---@return true?
---@return string? message
---@return "refused"|string|nil code refused: others can be read all the same
function reads.open(one, to, settings, options)
  local plan = one.plan
  plan.former = places.former(one, to)
  plan.name, plan.frozen, plan.gzip = one.name, options.freeze, options.gzip
  plan.replaces, plan.keeps_state = one.full or not plan.incremental, plan.incremental
  plan.eager = options.checkpoint_records ~= nil -- somebody wants to lose as little as that
  plan.left_out = left_out.names(one.name, plan.left_out, settings.include_secrets)
  local output, state, code = to:stream(plan)
  if not output then return nil, state, code end
  one.output, one.state = output, state and json.decode(state)
  return true
end

local function start(one, settings, options)
  return streams.run(one.output, {
    job = "read", name = one.name, config = settings, options = options, state = one.state,
    incremental = one.plan.incremental, lands = true, part = one.part,
  })
end

-- What is there of a project that may not be read any more is kept: its list has not come to its end.
local function read_project(one, to, project, settings, options)
  one.output:status "STARTED"
  local done, message, kind, failure = start(one, settings, options)
  local refused = to:refusal(one.name)
  if done and refused then done, message, kind, failure = nil, refused, "config_error", {} end
  local passed_over = not done and not refused and projects.leaves_out(project, failure.status)
  if passed_over then airbyte.log("WARN", ("%s: the project %s is left out: %s"):format(one.name, project.slug, message))
  elseif not done then one.output:error(kind, message, failure.internal) end
  one.output:status(done and "COMPLETE" or "INCOMPLETE")
  return done ~= nil or passed_over, message, passed_over, done
end

local function note_result(one, of)
  local result = one.result
  if not result then
    one.result = of
    return
  end
  for _, name in ipairs(SUMS) do result[name] = result[name] and of[name] and result[name] + of[name] end
  if of.notes ~= "" and not result.notes:find(of.notes, 1, true) then result.notes = result.notes .. "\n" .. of.notes end
  if of.next and (not result.next or of.next < result.next) then result.next = of.next end
end

-- By the same plan, but for the place.
local function open_next(one, i, to, settings, options)
  local each = { name = one.name, full = one.full, plan = merged(one.plan, { place = one.plan.places[i] }) }
  local ok, message = reads.open(each, to, settings, options)
  if not ok then airbyte.error("config_error", ("%s: %s"):format(one.name, message)) end
  return each, ok, message
end

-- Of one project after the other, as all go into one table. The first one's is open already.
local function read_projects(one, to, settings, options)
  one.complete = true
  local first, left, told, done = nil, 0, false, nil
  for i, project in ipairs(settings.projects) do
    local config = merged(settings, { project = project.slug, projects = { project } })
    local each, ok, message, passed_over = one, true, nil, nil
    if i > 1 then each, ok, message = open_next(one, i, to, config, options) end
    each.part = { project = project.slug, told = told }
    if ok then ok, message, passed_over, done = read_project(each, to, project, config, options) end
    told = told or done == "afresh"
    if passed_over then first, left = first or { project.slug, message }, left + 1 end
    if each.output then note_result(one, to:result(one.name)) end
    if not ok then one.complete, one.message = false, one.message or ("%s: %s"):format(project.slug, message) end
    if to:failure() then break end
  end
  if left == #settings.projects then
    one.complete, one.message = false, projects.none_of(left, first[1], first[2])
    airbyte.error("config_error", ("%s: %s"):format(one.name, one.message))
  end
end

-- A script may hold what was raised.
local function note_refusal(one, to)
  local refused = to:refusal(one.name)
  if one.complete and refused then one.output:error("config_error", refused) end
  if refused then one.complete, one.message = false, refused end
end

---Reads it into its table; what came of it stands in `one` then.
---@param one synced
---@param to userdata
function reads.run(one, to, settings, options)
  local started = clock.now()
  if one.plan.of_projects and #(settings.projects or {}) > 1 then read_projects(one, to, settings, options)
  else
    one.complete, one.message = streams.tell(one.output, function() return start(one, settings, options) end)
    note_refusal(one, to)
    one.result = to:result(one.name)
  end
  one.complete = one.complete and not to:failure()
  one.seconds = (clock.now() - started) / 1e6
end

return reads
