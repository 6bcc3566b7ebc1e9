-- Windows in time (`start` and `end`) on lists that count rows. They make a place to resume at, which rows that come on
-- top do not move, and keep offsets small. One is used only where its first row is known from outside of it.
local window = {}

local SECOND = 1000000
local DEEP = 10 -- pages; so many rows are counted in one window before another is begun

-- Where a window ends that begins again with the rows of this time, on a whole second, as the API takes it: nothing
-- newer is left to read.
local function before(oldest, disorder)
  return (oldest + disorder) // SECOND * SECOND + SECOND
end

-- Windows are by the cursor field, so they cut off what is read only where the list is in its order.
local function in_order(walk)
  for _, field in ipairs(walk.candidates) do
    if field == walk.settings.field then return true end
  end
  return false
end

---The end of the window from which to read on, when it is time for another one, for each costs the rows of its first
---seconds again; otherwise nil. From the third page on: an incremental read seldom comes to one.
---@param walk walk
---@param gap gap
---@param place place the next one in the window, or in the list, as it is
---@param page table the last one that was read
---@return integer?
function window.next(walk, gap, place, page)
  local oldest = not walk.windowless and page:oldest(walk.settings.field)
  if not oldest or walk.pages < 2 or not in_order(walk) then return nil end
  local to = before(oldest, walk.disorder)
  if not gap.hi then return to <= (walk.top[walk.settings.field] or to - 1) and to or nil end
  local deep = place.offset >= DEEP * walk.list.rows
  return deep and gap.hi - to >= to - oldest and to or nil
end

---Does a page keep to a window that ends here?
---@param walk walk
---@param to integer? none: there is no window
---@param page table
---@return boolean
function window.holds(walk, to, page)
  local newest = to and page:newest(walk.settings.field)
  return not newest or newest < to
end

---Fetches a window's first page, and makes it the gap's place; nil: the server does not know windows. It must begin with
---a row that was read already, or it might leave out others that were not.
---@param walk walk
---@param gap gap
---@param to integer
---@return table? page
function window.open(walk, gap, to)
  local page = walk.list:fetch { to = to }
  if page and page:count() > 0 and page:joins(walk.near) and window.holds(walk, to, page) then
    gap.hi, gap.at, gap.keys, walk.offset = to, nil, nil, 0
    return page
  end
  if page then page:close() end
  walk.windowless = true
end

---The server ignores windows after all: the gap is read from the list's top without them.
---@param walk walk
---@param gap gap
function window.give_up(walk, gap)
  walk.sink:log("WARN", "the server does not keep to start and end any more; the list is read from its top without them")
  walk.windowless, gap.hi, gap.at, gap.keys = true, nil, nil, nil
end

return window
