-- The fields by which a list may be ordered, newest first, as far as its records have not refuted it. By them a read knows
-- where it may stop.
local stream_state = require "reading.stream_state"

local SECOND = 1000000

---@class order
---@field ordered_by string[] as the stream says
---@field candidates string[] of `ordered_by`, those that no record has refuted; none: the list is read to its end
---@field disorder integer by how many microseconds neighbours may stand the wrong way round
local order = {}
order.__index = order

---@param ordered_by string[]
---@param disorder integer?
---@return order
function order.new(ordered_by, disorder)
  return setmetatable({ ordered_by = ordered_by, candidates = {}, disorder = disorder or SECOND }, order)
end

---Has the list an order at all?
---@return boolean
function order:exists() return #self.ordered_by > 0 end

---Is the list ordered by this field, as far as is known?
---@param field string
---@return boolean
function order:is_by(field)
  for _, candidate in ipairs(self.candidates) do
    if candidate == field then return true end
  end
  return false
end

---A list that rises by more than neighbours may is not in this field's order, nor in that of a field which the server does
---not give: it would never be covered. The last field stays: it filters.
---@param page page
function order:refute(page)
  local left = {}
  for _, field in ipairs(self.candidates) do
    local given = page:newest(field) or page:count() == 0
    if given and page:rise(field) <= self.disorder then left[#left + 1] = field end
  end
  if #left == #self.candidates or #left == 0 then return end
  self.candidates = left
end

---All of its fields are possible again, but those that a list's first page refutes.
---@param page page
function order:begin(page)
  self.candidates = self.ordered_by
  self:refute(page)
end

-- The fields by which a slice goes: a part of a window knows the cursor field's bound alone.
local function fields_of(self, slice)
  local fields = {}
  for _, field in ipairs(#self.candidates > 0 and self.candidates or self.ordered_by) do
    if slice.lower[field] then fields[#fields + 1] = field end
  end
  return #fields > 0 and fields or self.ordered_by
end

---From where on a slice's records are taken, by each field that it goes by; of a list without an order, all are.
---@param slice slice
---@return times
function order:bounds(slice)
  local bounds = {}
  for _, field in ipairs(fields_of(self, slice)) do bounds[field] = slice.lower[field] or stream_state.NO_BOUND end
  return bounds
end

---Does the slice have a lower end, so that any page may be its last?
---@param slice slice
---@return boolean
function order:bounded(slice)
  if not self:exists() then return false end
  for _, us in pairs(self:bounds(slice)) do
    if us == stream_state.NO_BOUND then return false end
  end
  return true
end

---Is all of a page, and so all that follows it, below a slice? Not on a page that is itself out of order.
---@param slice slice
---@param page page
---@return boolean
function order:covers(slice, page)
  if #self.candidates == 0 or page:count() == 0 then return false end
  for field, us in pairs(self:bounds(slice)) do
    if page:rise(field) > self.disorder or not page:below(field, us - 2 * self.disorder) then return false end
  end
  return true
end

return order
