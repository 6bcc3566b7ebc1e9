--- The ways in which the real servers cut a list into pages. Each takes the rows in the list's order (the greatest
--- `sort` first), a cursor and a page size, and returns where the page begins (from 0), the next cursor, or nil at the
--- end. Positions are compared as the servers do, so that a row that leaves between two requests has its real effect.
local base64 = require "lib.base64"

local paging = {}

-- How many rows stand before the first for which `reached` is true.
local function before(rows, reached)
  local low, high = 1, #rows + 1
  while low < high do
    local middle = (low + high) // 2
    if reached(rows[middle]) then high = middle else low = middle + 1 end
  end
  return low - 1
end

-- How many of the last rows up to `last` are of the same `value`.
local function run_of(rows, first, last, value, of)
  local count = 0
  while last - count > first and of(rows[last - count]) == value do count = count + 1 end
  return count
end

local function colons(cursor)
  local value, offset = (cursor or "0:0:0"):match "^(%d+):(%d+):0$"
  return math.tointeger(tonumber(value)), math.tointeger(tonumber(offset))
end

local function floor_ms(row) return row.sort // 1000 end
local function ceil_ms(row) return -(-row.sort // 1000) end

--- Hosted Sentry's events: `0:<offset>:0`.
function paging.offset(rows, cursor, limit)
  local _, offset = colons(cursor)
  return offset, offset + limit < #rows and ("0:%d:0"):format(offset + limit) or nil
end

--- Projects and releases: `<page size>:<page>:0`.
function paging.number(rows, cursor, limit)
  local size, number = colons(cursor)
  local first = size * number
  return first, first + limit < #rows and ("%d:%d:0"):format(limit, number + 1) or nil
end

--- Hosted Sentry's issues: `<ms>:<rows of that ms already passed>:0`, the ms being that of the next page's first.
function paging.score(rows, cursor, limit)
  local value, offset = colons(cursor)
  local first = (value > 0 and before(rows, function(row) return floor_ms(row) <= value end) or 0) + offset
  local high = math.min(first + limit, #rows)
  if high == #rows then return first end
  local ms = floor_ms(rows[high + 1])
  return first, ("%d:%d:0"):format(ms, run_of(rows, 0, high, ms, floor_ms))
end

--- Sentry 9.1.2: `<ms, rounded up>:<offset>:0`, the rows at or below that ms, less `offset` of them.
function paging.time(rows, cursor, limit)
  local value, offset = colons(cursor)
  local first = (value > 0 and before(rows, function(row) return row.sort <= value * 1000 end) or 0) + offset
  local ahead = rows[first + limit + 1]
  if not ahead then return first end
  local ms = ceil_ms(ahead)
  local same = ms == (value > 0 and value or ceil_ms(rows[first + 1]))
  local passed = same and offset + limit or run_of(rows, first, first + limit, ms, ceil_ms)
  return first, ("%d:%d:0"):format(ms, passed)
end

local function position(value, passed)
  return base64.encode((passed > 0 and ("o=%d"):format(passed) or "") .. (passed > 0 and value and "&" or "")
    .. (value and ("p=%d"):format(value) or ""))
end

--- GlitchTip: the rows strictly beyond a position `p`, less the first `o`; a position that no row ahead shares. The real
--- one lets no more than 100 rows be passed over in one tie, and so hides the others from every client: not done here.
function paging.beyond(rows, cursor, limit)
  local plain = cursor and base64.decode(cursor) or ""
  local value = math.tointeger(tonumber(plain:match "p=(%-?%d+)"))
  local passed = math.tointeger(tonumber(plain:match "o=(%d+)")) or 0
  local first = (value and before(rows, function(row) return row.sort < value end) or 0) + passed
  local ahead = rows[first + limit + 1]
  if not ahead then return first end
  local same = run_of(rows, first, first + limit, ahead.sort, function(row) return row.sort end)
  if same == limit then return first, position(value, passed + limit) end
  return first, position(rows[first + limit - same].sort, same)
end

return paging
