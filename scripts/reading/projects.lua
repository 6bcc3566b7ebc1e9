-- Streams whose path names a project, where there are several: each project is read as if it were the only one, and the states
-- of all stand in one. One project's state keeps the form that it has alone, with those of others beside it.
local contexts = require "reading.context"
local counted = require "lib.counted"
local emitter = require "reading.emitter"
local json = require "json"
local keys = require "keys"
local loader = require "stream.loader"
local merged = require "lib.merged"
local owners = require "reading.owner"
local parallel = require "lib.parallel"
local project_parts = require "reading.project_parts"
local stream_state = require "reading.stream_state"
local unknown_place = require "reading.unknown_place"
local wanted = require "config.projects"
local whole_state = require "reading.whole_state"

local projects = {}

local AT_ONCE = 3 -- projects, each with pages of its own in memory
local MOST_FAILURES = 20 -- in a row: the server, not a project, is at fault
local MOST_PROBED = 3 -- projects that the token may not read, before the stream is taken to be one that it may not
local DEEPEST = 4 -- as of parents

local OF_ONE = "the state does not say which project it is of, and several are read; all are read afresh"
local GONE = "its state is kept, and no longer read on from: the token does not see it any more"

---Does a stream read a project, by its own path or by that of a parent?
---@param stream stream
---@param known known_streams?
---@return boolean
---@return stream topmost the one whose records all others hang on
function projects.covers(stream, known)
  for _ = 1, DEEPEST do
    if stream.path and stream.path:find("{project}", 1, true) then return true, stream end
    local parent = type(stream.parent) == "string" and loader.load(stream.parent, known or { names = {}, scripts = {} })
    if not parent then break end
    stream = parent
  end
  return false, stream
end

-- ---- states

-- The parts of the state by their projects, as texts; of the one that is read alone, its state. What all share (`run.given`) they
-- get when they are read.
local function take_states(run, state)
  if type(state) ~= "table" or next(state) == nil then return {} end
  local of = type(state.of) == "table" and state.of or nil
  local here = owners.of(run.stream, run.client.config)
  here.project = nil
  if of and not owners.admits(here, of, run.client) then return {} end
  stream_state.use_seed(state)
  local entries, plain = project_parts.split(state)
  local several = project_parts.several(state)
  local slug = of and of.project or not several and run.single or nil -- a child's own path need not name it
  run.given = { of = of, seed = state.seed }
  if entries[run.single] then entries[run.single] = project_parts.alone(entries[run.single], run.single, run.given) end
  if slug then entries[slug] = slug == run.single and plain or json.text(project_parts.of(plain))
  elseif not several then run.client:log("WARN", OF_ONE) end
  return entries
end

-- Is something known of a project that is not the only one which is read?
local function has_others(run)
  for slug in pairs(run.entries) do
    if slug ~= run.single then return true end
  end
  return false
end

local function compose(run)
  local parts, count = {}, 0
  for slug, entry in pairs(run.entries) do
    if slug ~= run.single then parts[slug], count = entry, count + 1 end
  end
  local mine = run.single and run.entries[run.single]
  if mine then
    if next(parts) == nil then return mine, 1 end
    local of = merged(run.owner, { project = run.single, start_date = (mine.of or {}).start_date })
    return merged(mine, { projects = parts, of = of, seed = keys.seed() }), count + 1
  end
  return { of = run.owner, seed = keys.seed(), projects = parts }, count
end

-- ---- reading

-- The stream's client, in a project's name: what it notes is the stream's.
local function client_of(run, slug)
  local client = run.client
  local name = client.stream
  if not run.single and name then name = ("%s of %s"):format(name, slug) end
  return setmetatable({ config = merged(client.config, { project = slug }), stream = name },
    { __index = client, __newindex = client })
end

local function sink_of(run, slug)
  local through = run.emitter
  if not through then return nil end
  return setmetatable({
    emit = function(_, page, context) return through:emit(page, context) end,
    state = function(_, state)
      run.entries[slug] = slug == run.single and state or json.text(project_parts.of(state))
      run.whole:write_when_due()
    end,
  }, { __index = through })
end

-- A project that the list of all has just named is there, also where a list of its own is empty.
local function job_of(run, project, noted)
  local slug, entry = project.slug, run.entries[project.slug]
  return merged(run.job, { noted = noted,
    config = merged(run.job.config, { project = slug }), emitter = sink_of(run, slug), exists = not project.named or nil,
    state = entry and slug ~= run.single and project_parts.alone(entry, slug, run.given) or entry or json.null,
    part = not run.single or nil, volume = run.single and run.job.volume or false,
  })
end

local function count_failure(run, project, message, kind)
  run.failures, run.in_a_row = run.failures + 1, run.in_a_row + 1
  run.first = run.first or { slug = project.slug, message = message, kind = kind }
  run.client:hurry()
  if run.in_a_row >= MOST_FAILURES then run.stopped = true end
end

local function read_one(run, project)
  local entry = run.entries[project.slug]
  if not run.job.incremental and entry and stream_state.is_finished(project_parts.open(entry)) then return end
  local noted = {}
  local client = contexts.watched(client_of(run, project.slug), noted)
  local ok, message, kind, outcome = run.way.read(run.stream, client, job_of(run, project, noted))
  if ok or outcome == "capped" then
    run.in_a_row, run.capped = 0, not ok and message or run.capped -- the last one to say so counts for all
  elseif wanted.leaves_out(project, contexts.refusal(noted, message).status) then
    run.refused, run.first_refused = run.refused + 1, run.first_refused or { slug = project.slug, message = message, kind = kind }
    run.client:log("WARN", ("the project %s is left out: %s"):format(project.slug, message))
  else count_failure(run, project, unknown_place(run.stream, client, noted, message), kind) end
end

-- Of those that were read before, and that the list has no more.
local function tell_gone(run)
  if not run.client.config.projects_text then return end
  for _, slug in ipairs(wanted.gone(run.client.config, run.entries)) do
    run.client:log("WARN", ("the project %s: %s"):format(slug, GONE))
  end
end

local function new_run(way, stream, client, job)
  local list = client.config.projects or { { slug = client.config.project, named = true } }
  local run
  run = {
    way = way, stream = stream, client = client, job = job, list = list, emitter = job.emitter, failures = 0, in_a_row = 0,
    refused = 0, single = #list == 1 and list[1].slug or nil, owner = owners.of(stream, client.config),
    whole = whole_state.new(job.emitter, job.checkpoint, function() return compose(run) end),
  }
  run.owner.project = nil
  return run
end

local function finish(run)
  if run.failures > 0 then
    if next(run.entries) then run.whole:write() end
    local first = run.first
    if run.single then return nil, first.message, first.kind end
    return nil, ("%d of %s could not be read%s; the first: %s: %s"):format(run.failures, counted(#run.list, "project"),
      run.stopped and ", and no more were tried" or "", first.slug, first.message), first.kind
  end
  if run.refused > 0 and run.refused == #run.list then
    local first = run.first_refused
    return nil, wanted.none_of(#run.list, first.slug, first.message), first.kind
  end
  if run.capped then
    if run.job.incremental then run.whole:write() end
    return nil, run.capped, "config_error"
  end
  if run.job.incremental then run.whole:write()
  else run.emitter:state { [stream_state.FINISHED] = true } end
  return "read for " .. counted(#run.list, "project")
end

local function read(way, stream, client, job)
  local before = emitter.ended_before(job)
  if before then return before end
  local failed = client.config.projects_failure
  if failed then return nil, failed.message, failed.failure_type end
  local run = new_run(way, stream, client, job)
  run.entries = take_states(run, job.state)
  if run.single and not has_others(run) then
    local noted = {}
    local ended, message, kind = way.read(stream, contexts.watched(client, noted),
      merged(job, { state = run.entries[run.single] or json.null }))
    client.refused = noted.status
    return ended, unknown_place(run.stream, client, noted, message), kind
  end
  tell_gone(run)
  parallel(run.list, math.min(AT_ONCE, client.config.num_workers), function(project)
    if not run.stopped then read_one(run, project) end
  end)
  return finish(run)
end

-- The first project that can be asked speaks for all.
local function probe(way, stream, client, job)
  local failed = client.config.projects_failure
  if failed then return nil, failed.message, failed.failure_type, {} end
  local list = client.config.projects
  if not list or #list == 1 then return way.probe(stream, client, job) end
  local run = { client = client, job = job, entries = {} }
  for i, project in ipairs(list) do
    local count, message, kind, refusal = way.probe(stream, client_of(run, project.slug), job_of(run, project))
    local status = refusal and refusal.status
    if count or not wanted.leaves_out(project, status) or i == MOST_PROBED then return count, message, kind, refusal end
  end
end

local function understand(way, stream, state)
  if not project_parts.several(state) then return way.understand(stream, state) end
  if state.of.project then
    local _, plain = project_parts.take(state)
    local ok, wrong = way.understand(stream, plain)
    if not ok then return nil, wrong end
  end
  for slug, entry in pairs(state.projects) do -- also what is no state at all
    local ok, wrong = way.understand(stream, project_parts.open(entry))
    if not ok then return nil, ("project %s: %s"):format(slug, wrong) end
  end
  return true
end

---Who reads a stream: `way` itself, or `way` once for each project.
---@param way table read, probe and understand of a stream that is of one project
---@param stream stream
---@param known known_streams?
---@return table way
function projects.over(way, stream, known)
  if not projects.covers(stream, known) then return way end
  return {
    read = function(...) return read(way, ...) end,
    probe = function(...) return probe(way, ...) end,
    understand = function(...) return understand(way, ...) end,
  }
end

return projects
