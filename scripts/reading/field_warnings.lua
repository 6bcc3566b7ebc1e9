-- Records without key or cursor, or with a time that cannot be read, are emitted as they are and warned of once; they never
-- move a state.
local counted = require "lib.counted"
local json = require "json"
local sorted_names = require "lib.sorted_names"
local suggest = require "lib.suggest"

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

-- What of the script names a field that no record has, and what follows of that.
local function meant_by(stream, field)
  if stream.cursor and stream.cursor.field == field then
    return "cursor.field", "an incremental read cannot tell by it what is new"
  end
  for _, name in ipairs(stream.primary_key) do
    if name == field then return "primary_key", "rows cannot be told apart by it" end
  end
end

---What to say of a field that none of a page's records has, where a key of the script names it.
---@param page page
---@param stream stream
---@param field string
---@return string?
function field_warnings.absent(page, stream, field)
  local key, follows = meant_by(stream, field)
  if not key or page:count() == 0 or page:missing(field) < page:count() then return nil end
  local record = json.decode((page:record(1)))
  local hint = type(record) == "table" and suggest.hint(field, sorted_names(record)) or ""
  return ("no record of the page has '%s', which the stream's `%s` names%s, so %s"):format(field, key, hint, follows)
end

---@param page page
---@param fields string[] that are noted of each record
---@param stream stream
function field_warnings:look(page, fields, stream)
  for _, field in ipairs(fields) do
    local missing = not self.warned[field] and page:missing(field) or 0
    local absent = missing > 0 and field_warnings.absent(page, stream, field)
    if absent then self:once(field, absent .. "; emitted as sent")
    elseif missing > 0 then warn(self, field, missing, page, "no") end
    if stream.cursor and field == stream.cursor.field and not self.warned[field] then
      local _, _, times = page:digest(field, EARLIEST, LATEST)
      if times < page:count() then warn(self, field, page:count() - times, page, "no readable time in") end
    end
  end
end

return field_warnings
