-- Tells a read as one JSON object, for `perigee try --json`: what report.lua shows people, as data (docs/testing.md).
local console = require "console"
local json = require "json"
local terminal_json = require "lib.terminal_json"

---@class json_report: try_report
local json_report = {}
json_report.__index = json_report

---@param options table
---@param limit integer records that are in it
---@return json_report
function json_report.new(options, limit)
  return setmetatable({
    name = options.word, options = options, limit = limit, records = 0, bytes = 0, requests = 0, shown = {},
    list = json.array {}, seen = json.array {}, messages = json.array {},
  }, json_report)
end

---@param text string JSON
function json_report:record(text)
  self.records = self.records + 1
  if self.records <= self.limit and not self.options.why then self.shown[self.records] = text end
end

---@param shown {request: seen_request?, record: seen_record?, enough: boolean?}
function json_report:observe(shown)
  local request, record = shown.request, shown.record
  if request then
    self.requests, self.bytes = self.requests + 1, self.bytes + (request.bytes or 0)
    table.insert(self.list, { number = request.number, request = request.request, status = request.status, ms = request.ms,
      bytes = request.bytes, records = request.rows, note = request.message })
  end
  if record then
    table.insert(self.seen, { request = record.request, record = record.position, of = record.rows, emitted = record.kept,
      reason = record.reason, cursor = record.cursor })
  end
  self.cut = self.cut or shown.enough
end

---Notes a line of the log, which goes to standard error, too.
---@param level string
---@param message string
function json_report:log(level, message) table.insert(self.messages, { level = level, message = message }) end

-- Records and state stand in it as they came.
local function print_whole(self, more)
  local met = self.summary or {}
  local counts = { records = self.records, requests = self.requests, bytes = self.bytes, retries = met.retries or 0,
    waits = met.waits or 0, waited_seconds = (met.waited_us or 0) / 1e6 }
  local parts = { ('"stream":%s'):format(json.encode(self.name)), ('"requests":%s'):format(json.encode(self.list)),
    ('"records":[%s]'):format(table.concat(self.shown, ",")), ('"state":%s'):format(self.state or "null"),
    ('"counts":%s'):format(json.encode(counts)), ('"messages":%s'):format(json.encode(self.messages)) }
  for _, name in ipairs { "ended", "why", "plan", "error" } do
    if more[name] ~= nil then parts[#parts + 1] = ('"%s":%s'):format(name, json.encode(more[name])) end
  end
  console.write(terminal_json("{" .. table.concat(parts, ",") .. "}") .. "\n")
end

---@param whole boolean? nothing failed
function json_report:finish(whole)
  if whole then print_whole(self, { ended = self.cut and "enough" or "end" }) end
end

---@return integer status
function json_report:why()
  print_whole(self, { ended = self.cut and "enough" or "end", why = self.seen })
  return #self.seen > 0 and 0 or 1
end

---@param plan plan
function json_report:plan(plan) print_whole(self, { plan = plan }) end

---@param message string
---@param kind failure_type
function json_report:fail(message, kind)
  print_whole(self, { ended = "error", why = self.options.why and self.seen or nil, error = { message = message, type = kind } })
end

return json_report
