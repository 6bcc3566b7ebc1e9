-- What a destination is told of a stream: called in the stream's own state (worker.lua).
local contexts = require "reading.context"
local owners = require "reading.owner"
local resumable = require "reading.resumable"
local schema = require "stream.schema"

local plan = {}

-- Rows of another organization are told apart even where the path names none: what a list holds is a matter of the token.
-- A stream of children is of the project that its parents are of.
local function owner_of(stream, config)
  local here = owners.of(stream, config)
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

---@param stream stream
---@param job table
---@return table? plan `incremental`: it can go on from a state; `resumes`: also a read of all that was cut
---@return string? message
---@return failure_type? failure_type
---@return failure? failure
function plan.make(stream, job)
  local found, wrong, kind, failure = schema.of(stream)
  if not found then return nil, wrong, kind, failure end
  return {
    schema = found.text, declared = found.declared, key = stream.identity, incremental = stream.cursor ~= nil,
    resumes = stream.cursor ~= nil or resumable(stream),
    place = owner_of(stream, contexts.config(stream, job.config)), left_out = stream.api.secret_members,
  }
end

return plan
