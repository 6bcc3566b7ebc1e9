-- Where a list of another API ends: an end that is none loses all behind it, so what looks like one must be said, or shown.
local json = require "json"

local list_end = {}

local MISSPELT = "the response has no '%s', so whether more pages follow cannot be known; check the stream's `paging`"
local LAST_LACKS = ", or where the last page of a list lacks it, add `page_size`, or `more` with the field that says so"

local false_texts = { [""] = true, ["false"] = true, ["0"] = true }

---What the field `more` says of a page.
---@param page page
---@param given {more: string?}
---@param token string? led to the page; nil: it is the first
---@return boolean? more nil: nothing is said
---@return string? wrong
---@return string? code
function list_end.says_more(page, given, token)
  if not given.more then return nil end
  local value = page:value(given.more)
  if value == nil then
    if token then return nil end
    return nil, MISSPELT:format(given.more), "no_paging"
  end
  return value ~= json.null and value ~= false and not false_texts[tostring(value)]
end

---The value that leads to the next page. One that is absent ends the list only where it was there before, or the page is
---short: a misspelt one would end each list after its first page.
---@param page page
---@param given {next: string, more: string?}
---@param page_size integer?
---@param token string? led to the page; nil: it is the first
---@return any value nil: nothing follows
---@return string? wrong
---@return string? code
function list_end.value(page, given, page_size, token)
  local more, wrong, code = list_end.says_more(page, given, token)
  if more == false or wrong then return nil, wrong, code end
  local value = page:value(given.next)
  local says_none = value == json.null or value == "" or value == false
  if value ~= nil and not says_none then return value end
  if more then
    return nil, ("the response's '%s' says that more follows, and its '%s' does not name it"):format(given.more, given.next),
      "no_paging"
  end
  if says_none or token or page_size and page:units() < page_size then return nil end
  return nil, MISSPELT:format(given.next) .. LAST_LACKS, "no_paging"
end

local TOO_MANY = "the list ends after %d rows, and says at '%s' that it has %d; where that number is not exact, leave `total` out"

-- A number that the response gives at a path; nil where it gives none later in the list.
local function number_at(page, path, token)
  local value = page:value(path)
  local number = value ~= json.null and value ~= nil and math.tointeger(tonumber(value)) or nil
  if number or token then return number end
  return nil, ("the response has no number at '%s'; check the stream's `paging`"):format(path), "no_paging"
end

---@class counted_page
---@field rows integer up to and with this page's
---@field number integer? of the page, from 1 on
---@field size integer? rows that were asked for
---@field token string? led to the page; nil: it is the first

-- By `total_pages` or `total`, where they are declared and given; nil: they say nothing, as one does that is below what came.
local function by_totals(page, given, at)
  if given.total_pages then
    local pages, wrong, code = number_at(page, given.total_pages, at.token)
    if wrong or pages and pages >= at.number then return pages == at.number, wrong, code end
  end
  if not given.total then return nil end
  local total, wrong, code = number_at(page, given.total, at.token)
  if not total then return nil, wrong, code end
  if at.rows < total and page:units() == 0 then
    return nil, TOO_MANY:format(at.rows, given.total, total), "no_next"
  end
  if at.rows <= total then return at.rows == total end
end

---How lists that are counted end. A page shorter than requested is the last one only where the server has shown that it
---gives as many: one that caps its pages in silence would look as if it ended.
---@param given {more: string?, total: string?, total_pages: string?}
---@return fun(page: page, at: counted_page): boolean?, string?, string? is_last true; or what is wrong, and its code
function list_end.of_counted(given)
  local most = 0
  return function(page, at)
    local rows = page:units()
    most = math.max(most, rows)
    local more, wrong, code = list_end.says_more(page, given, at.token)
    if more ~= nil or wrong then return more == false, wrong, code end
    local last
    last, wrong, code = by_totals(page, given, at)
    if last ~= nil or wrong then return last, wrong, code end
    return rows == 0 or at.size and most >= at.size and rows < at.size
  end
end

return list_end
