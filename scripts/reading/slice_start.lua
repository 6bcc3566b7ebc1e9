-- Where a slice is begun, or gone on with; and begun again, where the server has lost the place that it named. An empty page
-- at such a place proves nothing: servers answer so for a token that they no longer know.
local counted_pages = require "reading.counted_pages"

local slice_start = {}

local refusals = { [401] = true, [403] = true, [404] = true } -- of a token that is no longer known, where it is the server's own

local LOST = "the server no longer knows the place that it named after page %d (%s)%s; what was read is emitted, but records "
  .. "behind that place may be missing"

local function ends_empty(walk, page) return page:units() == 0 and not walk.list.next end

-- The list's first page; the one that the read began with, where nobody has taken it.
local function from_top(walk, slice)
  local page, token = walk.first:take()
  if not page then return walk:fetch(slice, {}) end
  walk.list.next = token
  return page
end

-- The first page of a window that nobody has begun yet.
local function from_window(walk, slice)
  local page, message, kind, outcome = walk:fetch(slice, walk:within(slice))
  if not page or walk.windows:hold(slice.upper, walk.from, page) then return page, message, kind, outcome end
  page:close()
  return walk:without_windows()
end

-- Goes on where an earlier run stopped.
local function resume(walk, slice, place)
  walk.offset = place.offset
  if not slice.keys then return walk:fetch(slice, walk:within(slice, slice.token)) end
  walk.near:load(slice.keys)
  walk.records = #slice.keys
  return counted_pages.overlap(walk, slice, place.at, place.offset, math.huge)
end

-- The place of an earlier run is gone: the window, or the list, is read from its top, which also tells a server that has
-- gone.
local function begin_again(walk, slice, lost)
  if slice.upper and walk.windows.exact then
    slice:go_on()
    walk.offset = 0
    return from_window(walk, slice)
  end
  local page, message, kind, outcome = from_top(walk, slice)
  if not page then return nil, message, kind, outcome end
  walk.sink:log("WARN", ("the place where the last run stopped is not there any more (%s); the list is read from its top")
    :format(lost))
  walk:leave(slice)
  walk.pages = 1
  return page
end

-- Has the place of an earlier run gone? Why, as far as is known.
local function why_gone(walk, place, page, message, kind, refusal)
  if page then return ends_empty(walk, page) and "an empty page came" or nil end
  local refused = place.named and refusal and refusals[refusal.status]
  return (refused or kind == "system_error" or kind == "transient_error") and message or nil
end

---Fetches the first page of a slice: where it was left, or, where that place is no longer there, the list's first.
---@param walk page_walk
---@param slice slice
---@return page? page
---@return string? message
---@return string? failure_type
---@return outcome? outcome
function slice_start.begin(walk, slice)
  if not slice.token and slice.upper then return from_window(walk, slice) end
  if not slice.token then return from_top(walk, slice) end
  local place = walk.list.page_tokens.read(slice.token)
  local page, message, kind, outcome, refusal = resume(walk, slice, place)
  local lost = why_gone(walk, place, page, message, kind, refusal)
  if not lost then return page, message, kind, outcome end
  if page then page:close() end
  return begin_again(walk, slice, lost)
end

-- ---- places that a server named in this run

-- Fetches a page that nobody reads. How many rows it has, and the token of the next one; nil: none came.
local function peek(walk, token)
  local page = walk.list:fetch { token = token }
  if not page then return nil end
  local count = page:units()
  page:close()
  return count, walk.list.next
end

-- Is an empty page the list's end? The page before it, asked for again, shows whether tokens of its age are still known; the
-- list's first one has none, and is followed. Where the list was begun again, it must have come as far.
local function is_end(walk)
  if walk.lost_at and walk.pages <= walk.lost_at then return walk.pages == walk.lost_at end
  local count, token = peek(walk, walk.followed)
  local proved = count ~= nil and count > 0
  if proved and not walk.followed and token then
    count, token = peek(walk, token)
    proved = count == 0 and not token
  end
  walk.list.next = nil
  return proved
end

-- Reads the slice from its top once more. Rows that nothing tells apart would come twice.
local function start_over(walk, slice, lost)
  local again = walk.lost_at and ", also after the list was begun again" or ""
  if walk.lost_at or walk.keyless then return nil, LOST:format(walk.pages, lost, again), "transient_error" end
  walk.sink:log("WARN", ("the server no longer knows the place that it named after page %d (%s); the list is read from its top")
    :format(walk.pages, lost))
  walk.lost_at = walk.pages
  walk:leave(slice)
  return walk:fetch(slice, {})
end

---Fetches the page at a token that is followed as it is. Where the server named it, and has lost it meanwhile, the slice is
---begun again, once.
---@param walk page_walk
---@param slice slice
---@param token string
---@return page? page
---@return string? message
---@return string? failure_type
---@return outcome? outcome
function slice_start.follow(walk, slice, token)
  local page, message, kind, outcome, refusal = walk:fetch(slice, { token = token })
  local named = walk.list.page_tokens.read(token).named
  local refused = named and refusal and refusals[refusal.status]
  if refused then return start_over(walk, slice, message) end
  local ends = named and page and ends_empty(walk, page) and not walk.list.stopped and token ~= walk.followed
  if ends and not is_end(walk) then
    page:close()
    return start_over(walk, slice, "an empty page came")
  end
  walk.followed = token
  return page, message, kind, outcome
end

return slice_start
