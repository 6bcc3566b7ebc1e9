-- The pages of a list whose tokens count records. A count alone would skip a record when one before it was deleted, so each
-- page must begin with a record that is known.
local keys = require "keys"

local counted_pages = {}

local NEAR = 1000 -- keys of the records just read, at most

-- Is a record on the page that is known, so that none between has moved up? It is the first one where the list keeps its
-- order. An empty last page has none: all that it would hold has moved up.
local function joins(walk, page)
  if page:count() == 0 then return walk.list.next ~= nil end
  if page:joins(walk.near) then return true end
  local known = keys.set(NEAR)
  page:remember(known, walk.near)
  return known:count() > 0
end

-- May a page be taken that begins with no known record? Only the first one of a list, or of a window that is what it was:
-- one that was begun in an earlier run, and holds no record that was known then, may be another now.
local function is_top(walk, slice, offset)
  return offset == 0 and (not slice.upper or walk.joined or walk.windows:prove())
end

---Fetches the page at an offset, or one that lies before it, ever further, until it begins with a known record.
---@param walk page_walk
---@param slice slice
---@param at fun(offset: integer): string? the token of an offset
---@param offset integer
---@param reach number rows that were passed before
---@return page? page
---@return string? message
---@return string? failure_type
---@return outcome? outcome
function counted_pages.overlap(walk, slice, at, offset, reach)
  local first, back = offset, math.max(walk:page_size() - 1, 1)
  while true do
    walk.offset, walk.covered = offset, reach - offset
    local page, message, kind, outcome = walk:fetch(slice, walk:within(slice, at(offset)))
    if not page then return nil, message, kind, outcome end
    local kept = (offset > 0 and not walk.from) or walk.windows:hold(slice.upper, walk.from, page)
    if kept and (walk.again_and_again or joins(walk, page)) then
      walk.joined = walk.joined or page:count() > 0
      return page
    end
    if kept and is_top(walk, slice, offset) then return page end
    page:close()
    if not kept or offset == 0 then return walk:without_windows() end
    if offset == first then
      local may, why, failure = walk:step_back()
      if not may then return nil, why, failure end
    end
    offset, back = math.max(offset - back, 0), 2 * back
  end
end

---Follows a count of records from the last one of a page. Where that is its only one, as servers count records that they do
---not show, there is nothing to go by but the count itself.
---@param walk page_walk
---@param slice slice
---@param place place
---@param page page
---@return string? token
---@return fun(): page?, string?, string?, outcome? fetch
function counted_pages.follow(walk, slice, place, page)
  local known = page:count() > 1
  local offset = known and walk.offset + page:count() - 1 or place.offset
  if place.most then offset = math.min(offset, place.most) end
  return place.at(offset), function()
    local new, message, kind = walk:is_new(slice, place.text, not known)
    if not new then return nil, message, kind end
    if known then return counted_pages.overlap(walk, slice, place.at, offset, place.offset) end
    walk.offset, walk.covered = offset, 0
    return walk:fetch(slice, walk:within(slice, place.text))
  end
end

-- The keys of a page's records, by which a later run knows where it goes on; nil where there is nothing to go by.
local function keys_of(page)
  if page:count() <= 1 then return nil end
  local last = keys.set(NEAR)
  page:remember(last, "all")
  return last:list()
end

-- Fetches the first page of another window, and has the slice go on there; nil: the server does not know windows. It must
-- begin with a record that was read already, or it might leave out others that were not.
local function open_window(walk, slice, upper)
  local page = walk:ask(slice, { to = upper, from = walk.from })
  if page and page:count() > 0 and page:joins(walk.near) and walk.windows:hold(upper, walk.from, page) then
    slice:enter_window(upper)
    walk.offset, walk.joined = 0, true
    return page
  end
  if page then page:close() end
  walk.windows:begin_no_more()
end

---Moves a slice to the page that follows, in its window or in the next one.
---@param walk page_walk
---@param slice slice
---@param place place
---@param page page
---@return fun(): page?, string?, string?, outcome? fetch
function counted_pages.advance(walk, slice, place, page)
  local token, fetch = counted_pages.follow(walk, slice, place, page)
  slice:go_on(token, keys_of(page))
  local to = walk.windows:next(walk, slice, place, page)
  return function()
    local first = to and open_window(walk, slice, to)
    if first then return first end
    return fetch()
  end
end

return counted_pages
