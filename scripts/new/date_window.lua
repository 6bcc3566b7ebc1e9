-- A list that is asked for a part in time: two parameters with dates, between which its records lie.
local clock = require "clock"
local json = require "json"
local paging_seen = require "new.paging_seen"
local exchange = require "new.exchange"
local schema_node = require "new.schema_node"
local set_of = require "lib.set_of"

local date_window = {}

local DAY = 86400 * 1000000
local FROM = set_of { "from", "since", "start", "startdate", "starttime", "fromdate", "datefrom", "after", "begin", "begindate",
  "mindate", "timemin", "createdafter", "updatedafter", "createdfrom", "startat", "gte", "dategte", "starton", "periodstart" }
local TO = set_of { "to", "until", "end", "enddate", "endtime", "todate", "dateto", "before", "stop", "maxdate", "timemax",
  "createdbefore", "updatedbefore", "createdto", "endat", "lt", "lte", "datelt", "endon", "periodend" }

-- A time, and the form in which it stands.
local function read(value)
  if type(value) ~= "string" then return nil end
  if value:find "^%d%d%d%d%-%d%d%-%d%d$" then return clock.parse(value), "date" end
  if value:find "^%d%d%d%d%-%d%d%-%d%dT" then return clock.parse(value), "time" end
end

local function slice_of(us)
  local days = us // DAY
  return days >= 16 and "P2W" or days >= 9 and "P1W" or days >= 3 and "P1D" or "PT6H"
end

local function ends(parameters)
  local from, to
  for _, parameter in ipairs(parameters) do
    local us, form = read(parameter.value)
    local plain = schema_node.plain(parameter.name)
    if us and FROM[plain] then from = from or { name = parameter.name, us = us, form = form } end
    if us and TO[plain] then to = to or { name = parameter.name, us = us, form = form } end
  end
  return from, to
end

-- The cursor's values lie in the window that was asked for.
local function holds(rows, field, from, to)
  for _, row in ipairs(rows) do
    local value = row
    for _, name in ipairs(json.path(field)) do value = type(value) == "table" and value[name] or nil end
    local us = type(value) == "string" and clock.parse(value)
    if not us or us < from.us - DAY or us > to.us + DAY then return false end
  end
  return #rows > 0
end

---@class seen_window
---@field from string the parameter
---@field to string
---@field form "date"|"time"
---@field slice string
---@field days integer

---The window that a list's requests have; nil: they have none.
---@param exchanges exchange[]
---@param rows table[][] the records of each
---@param field string? of the cursor
---@param is_secret fun(name: string): boolean
---@return seen_window?
function date_window.of(exchanges, rows, field, is_secret)
  local from, to = ends(exchange.parameters(exchanges[1]))
  if not from or not to or not field or to.us <= from.us then return nil end
  for i, one in ipairs(exchanges) do
    local first, last = ends(exchange.parameters(one))
    if not first or not last or #rows[i] > 0 and not holds(rows[i], field, first, last) then return nil end
  end
  local moves = true
  if exchanges[2] then
    moves = false
    for _, change in ipairs(paging_seen.changes(exchanges[1], exchanges[2], is_secret)) do
      moves = moves or change.parameter.name == from.name
    end
  end
  return moves and { from = from.name, to = to.name, form = from.form, slice = slice_of(to.us - from.us),
    days = (to.us - from.us) // DAY } or nil
end

return date_window
