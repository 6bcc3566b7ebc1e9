-- Records without key or cursor, or with a time that cannot be read, are emitted as they are and warned of once; they never
-- move a state.
local counted = require "lib.counted"

local field_warnings = {}
field_warnings.__index = field_warnings

local EARLIEST, LATEST = math.mininteger + 1, math.maxinteger

---@class field_warnings
---@field warned table<string, boolean> fields

---@param client client
---@param warned table<string, boolean>? shared by several lists of a stream
---@return field_warnings
function field_warnings.new(client, warned)
  return setmetatable({ client = client, warned = warned or {} }, field_warnings)
end

---Warns, once.
---@param name string by which it is known that this was said
---@param message string
---@param level string? default: WARN
function field_warnings:once(name, message, level)
  if self.warned[name] then return end
  self.warned[name] = true
  self.client:log(level or "WARN", message)
end

local function warn(self, field, count, page, wrong)
  self.warned[field] = true
  self.client:log("WARN", ("%d of a page's %s %s %s '%s'; emitted as sent"):format(count, counted(page:count(), "record"),
    count == 1 and "has" or "have", wrong, field))
end

---@param page page
---@param fields string[] that are noted of each record
---@param cursor_field string?
function field_warnings:look(page, fields, cursor_field)
  for _, field in ipairs(fields) do
    local missing = not self.warned[field] and page:missing(field) or 0
    if missing > 0 then warn(self, field, missing, page, "no") end
    if field == cursor_field and not self.warned[field] then
      local _, _, times = page:digest(field, EARLIEST, LATEST)
      if times < page:count() then warn(self, field, page:count() - times, page, "no readable time in") end
    end
  end
end

return field_warnings
