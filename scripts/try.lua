-- perigee try STREAM: reads a little of a stream as `read` would, and shows people how: each request, the first records as
-- they leave, the next state, limits and warnings. --plan, --infer and --why show something else of it, and --json all as data.
local airbyte = require "airbyte"
local command_line = require "command_line"
local json = require "json"
local json_report = require "try.json_report"
local pretty = require "lib.pretty"
local reports = require "try.report"
local resolve = require "config.resolve"
local settle = require "config.settle"
local state = require "config.state"
local streams = require "stream.registry"

local SHOWN, INFERRED = 5, 100 -- records

---@class attempt
---@field options table
---@field report try_report|json_report
local attempt = {}
attempt.__index = attempt

function attempt:fail(message, kind)
  airbyte.error(kind or "config_error", message)
  if self.report.fail then self.report:fail(message, kind or "config_error") end
  return 1
end

local function known_stream(name, found)
  local names, unreadable = streams.names(found)
  if not names then return nil, unreadable end
  local unknown = streams.unknown(name, names)
  return not unknown, unknown
end

-- The lines of the script that led to where it raised are shown where there are several.
function attempt:fail_with(message, kind, failure)
  local _, trace = pretty.raised(failure.internal or "")
  if trace then airbyte.log("INFO", trace) end
  return self:fail(resolve.explain(message, failure.blamed, self.options), kind)
end

function attempt:plan(job)
  local plan, message, kind, failure = streams.run(nil, job "plan")
  if not plan then return self:fail_with(message, kind, failure) end
  self.report:plan(plan)
  return 0
end

-- The functions that take the stream's records and messages (airbyte.capture).
function attempt:takers()
  local report = self.report
  return {
    record = function(text) report:record(text) end,
    state = function(text) report.state = text end,
    log = function(level, message)
      airbyte.log(level, message)
      if report.log then report:log(level, message) end
    end,
    observe = function(text) report:observe(assert(json.decode(text))) end,
    summary = function(summary) report.summary = summary end,
    rate_limited = function()
      airbyte.log("INFO", report.name .. ": the server's rate limit is used up; it is waited for")
    end,
  }
end

function attempt:read(job, incremental)
  local report, options = self.report, self.options
  local output = airbyte.capture(report.name, nil, self:takers())
  local given = job "try"
  given.why, given.incremental, given.limit = options.why, incremental, report.limit
  local done, message, kind, failure = streams.run(output, given)
  if output:stopped() then return self:fail(output:stopped(), "system_error") end
  local shown = done or report.cut
  if options.why and shown then return report:why() end
  if not options.infer and (shown or report.records > 0) then report:finish(shown) end
  if shown then return 0 end
  return self:fail_with(message, kind, failure)
end

-- A schema is no guess where nothing was read.
function attempt:schema()
  if self.report.records == 0 then return self:fail "nothing was read, so there is nothing to infer a schema from" end
  self.report:schema()
  return 0
end

local function new(options)
  local kind = options.json and not options.infer and json_report or reports
  local report = kind.new(options, options.limit or options.infer and INFERRED or SHOWN)
  return setmetatable({ options = options, report = report }, attempt)
end

return function()
  local options = command_line.options()
  local self = new(options)
  local found, message, kind = resolve.find(options)
  if not found then return self:fail(message, kind) end
  local known, unknown = known_stream(options.word, found)
  if not known then return self:fail(unknown) end
  local states, wrong, failure = state.read(options.state)
  if not states then return self:fail(wrong, failure) end
  options.checkpoint_records = options.why and 1 or self.report.limit
  options.retry_attempts = options.retry_attempts or 3 -- a person waits
  local function job(word)
    return { job = word, name = options.word, config = found, options = options, state = state.of(states, options.word) }
  end
  settle.all(found, options)
  if options.plan then return self:plan(job) end
  local entry, broken, reason = streams.run(nil, job "describe")
  if not entry then return self:fail(broken, reason) end
  local status = self:read(job, json.decode(entry).supported_sync_modes[2] ~= nil)
  return status == 0 and options.infer and self:schema() or status
end
