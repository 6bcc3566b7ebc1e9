-- One place at which a list is read: a gap, page by page, to its end. A walk has one, or several at once (spread.lua).
local keys = require "keys"
local pager = require "reading.page_walk"
local window = require "reading.window"

local strand = {}
strand.__index = strand

local LARGE = 8 << 20 -- bytes of a page; it is decoded whole, so fewer records are asked for where they are large

---@class strand
---@field walk walk what all strands share: bounds, what was written, the state
---@field list list a view of its own
---@field near userdata keys of the rows just read
---@field met userdata places that the server named
---@field records integer on the last page
---@field offset integer of the page under way, where rows are counted
---@field pages integer
---@field joined boolean? the window was seen to hold a row that was known before
---@field from integer? where the window begins that is asked for
---@field oldest integer? of the cursor field, on the last page
---@field span integer? microseconds that the last page reached over
---@field stopped boolean? no further page is to be asked for
---@field on_page fun()? called after each page but the last, when its place is noted

---@param walk walk
---@param list list
---@return strand
function strand.new(walk, list)
  return setmetatable({
    walk = walk, list = list, empty = 0, pages = 0, records = 0, met = keys.set(1), near = keys.set(1),
  }, strand)
end

-- How far the page reaches, for whoever divides what is left.
local function measure(self, page)
  local field = self.walk.settings.field
  local newest, oldest = field and page:newest(field), field and page:oldest(field)
  self.oldest, self.span = oldest or self.oldest, oldest and math.max(newest - oldest, 1) or self.span
end

-- Positions and counts of rows are the same at any page size; numbers of pages are not, so there it stays.
local function fit(self, cursor, page)
  local size = page:size()
  self.list:weigh(size)
  local kind = size > LARGE and cursor and self.list.cursors.read(cursor).kind
  if kind ~= "position" and kind ~= "offset" then return end
  local rows = self.list.rows
  if rows then self.list:lower_rows(math.max(2, rows * LARGE // size), ("a page of %d MiB"):format(size >> 20)) end
end

-- What becomes of one page. Returns whether the gap ends here, and else the function that fetches the next page.
local function read_page(self, gap, page)
  local cursor = self.list.next
  self.walk:take(page, gap)
  page:remember(self.near, "all")
  self.records = page:count()
  self.walk:count_in(page)
  measure(self, page)
  fit(self, cursor, page)
  local over = not cursor or self.walk:covered(page, gap)
  local fetch = not over and pager.advance(self, gap, cursor, page)
  page:close()
  self.walk.to_end = not cursor
  return over, fetch
end

-- Page after page. Returns true; or nil, message, failure type, answer.
function strand:fill(gap)
  local page, message, kind, answer = pager.begin(self, gap)
  while page do
    local over, fetch = read_page(self, gap, page)
    self.walk:checkpoint_when_due()
    if over then return true end
    if self.on_page then self.on_page() end
    if self.stopped then return nil, "another place of the list failed", "stopped" end
    if window.divides(self, gap) then return nil, "it can be read at several places now", "divide" end
    page, message, kind, answer = fetch()
    self.pages = self.pages + 1
  end
  return nil, message, kind, answer
end

---Reads the gap to its end, and moves it along; from its top again where the page size, or the list's path, had to change.
---@param gap gap
---@return true? done
---@return string? message
---@return string? failure_type besides Airbyte's: "divide", it can be read at several places from here on; "windows", they
---do not hold; "stopped", as it was told to
function strand:fill_at_any_size(gap)
  while true do
    local ok, message, kind, answer = self:fill(gap)
    self.list:done()
    if ok or not (answer and answer.restart) then return ok, message, kind end
    gap.at, gap.keys = nil, nil
    if not self.walk.exact then gap.hi = nil end
  end
end

return strand
