-- Traces a read from within, for `perigee try`: each request, and the fate of one record. Events go to the verb by
-- airbyte.observe: {request = seen_request}, {record = seen_record}, or {enough = true}, after which the read is ended.
local added = require "stream.added"
local airbyte = require "airbyte"
local client = require "api.client"
local clock = require "clock"
local contexts = require "reading.context"
local json = require "json"
local lower_bound = require "reading.lower_bound"
local member = require "lib.member"
local reader = require "reading.reader"
local stream_state = require "reading.stream_state"

local tracer = {}

local FEW = 50 -- records

---@class seen_request
---@field number integer
---@field request string
---@field status integer? none: no response came
---@field ms integer?
---@field bytes integer?
---@field rows integer?
---@field message string? what is wrong, or what follows

---@class seen_record what became of the record that is looked for, on one page
---@field request integer the number of the request that it came with
---@field position integer on its page
---@field rows integer of the page
---@field kept boolean
---@field reason string
---@field cursor string? the value of its cursor field

local function text_of(value)
  if value ~= nil and json.is_number(value) then return json.encode(value) end
  return type(value) == "string" and value or nil
end

-- A record's key as a person writes it; several parts are joined by commas.
local function key_of(names, field)
  local parts = {}
  for i, name in ipairs(names) do parts[i] = text_of(field(name)) or "" end
  return table.concat(parts, ",")
end

local silent = { log = function() end } -- the read itself tells of a state of another owner

-- From where this read takes records, by each field of the order; nil: no state says so.
local function bounds_of(stream, job)
  local known = stream.cursor and not stream.parent and reader.understand(stream, job.state)
  if not known then return nil end
  local read = { now = clock.now(), incremental = job.incremental, log = silent }
  local bounds, resumed = reader.lower_bound(stream, contexts.config(stream, job.config), known, read)
  return resumed and bounds or nil
end

local function time_of(record, field)
  local value = member.of(record, field)
  return type(value) == "string" and clock.parse(value)
end

local function is_below(record, bounds)
  if not next(bounds) then return false end -- a list without an order
  for field, us in pairs(bounds) do
    local at = time_of(record, field)
    if us == stream_state.NO_BOUND or not at or at >= us then return false end
  end
  return true
end

local function why_dropped(seen, record, id, bounds, stream, job)
  local field = stream.cursor and stream.cursor.field
  local start = lower_bound.settings(stream, job.config).start
  local at = field and time_of(record, field)
  if seen.filtered[id] then return "the stream's filter does not keep it" end
  if start and at and at < start then return "its " .. field .. " is before start_date" end
  if bounds and is_below(record, bounds) then return "it is older than the state, less the lookback" end
  if seen.emitted then return "it is a repeat: this read has emitted it already" end
  return bounds and "it is a repeat: the read that wrote the state has emitted it already"
    or "it was held back: by the stream's transform, or as a repeat"
end

-- Notes whom a filter holds back: the page does not tell that from a repeat.
local function watch_filter(stream, names, filtered)
  local filter = stream.filter
  if not filter then return end
  stream.filter = function(record, context)
    local keeps = filter(record, context)
    if not keeps then
      local whole = record:decode()
      filtered[key_of(names, function(name) return member.of(whole, name) end)] = true
    end
    return keeps
  end
end

-- The records of a page that have the key, each with its position.
local function find_on(page, names, id)
  local found = {}
  for i = 1, page:count() do
    local text, kept = page:record(i)
    local may = text:find(id:match "[^,]*", 1, true) or text:find("\\", 1, true) -- it may be written with escapes
    local record = may and json.decode(text)
    if type(record) == "table" and key_of(names, function(name) return member.of(record, name) end) == id then
      found[#found + 1] = { position = i, kept = kept, record = record }
    end
  end
  return found
end

-- Reports the record that is looked for, on each page that has it.
local function record_watcher(stream, job, sight)
  local bounds = bounds_of(stream, job)
  local sent = added.rest(stream.primary_key, stream.add)
  local names = #sent > 0 and sent or stream.identity
  local seen = { filtered = {}, emitted = false }
  watch_filter(stream, names, seen.filtered)
  return function(page)
    for _, one in ipairs(find_on(page, names, job.why)) do
      airbyte.observe { record = {
        request = sight.numbers[page], position = one.position, rows = page:count(), kept = one.kept,
        cursor = stream.cursor and text_of(member.of(one.record, stream.cursor.field)),
        reason = one.kept and (bounds and "it is new since the state, or has changed"
          or "there is no state, so everything is new")
          or why_dropped(seen, one.record, job.why, bounds, stream, job),
      } }
      seen.emitted, sight.met = seen.emitted or one.kept, true
    end
  end
end

local function stop_when_enough(job, sight)
  local enough = job.why and sight.met or not job.why and airbyte.written() >= job.limit
  if not enough then return end
  airbyte.observe { enough = true }
  error("enough was read", 0)
end

local function watch_requests(sight)
  local count = 0
  client.observe = function(request, response, message, rows, value)
    count = count + 1
    if type(value) == "userdata" then sight.numbers[value] = count end
    local ok = response and response.status // 100 == 2 and rows
    sight.at_end = ok and not message
    airbyte.observe { request = {
      number = count, request = request, status = response and response.status, ms = response and response.ms,
      bytes = response and response.bytes, rows = rows, message = message,
    } }
  end
end

---Traces the reading of this state's stream. The read ends when a state covers what was wanted; after the last
---page it ends by itself. A child stream ends before the first request after that, for the last page of each of its lists is not
---its own; one that is read in full has no state by then. Where little is wanted of it, its parents are read one by one: of
---several at once, some would be asked for nothing.
---@param stream stream
---@param job table `limit`: records; `why`: the key of the record that is looked for
---@return observer
function tracer.watch(stream, job)
  local sight = { numbers = setmetatable({}, { __mode = "k" }), met = false, at_end = false }
  local watch_page = job.why and record_watcher(stream, job, sight)
  watch_requests(sight)
  if stream.parent then
    client.sending = function() stop_when_enough(job, sight) end
    if job.limit <= FEW and job.config then job.config.num_workers = 1 end
  end
  local observer = {}
  function observer:page(page) -- luacheck: ignore self
    if watch_page then watch_page(page) end
  end
  function observer:state() -- luacheck: ignore self
    if not sight.at_end then stop_when_enough(job, sight) end
  end
  return observer
end

return tracer
