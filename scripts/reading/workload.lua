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

---@param known known_workload
---@return workload
function workload.new(known)
  local made = setmetatable({ path = known.path, records = known.records, at_least = known.at_least,
    page_rows = known.page_rows, beyond = 0, window = window_of(known) }, workload)
  local ours = made.window > 0 and known.limits.limit * (known.share or 1)
  made.a_minute = ours and made.window <= DAY and ours * 60 / made.window or nil
  if not known.records or not known.page_rows then return made end
  made.requests = math.max(1, math.ceil(known.records / known.page_rows))
  made.seconds = made.requests * known.ms / 1000
  if not ours then return made end
  made.beyond = math.max(0, made.requests - math.min(known.limits.remaining or ours, math.ceil(ours)))
  if made.window <= DAY then made.seconds = math.max(made.seconds, math.ceil(made.beyond / ours) * made.window) end
  return made
end

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
  if from and list.date - from < OLD then return nil end
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

---What is to be said before a read that takes long; nil: it does not, or that is not known.
---@return string?
function workload:words()
  if not self.seconds or self.seconds < LONG then return nil end
  return ("%s %s by %s, %d a page: %s%s, about %s"):format(self.at_least and "at least" or "about",
    counted(self.records, "record"), self.path, self.page_rows, counted(self.requests, "request"),
    self.a_minute and (" at %.0f a minute"):format(self.a_minute) or "", workload.duration(self.seconds))
end

return workload
