-- What a destination is told of a stream: called in the stream's own state (worker.lua).
local contexts = require "reading.context"
local left_out = require "stream.left_out"
local member = require "lib.member"
local narrowing = require "stream.narrowing"
local owners = require "reading.owner"
local period = require "stream.period"
local projects = require "reading.projects"
local resumable = require "reading.resumable"
local schema = require "stream.schema"

local plan = {}

-- Rows of another organization are told apart even where the path names none: what a list holds is a matter of the token.
local function owner_of(stream, config, project)
  local here = owners.of(stream, config)
  for name in pairs(narrowing.of(stream, config)) do here[name] = nil end -- the same rows, fewer of them
  if not stream.api.address then here.organization = config.organization end
  here.project = project
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

-- A stream of children is of the project that its parents are of. A script that names no path of its own, or finds its parents by
-- itself, may ask for the configured project.
local function is_of_project(stream, known)
  local covered, topmost = projects.covers(stream, known)
  return covered or type(topmost.parent) == "function" or topmost.read ~= nil and topmost.path == nil
end

local ANY = "*" -- no project's slug

-- The rows of each project are apart, as if it were the only one. `any`: the form of them all.
local function places_of(stream, config, known)
  local of_one, each = is_of_project(stream, known), {}
  for i, project in ipairs(of_one and config.projects or {}) do each[i] = owner_of(stream, config, project.slug) end
  return { place = owner_of(stream, config, of_one and config.project or nil), each = each, any = owner_of(stream, config, ANY),
    of_one = of_one }
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
---a state; `formerly`, `others`: the form of places that are this one now, or are of all projects; `resumes`: also a read of
---all that was cut; `elsewhere`: in words that another shard reads it
---@return string? message
---@return failure_type? failure_type
---@return failure? failure
function plan.make(stream, job)
  local found, wrong, kind, failure = schema.of(stream, period.tracks(stream, job.config, true))
  if not found then return nil, wrong, kind, failure end
  local key, keyless = key_of(stream)
  if not key then return nil, keyless, "config_error", { of_script = true } end
  local places = places_of(stream, contexts.config(stream, job.config), job.known)
  return {
    schema = found.text, declared = found.declared, key = key, incremental = stream.cursor ~= nil,
    resumes = stream.cursor ~= nil or resumable(stream),
    of_projects = projects.covers(stream, job.known), place = places.place, places = places.each,
    formerly = not places.of_one and (stream.parent or stream.read) and places.any or nil,
    others = places.of_one and places.any or nil,
    left_out = left_out.columns(stream),
    elsewhere = find_elsewhere(stream, job),
  }
end

return plan
