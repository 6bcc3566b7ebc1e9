-- The new records of each page go out, whole, and are remembered.
local keys = require "keys"

local intake = {}
intake.__index = intake

-- Keys at most: repeats beyond are emitted again, never dropped. In a list that has an order they come close together;
-- lists without an order are short, and their passes are compared.
local SEEN_IN_ORDER, SEEN = 4000, 200000

intake.MOST_SEEN = SEEN

---@class intake
---@field repeats integer records that were dropped because they had come before
---@field lateness lateness? counts how late they came
---@field nulls integer rows that the server could not write; of a list read in several passes, those of the last one

---@param sink table
---@param settings backfill_settings
---@param order order
---@param progress progress
---@return intake
function intake.new(sink, settings, order, progress)
  local start = settings.start and settings.field and { [settings.field] = settings.start } or nil
  return setmetatable({
    sink = sink, order = order, progress = progress, start = start, known = progress.known.recent,
    seen = keys.set(order:exists() and not settings.numbered and SEEN_IN_ORDER or SEEN), repeats = 0, nulls = 0,
    lateness = settings.lateness, field = settings.field,
  }, intake)
end

---Leaves out what is newer than these times, from now on; nil: nothing.
---@param top times?
function intake:leave_from(top)
  self.before = top and {} or nil
  for field, us in pairs(top or {}) do self.before[field] = us + 1 end
end

---Remembers only the records that went out, for the others are still due.
---@param page page
---@param slice slice
function intake:take(page, slice)
  self.order:refute(page)
  self.nulls = self.nulls + page:nulls()
  page:keep(self.order:bounds(slice))
  if self.start then page:keep(self.start) end
  if self.before then page:keep_before(self.before) end
  if slice.share then slice.share:keep(page, self.field, self.order.candidates) end
  self.repeats = self.repeats + page:drop_known(self.known) + page:drop_known(self.seen)
  if self.lateness then self.lateness:note(page) end
  self.sink:emit(page)
  page:remember_rows(self.seen, "kept")
  self.progress:note(page)
end

return intake
