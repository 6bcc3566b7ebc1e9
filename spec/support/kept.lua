--- What a destination keeps of a read's output, which may have been cut: its states, and of each stream the records that come
--- before its last state.
local connector = require "spec.support.connector"

---@param lines string[]
---@param states table<string, table> by stream: takes the last ones
---@param keep fun(stream: string, text: string) is given each such record
return function(lines, states, keep)
  local waiting = {}
  for _, line in ipairs(lines) do
    local stream, data = line:match '^{"type":"RECORD","record":{"stream":"([^"]*)","data":(.*),"emitted_at":%d+}}$'
    if stream then
      waiting[stream] = waiting[stream] or {}
      table.insert(waiting[stream], data)
    end
    local named = line:match '^{"type":"STATE".-"stream_descriptor":{"name":"([^"]*)"'
    if named then
      states[named] = connector.states({ lines = { line } })[1]
      for _, text in ipairs(waiting[named] or {}) do keep(named, text) end
      waiting[named] = nil
    end
  end
end
