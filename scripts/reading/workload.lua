-- What a read of a list has before it: how many requests, and about how long. It is estimated here alone, for the log, for
-- `check` and for `--plan`.
local counted = require "lib.counted"
local stream_state = require "reading.stream_state"

local DAY = 86400 -- seconds
local LONG = 300 -- seconds, from which on it is worth a line
local OLD = 2 * DAY * 1000000 -- us: what is new since then is no backfill

---@class workload
---@field path string of the list
---@field records integer? how many there are, about
---@field at_least boolean? there may be more: the server counts no further
---@field page_rows integer?
---@field requests integer?
---@field a_minute number? requests that the limit leaves us
---@field parents {name: string, count: integer, at_least: boolean?}? the records of another list, through which they are read
---@field beyond integer requests more than the present window leaves us
---@field window number seconds of a window; 0: no limit is in the way
---@field seconds number? for all of it
local workload = {}
workload.__index = workload

-- Seconds of a limit's window, where that is known to be one; a reset far away is a daily limit's, or a mistake.
local function window_of(known)
  local limits = known.limits
  if not limits.limit or limits.limit < 1 or not limits.seconds then return 0 end
  return math.max(limits.seconds, known.window or 1, 1)
end

---@class known_workload
---@field path string
---@field records integer?
---@field at_least boolean?
---@field page_rows integer?
---@field limits {limit: integer?, remaining: integer?, seconds: number?} of the last answer
---@field window number? seconds of the limit's window
---@field share number? the part of the limit that is ours
---@field ms number a request
---@field requests integer? where they are not one for each page
---@field at_once integer? requests; default: one

---@param known known_workload
---@return workload
function workload.new(known)
  local made = setmetatable({ path = known.path, records = known.records, at_least = known.at_least,
    page_rows = known.page_rows, beyond = 0, window = window_of(known) }, workload)
  local ours = made.window > 0 and known.limits.limit * (known.share or 1)
  made.a_minute = ours and made.window <= DAY and ours * 60 / made.window or nil
  if not known.records or not known.page_rows then return made end
  made.requests = known.requests or math.max(1, math.ceil(known.records / known.page_rows))
  made.seconds = made.requests * known.ms / 1000 / (known.at_once or 1)
  if not ours then return made end
  made.beyond = math.max(0, made.requests - math.min(known.limits.remaining or ours, math.ceil(ours)))
  if made.window <= DAY then made.seconds = math.max(made.seconds, math.ceil(made.beyond / ours) * made.window) end
  return made
end

---@class known_through: known_workload
---@field name string the parents'
---@field parents integer how many have records that are wanted, about
---@field parent_rows integer? on a page of them

-- So many pages a part has, about: its rows on the last one are as many as may be, or as few. Pages overlap by a row.
local function pages_of_part(rows, page_rows)
  local step = math.max(page_rows - 1, 1)
  return math.max(1, (rows - 1 + (step - 1) / 2) / step)
end

---The same records, read through those of another list: at least one request for each of these, and two ways through them.
---@param own workload by the list itself
---@param known known_through
---@return workload
function workload.through(own, known)
  local parents = math.max(1, math.min(known.parents, own.records or known.parents))
  local page_rows = own.page_rows
  local parts = own.records and page_rows and math.ceil(parents * pages_of_part(own.records / parents, page_rows))
  local made = workload.new { path = own.path, records = own.records, at_least = own.at_least,
    page_rows = page_rows, requests = parts, limits = known.limits, ms = known.ms, share = known.share, window = known.window,
    at_once = known.at_once }
  if parts then made.requests = parts + 2 * math.ceil(parents / (known.parent_rows or page_rows)) + 1 end
  made.parents = { name = known.name, count = parents, at_least = known.at_least }
  return made
end

---Is a read from a time on a short one, whatever the list holds?
---@param from integer? us
---@param now integer
---@return boolean
function workload.is_short(from, now) return from ~= nil and now - from < OLD end

---Seconds as people say them.
---@param seconds number
---@return string
function workload.duration(seconds)
  if seconds < 90 then return ("%.0f s"):format(math.max(seconds, 1)) end
  if seconds < 5400 then return ("%.0f minutes"):format(seconds / 60) end
  return seconds < 2 * DAY and ("%.1f hours"):format(seconds / 3600) or ("%.0f days"):format(seconds / DAY)
end

-- Of a list that goes on after its first answer, and of which the server says no length: it may count elsewhere.
local function count_elsewhere(list, from)
  local volume, client = list.stream.api.volume, list.client
  if not volume or not list.next or not list.last_response:limits().limit then return nil end
  if workload.is_short(from, list.date) then return nil end
  local once = setmetatable({ attempts = 1, patience = 0, outage_patience = 0 }, { __index = client })
  return volume.count(once, list.stream.path, from, list.date)
end

-- How many records a list has, by its first answer.
local function count(list, from, rows)
  local hits = list.stream.api.hits
  if not list.next then return rows end
  if hits then
    local found, at_least = hits(list.last_response)
    if found then return found, at_least end
  end
  return count_elsewhere(list, from)
end

---By the first answer of a list.
---@param list list
---@param first {rows: integer, full_size: boolean?, from: integer?} rows that came; full_size: as many as it gives were asked
---for; from: us, records from here on are wanted
---@return workload
function workload.of(list, first)
  local stream, response, config = list.stream, list.last_response, list.client.config
  local volume, from = stream.api.volume, first.from ~= stream_state.NO_BOUND and first.from or nil
  local most = volume and volume.most_rows(stream.path, list.source.params, config.base_url)
  local size = not stream.single and stream.api.page_size.default or nil
  local records, at_least = count(list, from, first.rows)
  return workload.new {
    path = list.source.path, records = records, at_least = at_least, limits = response:limits(), ms = response.ms,
    page_rows = first.full_size and list.next and first.rows > 0 and first.rows or most and size and math.min(most, size) or size,
    window = volume and volume.window(stream.path), share = config.rate_share,
  }
end

---How many requests, how fast, and how long; nil: that is not known.
---@return string?
function workload:numbers()
  if not self.seconds then return nil end
  return ("%s%s%s, about %s"):format(self.parents and self.parents.at_least and "at least " or "",
    counted(self.requests, "request"), self.a_minute and (" at %.0f a minute"):format(self.a_minute) or "",
    workload.duration(self.seconds))
end

-- "about 20 issues", or the list's path.
local function source(self)
  local parents = self.parents
  if not parents then return "by " .. self.path end
  return ("through %s %d %s"):format(parents.at_least and "at least" or "about", parents.count, parents.name)
end

---What a read has before it.
---@return string
function workload:text()
  if not self.seconds then
    return source(self) .. (self.a_minute and (", at %.0f requests a minute"):format(self.a_minute) or "")
  end
  return ("%s %s %s, %d a page: %s"):format(self.at_least and "at least" or "about", counted(self.records, "record"),
    source(self), self.page_rows, self:numbers())
end

---What is to be said before a read that takes long; nil: it does not, or that is not known.
---@return string?
function workload:words() return self.seconds and self.seconds >= LONG and self:text() or nil end

return workload
