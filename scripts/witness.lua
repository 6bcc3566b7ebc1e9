-- What a read looks like from within, for `perigee try`: each request, and what became of one record. Told in log lines at
-- level TRACE, with JSON for a message, as a stream has no other way to its verb.
local airbyte = require "airbyte"
local client = require "client"
local clock = require "clock"
local json = require "json"
local memory = require "memory"

local witness = {}

---@class seen_request
---@field number integer
---@field request string
---@field status integer? none: no answer came
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

local function tell(what) airbyte.log("TRACE", json.encode(what)) end

local function text_of(value)
  if type(value) == "number" then return json.encode(value) end
  return type(value) == "string" and value or nil
end

-- A record's key as a person writes it; several parts are joined by commas.
local function key_of(names, field)
  local parts = {}
  for i, name in ipairs(names) do parts[i] = text_of(field(name)) or "" end
  return table.concat(parts, ",")
end

-- From where a read with this state takes records, by each field of the order; nil: it takes all.
local function bounds_of(stream, job)
  local known = stream.cursor and job.state and memory.read(job.state, stream.cursor.field)
  if not known then return nil end
  local bounds, marks = {}, known.walk and known.walk.top or known.marks or {}
  local fields = #stream.cursor.ordered_by > 0 and stream.cursor.ordered_by or { stream.cursor.field }
  for _, field in ipairs(fields) do
    local mark = marks[field] or known.mark
    bounds[field] = mark and mark - (job.config.lookback_minutes or 0) * 60 * 1000000
  end
  return next(bounds) and bounds
end

local function is_below(record, bounds)
  for field, us in pairs(bounds) do
    local at = type(record[field]) == "string" and clock.parse(record[field])
    if not at or at >= us then return false end
  end
  return true
end

local function why_dropped(seen, record, id, bounds, stream, job)
  local field = stream.cursor and stream.cursor.field
  local start, at = job.config.start_date, field and type(record[field]) == "string" and clock.parse(record[field])
  if seen.filtered[id] then return "the stream's filter does not keep it" end
  if start and at and at < clock.parse(start) then return "its " .. field .. " is before start_date" end
  if bounds and is_below(record, bounds) then return "it is older than the state, less the lookback" end
  if seen.emitted then return "it is a repeat: this read has emitted it already" end
  return bounds and "it is a repeat: the read that wrote the state has emitted it already"
    or "it was held back: by the stream's transform, or as a repeat"
end

-- Sees each page just before it goes out.
local function watch_record(stream, job, numbers)
  local id, bounds, emit = job.why, bounds_of(stream, job), airbyte.emit
  local names = #stream.primary_key > 0 and stream.primary_key or stream.identity
  local seen = { filtered = {}, emitted = false }
  local filter = stream.filter
  if filter then
    stream.filter = function(record, context)
      local keeps = filter(record, context)
      if not keeps then seen.filtered[key_of(names, function(name) return record[name] end)] = true end
      return keeps
    end
  end
  airbyte.emit = function(page)
    for i = 1, page:count() do
      local text, kept = page:record(i)
      local record = text:find(id:match "[^,]*", 1, true) and json.decode(text)
      if type(record) == "table" and key_of(names, function(name) return record[name] end) == id then
        tell { record = {
          request = numbers[page], position = i, rows = page:count(), kept = kept,
          cursor = stream.cursor and text_of(record[stream.cursor.field]),
          reason = kept and (bounds and "it is new since the state" or "there is no state, so everything is new")
            or why_dropped(seen, record, id, bounds, stream, job),
        } }
        seen.emitted = seen.emitted or kept
      end
    end
    return emit(page)
  end
end

---Has the reading of this state's stream be told of. `job.why`: the key of the record that is looked for.
---@param stream stream
---@param job table
function witness.watch(stream, job)
  local count, numbers = 0, setmetatable({}, { __mode = "k" })
  client.observe = function(request, response, message, rows, value)
    count = count + 1
    if type(value) == "userdata" then numbers[value] = count end
    tell { request = {
      number = count, request = request, status = response and response.status, ms = response and response.ms,
      bytes = response and response.bytes, rows = rows, message = message,
    } }
  end
  if job.why then watch_record(stream, job, numbers) end
end

return witness
