-- The way of a walk from page to page: where the next one is asked for, so that no row between the two is passed over,
-- whatever has come or gone meanwhile; and where a gap is begun, or gone on with.
local keys = require "keys"
local window = require "window"

local pager = {}

local SEEN = 200000 -- places of one gap at most
local NEAR = 1000 -- keys of the rows just read: what the next page of a counted list must begin with
local MOST_EMPTY, MOST_AGAIN = 20, 100

---Fetches a page, and minds lists that never end.
---@param walk walk
---@param ask {cursor: string?, from: integer?, to: integer?}
---@return table? page
---@return string? message
---@return string? failure_type
---@return table? answer
function pager.page(walk, ask)
  local page, message, kind, answer = walk.list:fetch(ask)
  if not page then return nil, message, kind, answer end
  walk.empty = page:count() == 0 and walk.list.next and walk.empty + 1 or 0
  if walk.empty >= MOST_EMPTY then
    return nil, ("%d empty pages in a row that name a next one"):format(walk.empty), "system_error"
  end
  return page
end

-- Each place that a server names is followed once: one that comes again would go on for ever.
local function is_new(walk, gap, text)
  if walk.met:add(("%s %s"):format(gap.hi, text)) then return true end
  return nil, ("the cursor %s came twice: the list does not end"):format(text), "system_error"
end

-- The places passed before lead on once more from where a step back ends, though not without end.
local function step_back(walk)
  walk.met, walk.again = keys.set(SEEN), walk.again + 1
  if walk.again <= MOST_AGAIN then return true end
  return nil, "the list changes faster than it can be read", "transient_error"
end

-- Is a row on the page that is known, so that none between has moved up? It is the first one where the list keeps its
-- order. An empty last page has none: all that it would hold has moved up.
local function joins(walk, page)
  if page:count() == 0 then return walk.list.next ~= nil end
  if page:joins(walk.near) then return true end
  local known = keys.set(NEAR)
  page:remember(known, walk.near)
  return known:count() > 0
end

-- A page of a counted list, which must begin with a row that is known: when one before it was deleted, the rows after
-- it have moved up, and the count alone would skip one. Goes back, ever further, until it does.
local function overlap(walk, gap, at, offset)
  local first, back = offset, math.max(walk.list.rows - 1, 1)
  while true do
    local page, message, kind, answer = pager.page(walk, { cursor = at(offset), to = gap.hi })
    walk.offset = offset
    if not page then return nil, message, kind, answer end
    local kept = offset > 0 or window.holds(walk, gap.hi, page)
    if kept and (offset == 0 or joins(walk, page)) then return page end
    page:close()
    if not kept then
      window.give_up(walk, gap)
      return pager.begin(walk, gap)
    end
    if offset == first then
      local may, why, failure = step_back(walk)
      if not may then return nil, why, failure end
    end
    offset, back = math.max(offset - back, 0), 2 * back
  end
end

-- Follows a count of rows from the last row of the page. Where that is its only one, as servers count rows that they do
-- not show, there is nothing to go by but the count itself. Returns the cursor, and the function that fetches.
local function by_count(walk, gap, place, page)
  local known = page:count() > 1
  local offset = known and walk.offset + page:count() - 1 or place.offset
  return place.at(offset), function()
    local new, message, kind = is_new(walk, gap, place.text)
    if not new then return nil, message, kind end
    if known then return overlap(walk, gap, place.at, offset) end
    walk.offset = offset
    return pager.page(walk, { cursor = place.text, to = gap.hi })
  end
end

-- A position is followed without its offset: a row of that time may have gone, and an offset would skip another. Where
-- all of a page is of one time that makes no way, so the offset is followed, from a row that is known.
local function from_position(walk, gap, place, page)
  local bare = place.at(0)
  if bare == gap.at then return select(2, by_count(walk, gap, place, page)) end
  gap.at, gap.keys, gap.hi = bare, nil, nil
  return function()
    local new, message, kind = is_new(walk, gap, bare)
    if not new then return nil, message, kind end
    walk.offset = 0
    return pager.page(walk, { cursor = bare })
  end
end

local function from_offset(walk, gap, place, page)
  local last = keys.set(NEAR)
  page:remember(last, "all")
  local cursor, fetch = by_count(walk, gap, place, page)
  gap.at = cursor
  gap.keys = page:count() > 1 and last:list() or nil
  local to = window.next(walk, gap, place, page)
  return function()
    local first = to and window.open(walk, gap, to)
    if first then return first end
    return fetch()
  end
end

---Moves the gap to the next page, so that a state written now resumes there.
---@param walk walk
---@param gap gap
---@param cursor string of the next page, as the server gave it
---@param page table the one that was read
---@return fun(): table?, string?, string?, table? fetch
function pager.advance(walk, gap, cursor, page)
  local place = walk.list.cursors.read(cursor)
  if place.kind == "position" then return from_position(walk, gap, place, page) end
  if place.kind == "offset" then return from_offset(walk, gap, place, page) end
  gap.at = place.kind == "opaque" and cursor or nil
  return function()
    local new, message, kind = is_new(walk, gap, cursor)
    if not new then return nil, message, kind end
    return pager.page(walk, { cursor = cursor })
  end
end

-- The list's first page; the one that the walk began with, where nothing was read since.
local function from_top(walk)
  local page = walk.first
  if not page then return pager.page(walk, {}) end
  walk.first, walk.list.next = nil, walk.first_next
  return page
end

-- Goes on where an earlier run stopped.
local function resume(walk, gap)
  local place = walk.list.cursors.read(gap.at)
  walk.offset = place.offset
  if not gap.keys then return pager.page(walk, { cursor = gap.at, to = gap.hi }) end
  walk.near:load(gap.keys)
  return overlap(walk, gap, place.at, place.offset)
end

---Fetches the first page of a gap: where it was left, or, where that place is no longer there, the list's first.
---@param walk walk
---@param gap gap
---@return table? page
---@return string? message
---@return string? failure_type
---@return table? answer
function pager.begin(walk, gap)
  walk.near, walk.met, walk.again, walk.offset, walk.pages = keys.set(NEAR), keys.set(SEEN), 0, 0, 1
  if not gap.at then return from_top(walk) end
  local page, message, kind, answer = resume(walk, gap)
  if page or kind ~= "system_error" and kind ~= "transient_error" then return page, message, kind, answer end
  local lost = message
  page, message, kind, answer = from_top(walk) -- which tells a server that has gone from a place that has
  if not page then return nil, message, kind, answer end
  walk.sink:log("WARN", ("the place where the last run stopped is not there any more (%s); the list is read from its top")
    :format(lost))
  gap.at, gap.keys, gap.hi, walk.offset = nil, nil, nil, 0
  return page
end

return pager
