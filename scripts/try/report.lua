-- Prints a read for `perigee try`: each request and record as it comes, at the end the state and the limits met.
local console = require "console"
local counted = require "lib.counted"
local infer = require "try.infer"
local json = require "json"
local pretty = require "lib.pretty"


local KEYS = 3 -- of a list in a state that a person looks at; a file gets it whole

---@class try_report
---@field name string of the stream
---@field options table
---@field keys integer? of each list in the state that are shown
---@field limit integer records that are shown
---@field records integer
---@field requests integer
---@field bytes integer received
---@field seen seen_record[] where the record that is looked for was met
---@field state string? the last one, JSON
---@field summary airbyte_summary? what the read came to
---@field cut boolean? it was ended early, for enough was read
local report = {}
report.__index = report

---@param options table
---@param limit integer
---@return try_report
function report.new(options, limit)
  local colour, columns, is_terminal = console.terminal()
  return setmetatable({
    name = options.word, options = options, keys = is_terminal and KEYS or nil, limit = limit, columns = columns,
    paint = pretty.painter(colour), plain = pretty.painter(false), shape = infer.new(), seen = {},
    records = 0, requests = 0, bytes = 0,
  }, report)
end

function report:say(text) console.write(text .. "\n") end

function report:title(text) self:say("\n" .. self.paint("bold", text)) end

---A request's method, path and query; the host is known.
---@param request string
---@return string
function report.short(request)
  return pretty.clean((request:gsub("^(%u+) %a+://[^/]+", "%1 ")))
end

-- ---- during the read

local function size(bytes)
  if bytes < 1000 then return bytes .. " bytes" end
  return bytes < 1000000 and ("%.1f kB"):format(bytes / 1000) or ("%.1f MB"):format(bytes / 1000000)
end

---@param seen seen_request
function report:request(seen)
  self.requests, self.bytes = self.requests + 1, self.bytes + (seen.bytes or 0)
  local ok = (seen.status or 0) // 100 == 2 and seen.rows ~= nil
  if self.options.infer then return end
  self:say(("%s %s"):format(self.paint("key", ("%2d"):format(seen.number)), report.short(seen.request)))
  local parts = { seen.status and tostring(seen.status) or "no answer" }
  if seen.ms then parts[#parts + 1] = seen.ms .. " ms" end
  if seen.bytes then parts[#parts + 1] = size(seen.bytes) end
  if seen.rows then parts[#parts + 1] = counted(seen.rows, "record") end
  if seen.message then parts[#parts + 1] = pretty.clean(seen.message) end
  if ok and not seen.message then parts[#parts + 1] = "no next page" end
  self:say("   " .. self.paint(ok and "dim" or "error", table.concat(parts, " · ")))
end

---@param text string JSON
function report:record(text)
  self.records = self.records + 1
  if self.records > self.limit then return end
  if self.options.infer then return infer.see(self.shape, assert(json.decode(text))) end
  if self.options.why then return end
  self:title(("record %d"):format(self.records))
  self:say(table.concat(pretty.json(text, self.paint, self.columns, { whole = true }), "\n"))
end

---Takes an event of tracer.lua.
---@param shown {request: seen_request?, record: seen_record?, enough: boolean?}
function report:observe(shown)
  if shown.request then self:request(shown.request) end
  if shown.record then self.seen[#self.seen + 1] = shown.record end
  self.cut = self.cut or shown.enough
end

-- ---- at the end

function report:tell_state()
  if not self.state then return self:say(self.paint("dim", "none was written")) end
  self:say(table.concat(pretty.json(self.state, self.paint, self.columns, { whole = true, items = self.keys }), "\n"))
end

function report:tell_summary()
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
    and (', and --state FILE, with {"%s": the state above%s}, goes on from it'):format(self.name,
      self.keys and "; >FILE shows it whole" or "") or ""))
end

---Prints the state, the counts and the limits met.
function report:finish()
  self:title "next state"
  self:tell_state()
  self:tell_summary()
end

---Prints the fate of the record that is looked for.
---@return integer status
function report:why()
  local why = self.options.why
  if #self.seen == 0 then
    self:say(("\nNo record with the key %s was in the %s of this read. %s"):format(why, counted(self.requests, "answer"),
      self.options.state and "It may be older than the state, or was sent before: try it without --state."
        or "Is it of this stream and project?"))
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

---Prints what a read would ask.
---@param plan plan
function report:plan(plan) require "try.plan_report"(self, plan) end

---Prints the schema of the records read.
function report:schema()
  local text = json.encode(infer.schema(self.shape, true))
  self:say(table.concat(pretty.json(text, self.plain, 100), "\n"))
end

return report
