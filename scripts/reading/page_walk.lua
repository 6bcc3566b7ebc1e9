-- The way from page to page of a slice. Page tokens are read here, and moved here or in counted_pages: the next page is
-- asked for so that no record between the two is passed over, whatever has come or gone meanwhile.
local counted_pages = require "reading.counted_pages"
local keys = require "keys"
local page_number = require "reading.page_number"
local slice_start = require "reading.slice_start"

local page_walk = {}
page_walk.__index = page_walk

local SEEN = 20000 -- places of one slice at most: a circle of so many pages is noticed
local NEAR = 1000 -- keys of the records just read: what the next page of a counted list must begin with
local MOST_EMPTY, MOST_AGAIN = 20, 100

---@class page_walk
---@field list list a view of its own
---@field windows windows
---@field first first_page
---@field keyless boolean? no record is known again: the server's tokens are followed as they are
---@field again_and_again boolean the list is read in several passes, which show what one of them passed over
---@field alone boolean no other slice of the list is read meanwhile
---@field near userdata keys of the records just read
---@field met userdata places that the server named
---@field again integer how often it has stepped back
---@field offset integer of the page under way, where records are counted
---@field covered number rows at the top of the page under way that pages before it may hold, too
---@field pages integer of this slice, so far
---@field records integer on the last page
---@field empty integer pages in a row
---@field counts boolean? the last token counts records
---@field numbered boolean? tokens are numbers of pages, or of rows
---@field passed integer? rows of this slice so far; nil: it was not begun at its top
---@field joined boolean? the window was seen to hold a record that was known before
---@field from integer? where the window begins that is asked for
---@field fresh boolean? the page under way brought rows that are new in this pass
---@field followed string? the token that led to the page under way
---@field lost_at integer? the page of which the server had lost the token before the slice was begun again

---@param parts backfill_parts
---@param list list
---@param alone boolean
---@return page_walk
function page_walk.new(parts, list, alone)
  return setmetatable({
    list = list, windows = parts.windows, order = parts.order, first = parts.first, sink = parts.sink, alone = alone,
    keyless = parts.keyless, again_and_again = parts.passes ~= nil,
    empty = 0, pages = 0, records = 0, offset = 0, covered = 0, again = 0, met = keys.set(1), near = keys.set(1),
  }, page_walk)
end

---The page size asked for; or, where the API does not say, the records of the last page.
---@return integer
function page_walk:page_size() return self.list.page_size.current or self.records end

---Does a token name the same place at any page size? Positions and counts of records do, numbers of pages do not.
---@param token string
---@return boolean
function page_walk:is_fixed(token)
  local kind = self.list.page_tokens.read(token).kind
  return kind == "position" or kind == "offset"
end

-- ---- fetching

---The request of the page at a token, within the slice's window, where it has one.
---@param slice slice
---@param token string?
function page_walk:within(slice, token)
  return { token = token, to = slice.upper, from = slice.upper and self.from }
end

-- The request to prefetch while the page that names this token is on its way: the one after it. Not where the slice may
-- well end with the page, as an incremental read does.
local function after(self, slice, token)
  if self.pages < 2 and self.order:bounded(slice) then return nil end
  local place = self.list.page_tokens.read(token)
  if self.keyless then return { token = token } end
  if place.kind == "position" then
    local bare = place.at(0)
    return bare ~= slice.token and { token = bare } or nil
  elseif place.kind == "offset" then
    -- By the server's count of the page's rows, which may be fewer than were asked for.
    if self.windows:due(self, slice, place, self.pages + 1) or self.alone and self.windows:may_divide() then return nil end
    return self:within(slice, place.at(place.offset - 1))
  end
  return { token = token }
end

---Fetches a page.
---@param slice slice? nil: none is read as yet
---@param ask {token: string?, from: integer?, to: integer?}
function page_walk:ask(slice, ask)
  return self.list:fetch(ask, slice and function(token) return after(self, slice, token) end)
end

---Fetches a page, and minds lists that never end.
---@param slice slice? nil: none is read as yet
---@param ask {token: string?, from: integer?, to: integer?}
---@return page? page
---@return string? message
---@return string? failure_type
---@return outcome? outcome
---@return outcome? refusal the last attempt of what failed
function page_walk:fetch(slice, ask)
  local page, message, kind, outcome, refusal = self:ask(slice, ask)
  if not page then return nil, message, kind, outcome, refusal end
  self.empty = page:units() == 0 and self.list.next and self.empty + 1 or 0
  if self.empty >= MOST_EMPTY then
    return nil, ("%d empty pages in a row that name a next one"):format(self.empty), "system_error"
  end
  return page
end

-- Each place named by the server is followed once: a circle would go on for ever. A count of records is followed from the
-- record before it, and then, where the page there holds that one alone, as it is.
function page_walk:is_new(slice, token, as_it_is)
  if self.met:add(("%s %s%s"):format(slice.upper, token, as_it_is and " as it is" or "")) then return true end
  local message = ("the cursor %s came twice: the list does not end"):format(token:sub(1, 200))
  if not self.list.stream.api.declared_paging then return nil, message, "system_error" end
  return nil, message .. "; check the stream's `paging`", "config_error"
end

-- The places passed before lead on once more from where a step back ends, though not without end.
function page_walk:step_back()
  self.met, self.again = keys.set(SEEN), self.again + 1
  if self.again <= MOST_AGAIN then return true end
  return nil, "the list changes faster than it can be read", "transient_error"
end

---The server does not keep to windows after all.
function page_walk:without_windows()
  self.windows:give_up()
  return nil, nil, nil, "unwindowed"
end

---Another page of the slice has been asked for.
function page_walk:count_page() self.pages = self.pages + 1 end

---Notes the records of a page that was read.
---@param page page
function page_walk:note(page)
  page:remember(self.near, "all")
  self.records = page:units()
end

-- ---- from one page to the next, by each kind of token

-- A position is followed without its offset: a record of that time may have gone, and an offset would skip another. Where
-- all of a page is of one time that makes no way, so the offset is followed, from a record that is known.
local function from_position(self, slice, place, page)
  local bare = place.at(0)
  if bare == slice.token then return select(2, counted_pages.follow(self, slice, place, page)) end
  slice:leave_window(bare)
  return function()
    local new, message, kind = self:is_new(slice, bare)
    if not new then return nil, message, kind end
    self.offset, self.covered = 0, place.offset
    return self:fetch(slice, { token = bare })
  end
end

-- Another token is followed as it is; a number of a page names no place by which a later run could go on. Neither does one that
-- stays while rows are new, as a scroll's: the server knows how far it came. Another pass shows what it passed over.
local function as_given(self, slice, token, is_place)
  local stays = token == self.followed and self.fresh and self.again_and_again and not self.keyless
  slice:go_on(is_place and not stays and token or nil)
  return function()
    local new, message, kind = true, nil, nil
    if not stays then new, message, kind = self:is_new(slice, token) end
    if not new then return nil, message, kind end
    self.covered = 0
    return slice_start.follow(self, slice, token)
  end
end

---Moves the slice to the next page, so that a state written now resumes there.
---@param slice slice
---@param token string of the next page, as the server gave it
---@param page page the one that was read
---@return fun(): page?, string?, string?, outcome? fetch
function page_walk:advance(slice, token, page)
  local place = self.list.page_tokens.read(token)
  self.counts = place.kind == "offset" and not self.keyless
  if self.passed then
    self.passed = self.passed + page:units()
    self.numbered = self.list.stream.api.numbered or place.kind == "opaque" and page_number.is(place, self)
  end
  local named = place.kind == "opaque" and not self.numbered
  if self.keyless then return as_given(self, slice, token, self:is_fixed(token) or named) end
  if place.kind == "position" then return from_position(self, slice, place, page) end
  if self.counts then return counted_pages.advance(self, slice, place, page) end
  return as_given(self, slice, token, named)
end

-- ---- where a slice is begun

---Fetches the list's first page before anything is read.
---@return page? page
---@return string? message
---@return string? failure_type
---@return outcome? outcome
function page_walk:look()
  self.empty = 0
  return self:fetch(nil, {})
end

---Fetches the first page of a slice: where it was left, or, where that place is no longer there, the list's first.
---@param slice slice
---@return page? page
---@return string? message
---@return string? failure_type
---@return outcome? outcome
function page_walk:begin(slice)
  self.near, self.met, self.again, self.offset, self.pages = keys.set(NEAR), keys.set(SEEN), 0, 0, 1
  self.from, self.joined, self.covered = self.windows:from(slice), nil, 0
  self.followed, self.lost_at, self.numbered, self.passed = slice.token, nil, nil, not slice.token and 0 or nil
  return slice_start.begin(self, slice)
end

---Leaves the place where the slice is, for the list's top, as if it were begun there.
---@param slice slice
function page_walk:leave(slice)
  slice:leave_window()
  self.near, self.met, self.pages, self.offset, self.from, self.followed = keys.set(NEAR), keys.set(SEEN), 0, 0, nil, nil
end

return page_walk
