-- What a read of a stream would ask, found out by one request for one record: the response tells how many there are, and how
-- fast the server may be asked.
local clock = require "clock"
local lists = require "reading.list"
local lower_bound = require "reading.lower_bound"
local reader = require "reading.reader"
local refresh = require "reading.refresh"
local route_choice = require "reading.route_choice"
local stream_state = require "reading.stream_state"
local workload = require "reading.workload"
local url = require "lib.url"

local plan = {}

---@class plan
---@field request string the first one of a read
---@field other string? the request of another list, of which the records that this one lacks are asked for
---@field workload workload how many requests a read takes, and how long
---@field more boolean one record was not all
---@field from string? records from here on are new
---@field full boolean the whole list is read
---@field compared boolean what earlier reads have sent is left out of it
---@field ms integer of the probe
---@field route string? which of two ways is taken
---@field through workload? how much is before a read through another stream's records, where that was looked at
---@field through_words string? the same, said
---@field taken boolean? that is the way
---@field refresh {now: boolean, due: string?, done: string?}? when the list is read whole for what changed in it
---@field asked integer requests made for the plan
---@field share number the part of the limits that is ours
---@field limits table<string, number> limit, remaining, seconds (until it is renewed), concurrent_limit

-- The time from which on records are new to a read (nil: all are), and whether what the state remembers is left out.
local function from_where(stream, client, known, now)
  local read = { now = now, incremental = stream.cursor ~= nil, log = client }
  local bounds, resumed = reader.lower_bound(stream, client.config, known, read)
  local start = lower_bound.settings(stream, client.config).start
  local us = stream.cursor and (bounds[stream.cursor.field] or start)
  return us ~= stream_state.NO_BOUND and us or nil, resumed and known.recent:count() > 0
end

-- The list that tells what the stream's own lacks.
local function other_list(stream, client)
  if not stream.complement or not stream.complement.list then return nil end
  local path = url.fill(stream.complement.list, client.config)
  return path and client:request(path, {})
end

---@param stream stream
---@param client client
---@param job table
---@return plan?
---@return string? message
---@return string? failure_type
function plan.make(stream, client, job)
  if stream.read then return nil, "a stream with a `read` of its own cannot be planned", "config_error" end
  if stream.parent then
    return nil, "a stream with a parent cannot be planned: what it asks depends on the parent's records", "config_error"
  end
  if stream.cursor and stream.cursor.slice then
    return nil, "a stream that is read in slices cannot be planned: only a read shows how many hold something", "config_error"
  end
  local known, unclear = reader.understand(stream, job.state)
  if not known then return nil, unclear, "config_error" end
  local list, wrong, failure = lists.new(stream, client)
  if not list then return nil, wrong, failure end
  local first = list.source:request {}
  local request = client:request(first.path, first.query, first.sends and first.sends.method)
  list.page_size:set(1)
  local page, message, kind = list:fetch {}
  if not page then return nil, message, kind end
  local response = list.last_response
  local from, compared = from_where(stream, client, known, list.date)
  local full = not from or #stream.cursor.ordered_by == 0
  local own = workload.of(list, { rows = page:count(), from = from })
  local choice = stream.through and response:limits().limit and route_choice.foretell(list, own, from) or nil
  return {
    request = request, more = list.next ~= nil, ms = response.ms, limits = response:limits(),
    workload = own, share = client.config.rate_share,
    other = other_list(stream, client), from = from and (stream.cursor.type == "id" and tostring(from) or clock.format(from)),
    full = full, compared = full and compared, refresh = refresh.foretell(stream, client.config, job, known, list.date),
    asked = client.stats.requests, route = choice and choice:way(), through = choice and choice.through,
    taken = choice and choice.taken, through_words = choice and choice.through and choice.through:text(),
  }
end

return plan
