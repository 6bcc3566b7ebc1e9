-- Whether the pages of a list still bring rows that are new. A server that does not know the parameter of a stream's `paging`,
-- or repeats its last page, gives the same rows for ever.
local keys = require "keys"

local novelty = {}
novelty.__index = novelty

local SEEN = 20000 -- keys of rows, or of pages
local MOST, MOST_AGAIN = 3, 50 -- pages in a row without a new row; where the list moved, and was stepped back in

local STALE = "the last %s of the list brought no row that had not come before: the server gives the same rows again; check the "
  .. "stream's `paging`, which is \"none\" for a list of one page"

---@class novelty of the slice under way
---@field keyless boolean? nothing tells rows apart: pages are known by their bytes
---@field seen userdata
---@field stale integer pages in a row without a new row

---@param keyless boolean?
---@return novelty
function novelty.new(keyless) return setmetatable({ keyless = keyless, seen = keys.set(SEEN), stale = 0 }, novelty) end

local function has_new(self, page)
  if self.keyless then return self.seen:add(("%d %d %d"):format(page:digest())) end
  local on_page, known = keys.set(page:count() + 1), keys.set(page:count() + 1)
  page:remember(on_page, "all")
  page:remember(known, self.seen)
  page:remember(self.seen, "all")
  return on_page:count() > known:count()
end

---Looks at a page before its rows go out. Rows that have no key would go out twice, so one such page is enough there.
---@param page page
---@param walk page_walk
---@return string? wrong nil: all is well
function novelty:look(page, walk)
  if walk.pages == 1 then self.seen, self.stale = keys.set(SEEN), 0 end
  if page:count() == 0 then return nil end
  self.stale = has_new(self, page) and 0 or self.stale + 1
  local most = self.keyless and page:count() > 1 and 1 or walk.again > 0 and MOST_AGAIN or MOST
  if self.stale < most or not self.keyless and not walk.list.next then return nil end
  return STALE:format(self.stale == 1 and "page" or self.stale .. " pages")
end

return novelty
