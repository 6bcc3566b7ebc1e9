-- Streams as verbs see them: each is worked on in a state of its own.
local host = require "host"
local json = require "json"

local streams = {}

---@return string[]? names in order
---@return string? message
function streams.names()
  return host.streams()
end

---Has a stream's worker do a job.
---@param output userdata? the stream whose lines it may write
---@param job table `job`, `name`, and what the job needs
---@return string? result
---@return string? message
---@return string failure_type
---@return string? internal a traceback, when the script raised
function streams.run(output, job)
  local result, message, kind = host.run(output, "worker", json.encode(job))
  if result then return result, nil, "" end
  if kind ~= "raised" then return nil, message, kind end
  local first = message:match "^[^\n]*"
  return nil, ("the script of the stream '%s' failed: %s"):format(job.name, first), "config_error", message
end

return streams
