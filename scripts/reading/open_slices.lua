-- The slices of a list that are still open, the newest first.
local day_share = require "reading.day_share"
local slice = require "reading.slice"

---@class open_slices: slice[]
local open_slices = {}
open_slices.__index = open_slices

---@param lower times of the new slice, above what is known
---@param earlier slice[]? those that an earlier run left open
---@param share day_share? which records of the new slice are wanted; nil: all
---@return open_slices
function open_slices.new(lower, earlier, share)
  local open = setmetatable({ slice.new(lower, nil, nil, nil, share) }, open_slices)
  for _, one in ipairs(earlier or {}) do open[#open + 1] = one end
  return open
end

---Of how many shards they are, in a state that was joined from theirs; else 1.
---@return integer
function open_slices:shares()
  local found, count = {}, 0
  for _, one in ipairs(self) do
    local of = one.share and one.share.index or -1
    if not found[of] then found[of], count = true, count + 1 end
  end
  return count
end

---Down to where all of them go.
---@return times
function open_slices:lowest()
  local all = slice.new(self[1].lower)
  for i = 2, #self do all:widen(self[i]) end
  return all.lower
end

---Leaves so many at most: the newest become one, which is read from its top.
---@param most integer
function open_slices:fold(most)
  while #self > most do
    self[1]:widen(self[2])
    table.remove(self, 2)
  end
end

-- The slice that takes one without a window into it: of the same share.
local function find_merged(merged, one)
  for _, other in ipairs(merged) do
    if day_share.equal(other.share, one.share) then return other end
  end
  local made = slice.new(one.lower, nil, nil, nil, one.share)
  merged[#merged + 1] = made
  return made
end

---Merges slices that have a window into one, for each share that is wanted, to be read from the list's top. Where windows are
---not exact, a window that nobody has begun has no record by which to know that it holds.
---@param begun_too boolean? not only those that nobody has begun
function open_slices:merge_windows(begun_too)
  local merged, place = {}, nil
  for i = #self, 1, -1 do
    local one = self[i]
    if one.upper and (begun_too or not one.token) then
      find_merged(merged, one):widen(one)
      place = i
      table.remove(self, i)
    end
  end
  for _, one in ipairs(merged) do table.insert(self, place, one) end
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
