-- What a destination is told of a stream: called in the stream's own state (worker.lua).
local contexts = require "reading.context"
local left_out = require "stream.left_out"
local member = require "lib.member"
local merged = require "lib.merged"
local narrowing = require "stream.narrowing"
local owners = require "reading.owner"
local period = require "stream.period"
local projects = require "reading.projects"
local resumable = require "reading.resumable"
local schema = require "stream.schema"

local plan = {}

-- Rows of another organization are told apart even where the path names none: what a list holds is a matter of the token.
-- A stream of children is of the project that its parents are of.
local function owner_of(stream, config)
  local here = owners.of(stream, config)
  for name in pairs(narrowing.of(stream, config)) do here[name] = nil end -- the same rows, fewer of them
  if not stream.api.address then here.organization = config.organization end
  if stream.parent or stream.read then here.project = config.project end
  local parts, rest = { here.host }, {}
  for _, name in ipairs { "organization", "project" } do
    parts[#parts + 1], here[name] = here[name], nil
  end
  here.host = nil
  for name in pairs(here) do rest[#rest + 1] = name end
  table.sort(rest)
  for _, name in ipairs(rest) do parts[#parts + 1] = tostring(here[name]) end
  return table.concat(parts, "/")
end

-- The rows of each project are apart, as if it were the only one.
local function places_of(stream, config)
  local places = {}
  for i, project in ipairs(config.projects or {}) do places[i] = owner_of(stream, merged(config, { project = project.slug })) end
  return places
end

-- A table's key is made of columns, which are fields at a record's top: of the identity, else of the primary key, which a
-- transform may have made. The identity of a child tells it from others of its parent alone, and one table holds those of all;
-- what is added to a record is of its key, too.
local function key_of(stream)
  local whole = stream.parent or stream.add
  for _, names in ipairs(whole and { stream.primary_key, stream.identity } or { stream.identity, stream.primary_key }) do
    local key = {}
    for i, name in ipairs(names) do
      local parts = member.names(name)
      key[i] = #parts == 1 and parts[1] or nil
    end
    if #key == #names then return key end
  end
  return nil, ("the key '%s' is inside of an object, and a table's key is made of columns; `unwrap` takes the records out of "
    .. "objects, or a `transform` sets a field for `primary_key` to name"):format(table.concat(stream.primary_key, "', '"))
end

-- What is to be said of a list that another shard reads whole; of several projects, each may have another one.
local function find_elsewhere(stream, job)
  if not job.options or not job.options.shard or #(job.config.projects or {}) > 1 then return nil end
  local shards = require "reading.shards"
  local split = shards.of(stream, job)
  return shards.is_elsewhere(split) and shards.describe(split) or nil
end

---@param stream stream
---@param job table
---@return table? plan `of_projects`: it is read for each project; `places`: of each of them; `incremental`: it can go on from
---a state; `resumes`: also a read of all that was cut; `elsewhere`: in words that another shard reads it
---@return string? message
---@return failure_type? failure_type
---@return failure? failure
function plan.make(stream, job)
  local found, wrong, kind, failure = schema.of(stream, period.tracks(stream, job.config, true))
  if not found then return nil, wrong, kind, failure end
  local key, keyless = key_of(stream)
  if not key then return nil, keyless, "config_error", { of_script = true } end
  local config = contexts.config(stream, job.config)
  return {
    schema = found.text, declared = found.declared, key = key, incremental = stream.cursor ~= nil,
    resumes = stream.cursor ~= nil or resumable(stream),
    of_projects = projects.covers(stream, job.known), place = owner_of(stream, config), places = places_of(stream, config),
    left_out = left_out.columns(stream),
    elsewhere = find_elsewhere(stream, job),
  }
end

return plan
