--- What the Airbyte protocol demands of every line, and of their order: checked on what a run printed, whatever it was.
local cjson = require "cjson"
local clock = require "clock"
local json_text = require "spec.support.json_text"

local protocol = {}

local FIELDS = {
  SPEC = "spec", CONNECTION_STATUS = "connectionStatus", CATALOG = "catalog", RECORD = "record", STATE = "state", LOG = "log",
  TRACE = "trace",
}
local LEVELS = { FATAL = true, ERROR = true, WARN = true, INFO = true, DEBUG = true, TRACE = true }
local KINDS = { config_error = true, system_error = true, transient_error = true }
local TRACES = { ERROR = "error", STREAM_STATUS = "stream_status", ESTIMATE = "estimate" }
local LONGEST_RUN = 600000 -- ms

---@class progress what is known of one stream so far
---@field status string? STARTED, RUNNING, COMPLETE or INCOMPLETE
---@field records integer
---@field counted integer by its states
---@field since integer records since its last state
---@field state string? the text of its last state
---@field failed boolean an ERROR was told of it

local checker = {}
checker.__index = checker

function checker:wrong(format, ...)
  self.problems[#self.problems + 1] = ("line %d: "):format(self.number) .. format:format(...)
end

-- The progress of the stream of a descriptor, or of a record.
function checker:of(name, namespace)
  if type(name) ~= "string" then self:wrong "a stream has no name" end
  local key = tostring(name) .. "\0" .. tostring(namespace)
  self.streams[key] = self.streams[key] or { name = name, records = 0, counted = 0, since = 0, failed = false }
  return self.streams[key]
end

function checker:going_on(stream, what)
  if not stream.status then self:wrong("%s of %s before it is STARTED", what, stream.name) end
  if stream.status == "COMPLETE" or stream.status == "INCOMPLETE" then
    self:wrong("%s of %s after it is %s", what, stream.name, stream.status)
  end
end

function checker:time(value, what)
  local now = clock.now() // 1000
  if type(value) ~= "number" or value > now + 1000 or value < now - LONGEST_RUN then self:wrong("%s is no time of now", what) end
end

function checker:RECORD(line)
  local record = json_text.members(json_text.members(line).record)
  local stream = self:of(cjson.decode("[" .. record.stream .. "]")[1], record.namespace)
  self:going_on(stream, "a record")
  if stream.status ~= "RUNNING" then self:wrong("a record of %s before it is RUNNING", stream.name) end
  if (record.data or ""):sub(1, 1) ~= "{" then self:wrong "a record's data is no object" end
  if not (record.emitted_at or ""):find "^%d+$" then self:wrong "emitted_at is no whole number" end
  self:time(tonumber(record.emitted_at), "emitted_at")
  stream.records, stream.since = stream.records + 1, stream.since + 1
end

function checker:STATE(line, state)
  if state.type ~= "STREAM" then return self:wrong "a state that is of no stream" end
  local descriptor = state.stream.stream_descriptor
  local stream = self:of(descriptor.name, descriptor.namespace and cjson.encode(descriptor.namespace))
  self:going_on(stream, "a state")
  local text = json_text.members(json_text.members(json_text.members(line).state).stream).stream_state or ""
  if text:sub(1, 1) ~= "{" then self:wrong("the state of %s is no object", stream.name) end
  if text == stream.state and stream.since > 0 then
    self:wrong("the state of %s is that before it, with records between", stream.name)
  end
  local count = line:match '"sourceStats":{"recordCount":(%d+)%.0}'
  if not count then self:wrong "recordCount is missing, or has no decimal point" end
  if tonumber(count) ~= stream.since then self:wrong("a state counts %s records, not %d", count, stream.since) end
  stream.counted, stream.since, stream.state = stream.counted + stream.since, 0, text
end

function checker:LOG(_, log)
  if not LEVELS[log.level] then self:wrong("a log of the level %s", log.level) end
  if type(log.message) ~= "string" or not log.message:find "%S" then self:wrong "a log that says nothing" end
end

function checker:TRACE(line, trace)
  local field = TRACES[trace.type]
  if not field or type(trace[field]) ~= "table" then return self:wrong("a trace of the type %s", trace.type) end
  if not line:find('"emitted_at":%d+%.0') then self:wrong "a trace's emitted_at has no decimal point" end
  self:time(trace.emitted_at, "a trace's emitted_at")
  self[field](self, trace[field])
end

function checker:error(error)
  if not KINDS[error.failure_type] then self:wrong("a failure of the type %s", error.failure_type) end
  if type(error.message) ~= "string" or not error.message:find "%S" then self:wrong "an error that says nothing" end
  self.errors = self.errors + 1
  local descriptor = error.stream_descriptor
  if descriptor then self:of(descriptor.name, descriptor.namespace and cjson.encode(descriptor.namespace)).failed = true end
end

function checker:estimate(estimate)
  if estimate.type ~= "STREAM" or not estimate.name then self:wrong "an estimate of no stream" end
end

function checker:stream_status(told)
  local descriptor = told.stream_descriptor
  local stream = self:of(descriptor.name, descriptor.namespace and cjson.encode(descriptor.namespace))
  if told.status == "STARTED" then
    if stream.status then self:wrong("%s is STARTED twice", stream.name) end
  else
    self:going_on(stream, told.status)
  end
  if told.status == "RUNNING" and stream.status == "RUNNING" and not told.reasons then
    self:wrong("%s is RUNNING twice, for no reason", stream.name)
  end
  if told.status == "COMPLETE" then self:complete(stream) end
  if told.status == "INCOMPLETE" and not stream.failed then self:wrong("%s is INCOMPLETE without an error", stream.name) end
  stream.status = told.status
end

function checker:complete(stream)
  if not stream.state then self:wrong("%s is COMPLETE without a state", stream.name) end
  if stream.since > 0 then self:wrong("%s is COMPLETE with %d records behind its last state", stream.name, stream.since) end
  if stream.failed then self:wrong("%s is COMPLETE with an error", stream.name) end
end

function checker:SPEC(_, spec)
  if type(spec.connectionSpecification) ~= "table" then self:wrong "a spec without connectionSpecification" end
end

function checker:CONNECTION_STATUS(_, told)
  if told.status ~= "SUCCEEDED" and told.status ~= "FAILED" then self:wrong("a connection that is %s", told.status) end
end

function checker:CATALOG(_, catalog)
  if type(catalog.streams) ~= "table" then self:wrong "a catalog without streams" end
end

function checker:line(line)
  if line:find "\r" then self:wrong "a carriage return" end
  local is_record = line:find('^{"type":"RECORD"') ~= nil
  -- What stands in a record is the server's: a key that comes twice there is passed on.
  local valid, reason = json_text.check(line, is_record and 2 or nil)
  if not valid or line:sub(1, 1) ~= "{" then return self:wrong("no JSON object: %s", reason or line:sub(1, 60)) end
  local kind = (json_text.members(line).type or ""):match '^"(.*)"$'
  local field = FIELDS[kind]
  if not field or not json_text.members(line)[field] then return self:wrong("a message of the type %s", kind) end
  self[kind](self, line, not is_record and cjson.decode(line)[field])
end

function checker:ending(result)
  local incomplete = false
  for _, stream in pairs(self.streams) do
    if result.status and stream.status ~= "COMPLETE" and stream.status ~= "INCOMPLETE" then
      self:wrong("%s ends as %s", stream.name, stream.status)
    end
    incomplete = incomplete or stream.status == "INCOMPLETE"
  end
  if result.status == 0 and (incomplete or self.errors > 0) then self:wrong "a failure, but the exit status is 0" end
  if result.status == 1 and self.errors == 0 then self:wrong "the exit status is 1, but no error was told" end
end

--- What is wrong with the lines of a run; an empty list where nothing is.
---@param result result
---@return string[] problems
function protocol.problems(result)
  local self = setmetatable({ problems = {}, streams = {}, errors = 0, number = 0 }, checker)
  for number, line in ipairs(result.lines) do
    self.number = number
    self:line(line)
  end
  self:ending(result)
  return self.problems
end

return protocol
