-- Windows in time (`start` and `end`) on lists that count rows: used only where the records themselves have proved
-- that the server keeps to them, both ways. They make a place to resume at, and keep offsets small.
local window = {}

local SECOND = 1000000

-- On whole seconds, as the API takes them.
local function floor(us) return us - us % SECOND end

---Where the next window ends so that it begins again with the rows of this time.
---@param oldest integer
---@param disorder integer
---@return integer
function window.before(oldest, disorder)
  return floor(oldest + SECOND - 1) + SECOND + disorder - disorder % SECOND
end

-- The first page's rows between two whole seconds must be exactly what the server gives for them; some of its rows
-- must lie outside, or a server that ignores the window would pass.
local function prove(walk)
  local field, list = walk.settings.field, walk.list
  local first = list:reopen(walk.first_page)
  if not first then return false end
  local newest, oldest = first:newest(field), first:oldest(field)
  local from, to = oldest and floor(oldest) + SECOND, newest and floor(newest)
  local count, a, b = 0, 0, 0
  if newest and newest - oldest > 2 * SECOND and to > from then a, b, count = first:digest(field, from, to) end
  local outside = first:count() > count
  first:close()
  if count == 0 or not outside then return false end
  local page = list:fetch { from = from, to = to }
  if not page then return false end
  local x, y, n = page:digest()
  page:close()
  return x == a and y == b and n == count
end

---May this walk use windows? Asked for from the third page on: an incremental read seldom comes to one.
function window.usable(walk)
  local settings = walk.settings
  if not settings.window or #settings.ordered_by == 0 then return false end
  if walk.proved == nil and walk.pages >= 2 then
    local next_cursor = walk.list.next
    walk.proved = prove(walk)
    walk.list.next = next_cursor
  end
  return walk.proved == true
end

---Begins again in the window that an earlier run proved.
function window.resume(walk, gap)
  walk.proved = true
  return walk:page { to = gap.hi }
end

---Does the page keep to the gap's window?
function window.holds(walk, page, gap)
  local newest = page:newest(walk.settings.field)
  return not newest or newest < gap.hi
end

---A row outside of its window: the server ignores windows after all. The gap is read from the top without them.
function window.give_up(walk, gap)
  walk.sink:log("WARN", "the server does not keep to start and end any more; the list is read from its top without them")
  walk.proved, gap.hi = false, nil
  return walk:page {}
end

return window
