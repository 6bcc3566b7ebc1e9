-- What a line of the protocol says, for verbs that take a stream's lines themselves (airbyte.capture).
local json = require "json"

---@param line string
---@return "record"|"state"|"log"|nil kind nil: another one
---@return string|table|nil value JSON of a record, or of a state; a log's level and message
local function captured(line)
  local record = line:match '^{"type":"RECORD","record":{"stream":"[^"]*","data":(.*),"emitted_at":%d+}}$'
  if record then return "record", record end
  if line:find('{"type":"STATE"', 1, true) == 1 then return "state", line:match '"stream_state":(.*)},"sourceStats"' end
  if line:find('{"type":"LOG"', 1, true) == 1 then return "log", assert(json.decode(line)).log end
end

return captured
