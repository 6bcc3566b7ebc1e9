-- perigee try STREAM: reads a little of a stream as `read` would, and shows people how: each request, the first records as
-- they leave, the next state, limits and warnings. --plan, --infer and --why show something else of it.
local airbyte = require "airbyte"
local console = require "console"
local command_line = require "command_line"
local infer = require "try.infer"
local json = require "json"
local pretty = require "lib.pretty"
local settings = require "config.resolve"
local state = require "config.state"
local streams = require "stream.registry"

local counted = pretty.counted

local SHOWN, INFERRED = 5, 100 -- records
local MOST_LINES = 40 -- of one record

---@class attempt
---@field name string
---@field options table
---@field limit integer
---@field records integer
---@field requests integer
---@field bytes integer received
---@field seen seen_record[] where the record that is looked for was met
---@field state string? the last one, JSON
---@field summary airbyte_summary? what the read came to
---@field cut boolean? it was ended early, for enough was read
local attempt = {}
attempt.__index = attempt

function attempt:say(text) console.write(text .. "\n") end

function attempt:title(text) self:say("\n" .. self.paint("bold", text)) end

-- ---- what comes while it is read

local function size(bytes)
  if bytes < 1000 then return bytes .. " bytes" end
  return bytes < 1000000 and ("%.1f kB"):format(bytes / 1000) or ("%.1f MB"):format(bytes / 1000000)
end

-- Method, path and query; the host is known.
local function short(request)
  return pretty.clean((request:gsub("^(%u+) %a+://[^/]+", "%1 ")))
end

function attempt:see_request(seen)
  self.requests, self.bytes = self.requests + 1, self.bytes + (seen.bytes or 0)
  local ok = seen.status == 200 and seen.rows ~= nil
  if self.options.infer then return end
  self:say(("%s %s"):format(self.paint("key", ("%2d"):format(seen.number)), short(seen.request)))
  local parts = { seen.status and tostring(seen.status) or "no answer" }
  if seen.ms then parts[#parts + 1] = seen.ms .. " ms" end
  if seen.bytes then parts[#parts + 1] = size(seen.bytes) end
  if seen.rows then parts[#parts + 1] = counted(seen.rows, "record") end
  if seen.message then parts[#parts + 1] = pretty.clean(seen.message) end
  if ok and not seen.message then parts[#parts + 1] = "no next page" end
  self:say("   " .. self.paint(ok and "dim" or "error", table.concat(parts, " · ")))
end

function attempt:see_record(text)
  self.records = self.records + 1
  if self.records > self.limit then return end
  if self.options.infer then return infer.see(self.shape, assert(json.decode(text))) end
  if self.options.why then return end
  self:title(("record %d"):format(self.records))
  local lines = pretty.json(text, self.paint, self.columns)
  self:say(table.concat(lines, "\n", 1, math.min(#lines, MOST_LINES)))
  if #lines > MOST_LINES then
    self:say(self.paint("dim", ("… %d more lines; at the prompt (perigee repl) all can be seen"):format(#lines - MOST_LINES)))
  end
end

-- What tracer.lua shows.
function attempt:see(shown)
  if shown.request then self:see_request(shown.request) end
  if shown.record then self.seen[#self.seen + 1] = shown.record end
  self.cut = self.cut or shown.enough
end

-- What becomes of what the stream writes.
function attempt:takers()
  return {
    record = function(text) self:see_record(text) end,
    state = function(text) self.state = text end,
    log = function(level, message) airbyte.log(level, message) end,
    observe = function(text) self:see(assert(json.decode(text))) end,
    summary = function(summary) self.summary = summary end,
    rate_limited = function()
      airbyte.log("INFO", self.name .. ": the server's rate limit is used up; it is waited for")
    end,
  }
end

-- ---- what is told at the end

function attempt:tell_state()
  if not self.state then return self:say(self.paint("dim", "none was written")) end
  local lines = pretty.json(self.state, self.paint, self.columns)
  self:say(table.concat(lines, "\n", 1, math.min(#lines, MOST_LINES)))
end

function attempt:tell_summary()
  self:title "in all"
  local shown = math.min(self.records, self.limit)
  self:say(("%s%s; %s, %s received"):format(counted(self.records, "record"),
    shown < self.records and (", of which %d %s shown"):format(shown, shown == 1 and "is" or "are") or "",
    counted(self.requests, "request"), size(self.bytes)))
  local met = self.summary
  if met and met.waits + met.retries > 0 then
    self:say(("limits met: %s, %s of %.1f s in all"):format(met.retries == 1 and "1 retry" or met.retries .. " retries",
      counted(met.waits, "wait"), met.waited_us / 1e6))
  end
  if not self.cut then return end
  self:say("stopped after that; --limit N reads more" .. (self.state
    and (', and --state FILE, with {"%s": the state above}, goes on from it'):format(self.name) or ""))
end

function attempt:tell_why()
  local why = self.options.why
  if #self.seen == 0 then
    self:say(("\nNo record with the key %s was in the %s of this read. %s"):format(why, counted(self.requests, "answer"),
      self.options.state and "It may be older than the state: try it without --state." or "Is it of this stream and project?"))
    return 1
  end
  for _, seen in ipairs(self.seen) do
    self:title(("record %s"):format(why))
    self:say(("came with request %s, as record %d of %d%s"):format(seen.request and tostring(seen.request) or "(unknown)",
      seen.position, seen.rows, seen.cursor and "; its cursor is " .. pretty.clean(seen.cursor) or ""))
    self:say((seen.kept and "It was emitted: " or "It was dropped: ") .. seen.reason .. ".")
  end
  return 0
end

-- ---- the plan

local function duration(seconds)
  if seconds < 90 then return ("%.0f s"):format(math.max(seconds, 1)) end
  return seconds < 5400 and ("%.0f minutes"):format(seconds / 60) or ("%.1f hours"):format(seconds / 3600)
end

-- How long so many requests take: as fast as they are answered, or as fast as they are allowed.
local function estimate(plan, requests)
  local limits = plan.limits
  local seconds = requests * plan.ms / 1000
  if not limits.limit or not limits.seconds then return seconds end
  local windows = math.max(0, math.ceil((requests - (limits.remaining or limits.limit)) / math.max(limits.limit, 1)))
  return math.max(seconds, windows * math.max(limits.seconds, 1))
end

function attempt:tell_limits(limits)
  if not limits.limit then return self:say "limits   none that the server tells" end
  self:say(("limits   %d requests a window, %d left; a new one begins in %s%s"):format(limits.limit,
    limits.remaining or limits.limit, duration(limits.seconds or 0),
    limits.concurrent_limit and ("; %d at once"):format(limits.concurrent_limit) or ""))
end

function attempt:tell_plan(plan)
  self:title(self.name)
  self:say("asks     " .. short(plan.request))
  self:say("reads    " .. (plan.full and "the whole list" .. (plan.from and ", and keeps what is new since " .. plan.from or "")
    or "what is new since " .. plan.from))
  local pages = plan.hits and plan.rows and math.max(1, math.ceil(plan.hits / plan.rows))
  if plan.rows and pages then
    self:say(("list     about %s, %d a page: %s"):format(counted(plan.hits, "record"), plan.rows, counted(pages, "request")))
  elseif plan.rows then
    self:say(("list     the server does not say how long it is; %d records a page"):format(plan.rows))
  end
  self:tell_limits(plan.limits)
  if not pages then
    self:say(("time     %d ms a request, as the one for this plan took"):format(plan.ms))
  else
    self:say(("time     about %s for all of it, one request after the other%s"):format(duration(estimate(plan, pages)),
      plan.full and "" or "; less for what is new"))
  end
  self:say(self.paint("dim", "one request was made for this, for one record; nothing was read"))
end

-- ---- the whole

function attempt:fail(message, kind)
  airbyte.error(kind or "config_error", message)
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
  return self:fail(kind == "config_error" and settings.told(message, self.options) or message, kind)
end

function attempt:plan(job)
  local plan, message, kind, failure = streams.run(nil, job "plan")
  if not plan then return self:fail_with(message, kind, failure) end
  self:tell_plan(plan)
  return 0
end

function attempt:read(job, incremental)
  local output = airbyte.capture(self.name, nil, self:takers())
  local given = job "try"
  given.why, given.incremental, given.limit = self.options.why, incremental, self.limit
  local done, message, kind, failure = streams.run(output, given)
  if output:stopped() then return self:fail(output:stopped(), "system_error") end
  local shown = done or self.cut
  if self.options.why and shown then return self:tell_why() end
  if not self.options.infer and (shown or self.records > 0) then
    self:title "next state"
    self:tell_state()
    self:tell_summary()
  end
  if shown then return 0 end
  return self:fail_with(message, kind, failure)
end

-- A schema is no guess where nothing was read.
function attempt:tell_schema()
  if self.records == 0 then return self:fail "nothing was read, so there is nothing to infer a schema from" end
  local text = json.encode(infer.schema(self.shape, true))
  self:say(table.concat(pretty.json(text, self.plain, 100), "\n"))
  return 0
end

local function new(options)
  local colour, columns = console.terminal()
  local limit = options.limit or options.infer and INFERRED or SHOWN
  return setmetatable({
    name = options.word, options = options, limit = limit, columns = columns, paint = pretty.painter(colour),
    plain = pretty.painter(false), shape = infer.new(), records = 0, requests = 0, bytes = 0, seen = {},
  }, attempt)
end

return function()
  local options = command_line.options()
  local self = new(options)
  local found, message, kind = settings.find(options)
  if not found then return self:fail(message, kind) end
  local known, unknown = known_stream(self.name, found)
  if not known then return self:fail(unknown) end
  local states, wrong, failure = state.read(options.state)
  if not states then return self:fail(wrong, failure) end
  options.checkpoint_records = options.why and 1 or self.limit
  options.retry_attempts = options.retry_attempts or 3 -- a person waits
  local function job(word)
    return { job = word, name = self.name, config = found, options = options, state = state.of(states, self.name) }
  end
  if options.plan then return self:plan(job) end
  local entry, broken, reason = streams.run(nil, job "describe")
  if not entry then return self:fail(broken, reason) end
  local status = self:read(job, json.decode(entry).supported_sync_modes[2] ~= nil)
  return status == 0 and options.infer and self:tell_schema() or status
end
