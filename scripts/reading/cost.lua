-- What a full read of a list takes, by its first page: for those who choose among streams. A list that is read for each record of
-- another, in slices, or by its script is not asked here.
local lists = require "reading.list"
local workload = require "reading.workload"

local cost = {}

---@class cost
---@field records integer? how many there are, about
---@field requests integer
---@field at_least boolean? the server does not say how many there are

-- A list without an order is read until two passes hold the same rows.
local function passes_of(stream, list)
  if not list.next or stream.settle == false then return 1 end
  return stream.cursor and #stream.cursor.ordered_by > 0 and 1 or 2
end

---Can it be asked by one list?
---@param stream stream
---@return boolean
function cost.is_asked(stream)
  return not stream.read and not stream.parent and not (stream.cursor and stream.cursor.slice)
end

---@param stream stream
---@param client client
---@return cost?
---@return string? message
---@return string? failure_type
---@return {status: integer?, scope: string?}? refusal
function cost.of(stream, client)
  local list, wrong, kind = lists.new(stream, client)
  if not list then return nil, wrong, kind end
  local page, message, failure_type, _, refusal = list:fetch {}
  if not page then return nil, message, failure_type, refusal end
  if stream.single then return { records = 1, requests = 1 } end
  local work = workload.of(list, { rows = page:count(), full_size = true })
  local passes = passes_of(stream, list)
  page:close()
  return { records = work.records, requests = (work.requests or 2) * passes,
    at_least = work.at_least or not work.requests or nil }
end

return cost
