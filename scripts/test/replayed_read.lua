-- A read of a stream whose records and state are kept, to be compared with what is expected, or to become that.
local airbyte = require "airbyte"
local json = require "json"
local streams = require "stream.registry"

local replayed_read = {}

---Is it read incrementally?
---@param name string
---@return boolean? incremental nil: its script is wrong
---@return string? message
---@return failure? failure
function replayed_read.is_incremental(name)
  local entry, broken, _, failure = streams.run(nil, { job = "describe", name = name })
  if not entry then return nil, broken, failure end
  return json.decode(entry).supported_sync_modes[2] ~= nil
end

---Reads the stream, from no state.
---@param name string
---@param settings table the configuration
---@param options table of the command line
---@param incremental boolean
---@return output? got
---@return string? message
---@return string[] logs
function replayed_read.run(name, settings, options, incremental)
  local got, logs = { records = {} }, {}
  local output = airbyte.capture(name, nil, {
    record = function(text) table.insert(got.records, text) end,
    state = function(text) got.state = text end,
    log = function(level, message) table.insert(logs, ("%s: %s"):format(level:lower(), message)) end,
  })
  local done, message, _, failure = streams.run(output, {
    job = "read", name = name, config = settings, options = options, incremental = incremental,
  })
  if output:stopped() then return nil, output:stopped(), logs end
  if not done then return nil, options.debug and failure.internal or message, logs end
  return got, nil, logs
end

return replayed_read
