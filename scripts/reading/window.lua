-- Windows in time (`start` and `end`) on lists that count rows. They make a place to resume at, which rows that come on
-- top do not move, and keep offsets small. One is used only where its first row is known from outside of it, or where the
-- server has shown that it gives exactly the rows of a window; then several are read at once (spread.lua).
local window = {}

local SECOND = 1000000
local DEEP = 10 -- pages; so many rows are counted in one window before another is begun
local LEAST_PROOF = 2 * SECOND -- of the first page, for a window in it to prove anything

---A whole second, as the API takes it.
---@param us integer
---@return integer
function window.second(us) return us // SECOND * SECOND end

-- Where a window ends that begins again with the rows of this time: nothing newer is left to read.
local function before(oldest, disorder)
  return window.second(oldest + disorder) + SECOND
end

---Windows are by the cursor field, so they cut off what is read only where the list is in its order.
---@param walk walk
---@return boolean
function window.in_order(walk)
  for _, field in ipairs(walk.candidates) do
    if field == walk.settings.field then return true end
  end
  return false
end

---Is it time for another window of this gap? Each costs the rows of its first seconds again, so not before the third page:
---an incremental read seldom comes to one.
---@param strand strand
---@param gap gap
---@param place place the next one in the window, or in the list, as it is
---@return boolean
function window.due(strand, gap, place)
  local walk = strand.walk
  if walk.windowless or strand.pages < 2 or not window.in_order(walk) then return false end
  return not gap.hi or place.offset >= DEEP * (strand.list.rows or strand.records)
end

---The end of the window from which to read on, when it is time for another one; otherwise nil.
---@param strand strand
---@param gap gap
---@param place place
---@param page table the last one that was read
---@return integer?
function window.next(strand, gap, place, page)
  local walk = strand.walk
  local oldest = walk.settings.field and page:oldest(walk.settings.field)
  if not oldest or not window.due(strand, gap, place) then return nil end
  local to = before(oldest, walk.disorder)
  if not gap.hi then return to <= (walk.top[walk.settings.field] or to - 1) and to or nil end
  return gap.hi - to >= to - oldest and to or nil
end

---Where the window begins that a gap is read from: its lower end, where that is by the cursor field alone and windows are
---exact; nil: it has no beginning.
---@param strand strand
---@param gap gap
---@return integer?
function window.from(strand, gap)
  local walk = strand.walk
  local field = walk.settings.field
  if not gap.hi or walk.exact ~= true or not walk:bounded(gap) then return nil end
  for other in pairs(gap.lo) do
    if other ~= field then return nil end
  end
  return window.second(gap.lo[field])
end

---Does a page keep to its gap's window?
---@param strand strand
---@param gap gap
---@param page table
---@return boolean
function window.holds(strand, gap, page)
  local field = strand.walk.settings.field
  local newest = gap.hi and page:newest(field)
  if not newest then return true end
  return newest < gap.hi and (not strand.from or page:oldest(field) >= strand.from)
end

---Is the gap's window what it was? One that was begun in an earlier run, and holds no row that was known then, may be
---another now.
---@param strand strand
---@param gap gap
---@return boolean
function window.trusted(strand, gap)
  return not gap.hi or strand.joined or window.prove(strand.walk)
end

---Fetches a window's first page, and makes it the gap's place; nil: the server does not know windows. It must begin with
---a row that was read already, or it might leave out others that were not.
---@param strand strand
---@param gap gap
---@param to integer
---@return table? page
function window.open(strand, gap, to)
  local page = strand.list:fetch { to = to, from = strand.from }
  if page and page:count() > 0 and page:joins(strand.near) and window.holds(strand, { hi = to }, page) then
    gap.hi, gap.at, gap.keys, strand.offset, strand.joined = to, nil, nil, 0, true
    return page
  end
  if page then page:close() end
  strand.walk.windowless = true
end

---The server ignores windows after all: the gap is read from the list's top without them, or, where several are read at
---once, all of them are given up.
---@param strand strand
---@param gap gap
---@param begin fun(strand: strand, gap: gap): table?, string?, string?, table?
function window.give_up(strand, gap, begin)
  local walk = strand.walk
  local told = walk.windowless
  walk.windowless, walk.exact = true, false
  if not told then
    walk.sink:log("WARN", "the server does not keep to start and end any more; the list is read from its top without them")
  end
  if strand.on_page then return nil, "windows do not hold", "windows" end
  gap.hi, gap.at, gap.keys = nil, nil, nil
  return begin(strand, gap)
end

---What to look for when windows are to be proved: the whole seconds within the list's first page, and its rows there.
---@param walk walk
---@param page table
---@return {from: integer, to: integer, sum: integer[]}?
function window.sample(walk, page)
  local field = walk.settings.window and walk.settings.field
  local newest, oldest = field and page:newest(field), field and page:oldest(field)
  if not oldest then return nil end
  local from, to = window.second(oldest) + SECOND, window.second(newest)
  if to - from < LEAST_PROOF then return nil end
  local sum = { page:digest(field, from, to) }
  return sum[3] > 0 and { from = from, to = to, sum = sum } or nil
end

---Does the server give exactly the rows of a window? Asks for one within the list's first page, once.
---@param walk walk
---@return boolean
function window.prove(walk)
  if walk.exact ~= nil then return walk.exact end
  local sample = walk.sample
  walk.exact = false
  local page = sample and walk.main.list:fetch { from = sample.from, to = sample.to }
  if not page then return false end
  local a, b, count = page:digest()
  page:close()
  walk.exact = a == sample.sum[1] and b == sample.sum[2] and count == sample.sum[3]
  return walk.exact
end

---May this strand's gap be divided from some page on, as far as is known?
---@param strand strand
---@return boolean
function window.may_divide(strand)
  return not strand.on_page and strand.walk:may_spread()
end

---Can what is left of a gap be read at several places at once from here on? The gap then has a window.
---@param strand strand
---@param gap gap
---@return boolean
function window.divides(strand, gap)
  local walk = strand.walk
  if strand.pages < 2 or not gap.at or not strand.oldest or not window.may_divide(strand) then return false end
  if strand.list.cursors.read(gap.at).kind ~= "offset" or not walk:worth_spreading(strand, gap) then return false end
  if not window.prove(walk) then return false end
  gap.hi, gap.at, gap.keys = before(strand.oldest, walk.disorder), nil, nil
  return true
end

return window
