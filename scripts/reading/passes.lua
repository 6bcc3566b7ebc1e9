-- Reads a list without an order to stop on. A record that moves meanwhile may be passed over, so the list is read until two
-- passes in a row hold the same.
local passes = {}
passes.__index = passes

local MOST = 8

---@class passes
---@field progress progress
---@field intake intake
---@field settings backfill_settings
---@field most integer passes
---@field rows integer that came in this pass, but for those before `start`
---@field sum integer[] what tells which records came in this pass, in whatever order

---@param progress progress
---@param intake intake
---@param settings backfill_settings records of a keyless list cannot be told apart: a second pass would send them all again
---@return passes
function passes.new(progress, intake, settings)
  return setmetatable({ progress = progress, intake = intake, settings = settings,
    most = settings.keyless and 1 or MOST, sum = { 0, 0 }, rows = 0 }, passes)
end

---A page of the pass under way.
---@param page page
function passes:count(page)
  local a, b = page:digest()
  self.sum = { self.sum[1] + a, self.sum[2] + b }
  local start, field = self.settings.start, self.settings.field
  self.rows = self.rows + (start and field and select(3, page:digest(field, start, math.maxinteger)) or page:count())
  self.progress:raise_top(page)
end

local function never() end

---@param reader slice_reader
---@param slice slice
---@return outcome? outcome
---@return string? message
---@return string? failure_type
function passes:read(reader, slice)
  local before
  for _ = 1, self.most do
    self.sum, self.rows, self.intake.nulls = { 0, 0 }, 0, 0
    local outcome, message, kind = reader:read(slice, never)
    if outcome ~= "done" then return outcome, message, kind end
    if self.most == 1 then return "done" end
    if reader.walk.pages == 1 or before and before[1] == self.sum[1] and before[2] == self.sum[2] then return "done" end
    before = self.sum
    slice:go_on()
  end
  local words = "the list changed in each of %d passes; what was read is emitted, but a record may have been passed over"
  return nil, words:format(MOST), "transient_error"
end

return passes
