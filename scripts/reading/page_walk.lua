-- The way of a strand from page to page: where the next one is asked for, so that no row between the two is passed over,
-- whatever has come or gone meanwhile; and where a gap is begun, or gone on with.
local keys = require "keys"
local window = require "reading.window"

local pager = {}

local SEEN = 20000 -- places of one gap at most: a circle of so many pages is noticed
local NEAR = 1000 -- keys of the rows just read: what the next page of a counted list must begin with
local MOST_EMPTY, MOST_AGAIN = 20, 100

-- A page of the gap's window, where it has one.
local function within(strand, gap, cursor)
  return { cursor = cursor, to = gap.hi, from = gap.hi and strand.from }
end

---Fetches a page, and minds lists that never end.
---@param strand strand
---@param ask {cursor: string?, from: integer?, to: integer?}
---@return table? page
---@return string? message
---@return string? failure_type
---@return table? answer
function pager.page(strand, ask)
  local page, message, kind, answer = strand.list:fetch(ask)
  if not page then return nil, message, kind, answer end
  strand.empty = page:count() == 0 and strand.list.next and strand.empty + 1 or 0
  if strand.empty >= MOST_EMPTY then
    return nil, ("%d empty pages in a row that name a next one"):format(strand.empty), "system_error"
  end
  return page
end

-- Each place that a server names is followed once: one that comes again would go on for ever.
local function is_new(strand, gap, text)
  if strand.met:add(("%s %s"):format(gap.hi, text)) then return true end
  return nil, ("the cursor %s came twice: the list does not end"):format(text), "system_error"
end

-- The places passed before lead on once more from where a step back ends, though not without end.
local function step_back(strand)
  strand.met, strand.again = keys.set(SEEN), strand.again + 1
  if strand.again <= MOST_AGAIN then return true end
  return nil, "the list changes faster than it can be read", "transient_error"
end

-- Is a row on the page that is known, so that none between has moved up? It is the first one where the list keeps its
-- order. An empty last page has none: all that it would hold has moved up.
local function joins(strand, page)
  if page:count() == 0 then return strand.list.next ~= nil end
  if page:joins(strand.near) then return true end
  local known = keys.set(NEAR)
  page:remember(known, strand.near)
  return known:count() > 0
end

-- A page of a counted list, which must begin with a row that is known: when one before it was deleted, the rows after
-- it have moved up, and the count alone would skip one. Goes back, ever further, until it does.
local function overlap(strand, gap, at, offset)
  local first, back = offset, math.max((strand.list.rows or strand.records) - 1, 1)
  while true do
    strand.offset = offset
    local page, message, kind, answer = pager.page(strand, within(strand, gap, at(offset)))
    if not page then return nil, message, kind, answer end
    local kept = (offset > 0 and not strand.from) or window.holds(strand, gap, page)
    if kept and joins(strand, page) then
      strand.joined = strand.joined or page:count() > 0
      return page
    end
    if kept and offset == 0 and window.trusted(strand, gap) then return page end
    page:close()
    if not kept or offset == 0 then return window.give_up(strand, gap, pager.begin) end
    if offset == first then
      local may, why, failure = step_back(strand)
      if not may then return nil, why, failure end
    end
    offset, back = math.max(offset - back, 0), 2 * back
  end
end

-- Follows a count of rows from the last row of the page. Where that is its only one, as servers count rows that they do
-- not show, there is nothing to go by but the count itself. Returns the cursor, and the function that fetches.
local function by_count(strand, gap, place, page)
  local known = page:count() > 1
  local offset = known and strand.offset + page:count() - 1 or place.offset
  return place.at(offset), function()
    local new, message, kind = is_new(strand, gap, place.text)
    if not new then return nil, message, kind end
    if known then return overlap(strand, gap, place.at, offset) end
    strand.offset = offset
    return pager.page(strand, within(strand, gap, place.text))
  end
end

-- A position is followed without its offset: a row of that time may have gone, and an offset would skip another. Where
-- all of a page is of one time that makes no way, so the offset is followed, from a row that is known.
local function from_position(strand, gap, place, page)
  local bare = place.at(0)
  if bare == gap.at then return select(2, by_count(strand, gap, place, page)) end
  gap.at, gap.keys, gap.hi = bare, nil, nil
  return function()
    local new, message, kind = is_new(strand, gap, bare)
    if not new then return nil, message, kind end
    strand.offset = 0
    return pager.page(strand, { cursor = bare })
  end
end

local function from_offset(strand, gap, place, page)
  local last = keys.set(NEAR)
  page:remember(last, "all")
  local cursor, fetch = by_count(strand, gap, place, page)
  gap.at = cursor
  gap.keys = page:count() > 1 and last:list() or nil
  local to = window.next(strand, gap, place, page)
  return function()
    local first = to and window.open(strand, gap, to)
    if first then return first end
    return fetch()
  end
end

---Moves the gap to the next page, so that a state written now resumes there.
---@param strand strand
---@param gap gap
---@param cursor string of the next page, as the server gave it
---@param page table the one that was read
---@return fun(): table?, string?, string?, table? fetch
function pager.advance(strand, gap, cursor, page)
  local place = strand.list.cursors.read(cursor)
  if place.kind == "position" then return from_position(strand, gap, place, page) end
  if place.kind == "offset" then return from_offset(strand, gap, place, page) end
  gap.at = place.kind == "opaque" and cursor or nil
  return function()
    local new, message, kind = is_new(strand, gap, cursor)
    if not new then return nil, message, kind end
    return pager.page(strand, { cursor = cursor })
  end
end

-- What will be asked for after the page that names this cursor, so that it can be asked for while that is on its way.
-- Not where the walk may well end with the page, as an incremental one does.
local function foresee(strand, gap, cursor)
  if strand.pages < 2 and strand.walk:bounded(gap) then return nil end
  local place = strand.list.cursors.read(cursor)
  if place.kind == "position" then
    local bare = place.at(0)
    return bare ~= gap.at and { cursor = bare } or nil
  elseif place.kind == "offset" then
    if window.due(strand, gap, place) or window.may_divide(strand) then return nil end
    local rows = strand.list.rows -- unknown where a stream of another API does not say it
    return rows and within(strand, gap, place.at(strand.offset + rows - 1))
  end
  return { cursor = cursor }
end

-- The list's first page; the one that the walk began with, where nothing was read since.
local function from_top(strand)
  local walk = strand.walk
  local page = walk.first
  if not page then return pager.page(strand, {}) end
  walk.first, strand.list.next = nil, walk.first_next
  return page
end

-- The first page of a window that nobody has begun yet.
local function open_window(strand, gap)
  local page, message, kind, answer = pager.page(strand, within(strand, gap))
  if not page or window.holds(strand, gap, page) then return page, message, kind, answer end
  page:close()
  return window.give_up(strand, gap, pager.begin)
end

-- Goes on where an earlier run stopped.
local function resume(strand, gap)
  local place = strand.list.cursors.read(gap.at)
  strand.offset = place.offset
  if not gap.keys then return pager.page(strand, within(strand, gap, gap.at)) end
  strand.near:load(gap.keys)
  strand.records = #gap.keys
  return overlap(strand, gap, place.at, place.offset)
end

-- The place of an earlier run is gone: the window, or the list, is read from its top, which also tells a server that has
-- gone.
local function begin_again(strand, gap, lost)
  if gap.hi and strand.walk.exact then
    gap.at, gap.keys, strand.offset = nil, nil, 0
    return open_window(strand, gap)
  end
  local page, message, kind, answer = from_top(strand)
  if not page then return nil, message, kind, answer end
  strand.walk.sink:log("WARN", ("the place where the last run stopped is not there any more (%s); the list is read from its top")
    :format(lost))
  gap.at, gap.keys, gap.hi, strand.offset, strand.from = nil, nil, nil, 0, nil
  return page
end

---Fetches the first page of a gap: where it was left, or, where that place is no longer there, the list's first.
---@param strand strand
---@param gap gap
---@return table? page
---@return string? message
---@return string? failure_type
---@return table? answer
function pager.begin(strand, gap)
  strand.near, strand.met, strand.again, strand.offset, strand.pages = keys.set(NEAR), keys.set(SEEN), 0, 0, 1
  strand.from, strand.joined = window.from(strand, gap), nil
  function strand.list.foresee(cursor) return foresee(strand, gap, cursor) end
  if not gap.at and gap.hi then return open_window(strand, gap) end
  if not gap.at then return from_top(strand) end
  local page, message, kind, answer = resume(strand, gap)
  if page or kind ~= "system_error" and kind ~= "transient_error" then return page, message, kind, answer end
  return begin_again(strand, gap, message)
end

return pager
