-- A list that has an order, by pages with numbers. Where a record goes while it is read, the first one of the next page moves to
-- the page before, which was read: nothing on any page shows it. So pages are read again until they bring nothing new.
local open_slices = require "reading.open_slices"

local numbered_pages = {}

local MOST = 8 -- passes
local TOO_MANY = "the list's pages have numbers, and it has too many rows to be compared: where records went while it was read, "
  .. "the ones that follow them on the next page may be missing. Paging by an offset or a cursor has no such gaps"
local MOVING = "the list changes faster than it can be read: each of %d passes over its numbered pages brought records that the "
  .. "passes before had missed"

---Reads them again, but for what has come on top since.
---@param parts backfill_parts
---@param read fun(open: open_slices): boolean?, string?, string?
---@param lower times
---@return boolean? done
---@return string? message
---@return string? failure_type
function numbered_pages.read_again(parts, read, lower)
  local progress, intake = parts.progress, parts.intake
  for _ = 1, MOST do
    if progress:count() > intake.MOST_SEEN then
      parts.list.warnings:once("numbered pages", TOO_MANY)
      return true
    end
    local count = progress:count()
    intake:leave_from(progress.top)
    local ok, message, kind = read(open_slices.new(lower))
    intake:leave_from(nil)
    if not ok then return nil, message, kind end
    if progress:count() == count then return true end
  end
  return nil, MOVING:format(MOST), "transient_error"
end

return numbered_pages
