-- The slices of a list that are still open, the newest first.
local slice = require "reading.slice"

---@class open_slices: slice[]
local open_slices = {}
open_slices.__index = open_slices

---@param lower times of the new slice, above what is known
---@param earlier slice[]? those that an earlier run left open
---@return open_slices
function open_slices.new(lower, earlier)
  local open = setmetatable({ slice.new(lower) }, open_slices)
  for _, one in ipairs(earlier or {}) do open[#open + 1] = one end
  return open
end

---Leaves so many at most: the newest become one, which is read from its top.
---@param most integer
function open_slices:fold(most)
  while #self > most do
    self[1]:widen(self[2].lower)
    table.remove(self, 2)
  end
end

---Merges slices that have a window into one, to be read from the list's top. Where windows are not exact, a window that
---nobody has begun has no record by which to know that it holds.
---@param begun_too boolean? not only those that nobody has begun
function open_slices:merge_windows(begun_too)
  local merged, place
  for i = #self, 1, -1 do
    local one = self[i]
    if one.upper and (begun_too or not one.token) then
      merged = merged or slice.new(one.lower)
      merged:widen(one.lower)
      place = i
      table.remove(self, i)
    end
  end
  if merged then table.insert(self, place, merged) end
end

---Cuts the lower part off one of them, at a time.
---@param i integer
---@param field string
---@param at integer
---@return slice below
function open_slices:cut(i, field, at)
  local below = self[i]:cut(field, at)
  table.insert(self, i + 1, below)
  return below
end

---Undoes a cut.
---@param below slice
---@param field string
function open_slices:rejoin(below, field)
  for i = 2, #self do
    if self[i] == below and self[i - 1].lower[field] == below.upper then
      self[i - 1].lower = below.lower
      return table.remove(self, i)
    end
  end
end

---Takes a slice out that has been read to its end.
---@param done slice
function open_slices:remove(done)
  for i, one in ipairs(self) do
    if one == done then return table.remove(self, i) end
  end
end

return open_slices
