-- Servers that give so many rows of a list and no more (`cursor.most_rows`): a slice with as many is halved until each part has
-- fewer. Whether it has is seen at the row that would be the last one, before any row of the slice goes out.
local clock = require "clock"

local slice_cap = {}

local TOO_MANY = "more than %d records of one second (%s), and the server gives no more of them"
local UNSEEN = "the server's page tokens count no rows, so that nothing shows whether it keeps rows of a slice beyond %d back"

-- Does the server give all of a slice? Where it has a row in the last place, there may be more, and the slice is halved.
local function has_room(list, open, slice)
  local most = list.stream.cursor.most_rows
  local last, wrong, failure = list:fetch { token = ("0:%d:0"):format(most - 1) }
  if not last then return nil, wrong, failure end
  local full = last:count() > 0
  last:close()
  if not full or open:halve(slice) then return not full end
  return nil, TOO_MANY:format(most, clock.format(slice.lower[list.stream.cursor.field])), "system_error"
end

---Was a slice read whole, or did it grow beyond what the server gives while it was read? Then it has been halved.
---@param list list asked for the slice alone
---@param open open_ranges
---@param slice slice
---@param found integer rows that came
---@param rows keys_set those that went out, which its halves are not to send again
---@return boolean? whole nil: that could not be found out, or no part of it can be read
---@return string? message
---@return string? failure_type
function slice_cap.held(list, open, slice, found, rows)
  local most = list.stream.cursor.most_rows
  if not most or list.uncounted or found < most // 2 then return true end
  slice:remember(rows:list())
  return has_room(list, open, slice)
end

---Can a slice be read whole? Where it cannot, it has been halved.
---@param list list asked for the slice alone
---@param open open_ranges
---@param slice slice
---@return boolean? fits nil: that could not be found out, or no part of it can be read
---@return string? message
---@return string? failure_type
function slice_cap.fits(list, open, slice)
  local most = list.stream.cursor.most_rows
  if not most then return true end
  local first, message, kind = list:fetch {}
  if not first then return nil, message, kind end
  if not list.next then
    list.prefetch:hold(first)
    return true
  end
  first:close()
  local place = list.page_tokens.read(list.next)
  if not place then return true end
  if place.kind ~= "offset" then
    list.warnings:once("slice cap", UNSEEN:format(most))
    list.uncounted = true
    return true
  end
  return has_room(list, open, slice)
end

return slice_cap
