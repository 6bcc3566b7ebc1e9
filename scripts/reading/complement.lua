-- What another list of the same records holds and a stream's own list lacks: each such record is asked for by itself, and cut
-- to the members that the own list's records have. Its row in the other list tells whether it was sent before, and whether it
-- has changed since: nothing new costs the other list alone. Without another list, one record takes an empty list's place.
local contexts = require "reading.context"
local json = require "json"
local keys = require "keys"
local lists = require "reading.list"
local merged = require "lib.merged"
local page = require "page"
local page_sink = require "reading.page_sink"
local parallel = require "lib.parallel"
local set_of = require "lib.set_of"
local stream_state = require "reading.stream_state"

local complement = {}
complement.__index = complement

local LISTED = 200000 -- keys of the own list's records; beyond, some are asked for again, and come twice
local NOTE = "which the list lacks"
local NOT_FOUND = 404
local REFUSED = { [400] = true, [403] = true, [404] = true, [410] = true }

---@class complement
---@field list list the stream's own
---@field sink table
---@field path string where the own list was asked for at first
---@field listed userdata keys of its records
---@field members table<string, boolean>? that its records have
---@field refused string[] why records could not be read
---@field count integer records that the other list alone has
---@field failed {[1]: string, [2]: string}? message and failure type

---@param list list
---@param sink table
---@param workers integer records that are asked for at once
---@return complement
function complement.new(list, sink, workers)
  return setmetatable({ list = list, sink = sink, workers = workers, path = list.source.path, listed = keys.set(LISTED),
    refused = {}, warned = {}, count = 0 }, complement)
end

---Notes a page of the own list, before its records go out.
---@param from page
function complement:note(from)
  from:remember(self.listed, "all")
  if self.members or from:count() == 0 then return end
  self.members = {}
  for name in pairs(json.decode((from:record(1)))) do self.members[name] = true end
end

-- The stream as its records are to be read elsewhere: known by key and cursor value alone, and without what is of its list.
local function elsewhere(stream, path)
  local made = merged(stream)
  made.cursor = stream.cursor and { field = stream.cursor.field, ordered_by = {} }
  made.path, made.params, made.fallback, made.complement = path, {}, nil, nil
  return made
end

-- Is nothing more to be asked for?
local function is_over(self)
  local stopped = self.list.options.stopped
  return self.failed ~= nil or stopped ~= nil and stopped()
end

-- ---- one record

-- Has it go out as the own list would have it: all else is spliced out.
local function cut(record, members)
  for name in pairs(record:decode()) do
    if not members[name] then record = record:without(name) end
  end
  return record
end

local function fetch(self, row)
  local stream, client = self.list.stream, self.list.client
  local alone = elsewhere(stream, stream.complement.record)
  alone.single, alone.records, alone.unwrap = true, nil, nil
  local list, message, kind = lists.new(alone, client, contexts.new(client.config, row),
    { exists = true, warned = self.warned, note = NOTE })
  if not list then return nil, message, kind end
  local found, why, failure, _, refusal = list:fetch {}
  if found then return found end
  return nil, why, failure, refusal and refusal.status
end

-- Sends the record of a row. One that is refused is left out, and asked for again by the next read. `one.page`: the row, where it
-- came in a list; what was sent before is told by it.
local function send(self, one, progress)
  if is_over(self) then return end
  local found, message, kind, status = fetch(self, one.row)
  if not found and REFUSED[status] then
    self.refused[#self.refused + 1] = message
    return
  elseif not found then
    self.failed = { message, kind }
    return
  end
  local members = self.members or set_of(self.list.stream.complement.fields)
  found:transform(function(record) return cut(record, members) end)
  self.sink:emit(found)
  progress:note(one.page or found)
  progress:raise_top(one.page or found)
  found:close()
  progress:checkpoint_when_due()
end

-- ---- the other list

-- The rows of a page that the own list lacks and that were not sent before, as they are now.
local function new_rows(self, from, progress)
  local rows, of_list = {}, self.list.page_settings
  local settings = { fields = of_list.fields, key = of_list.key, changing = of_list.changing }
  from:drop_known(self.listed)
  for i = 1, from:count() do
    local text, missing = from:record(i)
    local one = missing and assert(page.of("[" .. text .. "]", settings))
    self.count = self.count + (one and 1 or 0)
    if one and one:drop_known(progress.known.recent) == 0 then
      rows[#rows + 1] = { row = json.decode(text), page = one }
    elseif one then
      one:remember_rows(progress.recent, progress.known.recent)
      one:close()
    end
  end
  return rows
end

local function sink_to(self, progress)
  return page_sink(self.list.client, function(from)
    parallel(new_rows(self, from, progress), self.workers, function(one)
      send(self, one, progress)
      one.page:close()
    end)
  end)
end

-- The one record that is there although the own list holds none.
local function read_alone(self, progress)
  if self.members then return true end
  self.count = 1
  send(self, { row = {} }, progress)
  if self.failed then return nil, self.failed[1], self.failed[2] end
  return true
end

-- Is the other list missing because what it is of is not there at all? Then a warning would hide a wrong name. A server that only
-- lacks the list has the other document.
local function is_of_nothing(self, status)
  local of = self.list.stream.complement.of
  if status ~= NOT_FOUND or not of then return false end
  local found, _, _, outcome = self.list.client:document(of)
  return not found and outcome.status == NOT_FOUND
end

local function read_other(self, progress)
  local stream, noted = self.list.stream, {}
  local other = elsewhere(stream, stream.complement.list)
  other.scope = stream.complement.scope
  local list, wrong, kind = lists.new(other, contexts.watched(self.list.client, noted), self.list.context,
    { exists = true, warned = self.warned, stopped = function() return is_over(self) end })
  if not list then return nil, wrong, kind end
  local ok, message, failure = require "reading.reader".list(list, sink_to(self, progress), stream_state.read(nil),
    { incremental = false, workers = 1 })
  if self.failed then return nil, self.failed[1], self.failed[2] end
  if is_over(self) then return true end
  if ok or not REFUSED[noted.status] or is_of_nothing(self, noted.status) then return ok, message, failure end
  self.list.client:log("WARN", ("%s; records that only this list has may be missing"):format(message))
  return true
end

---Reads what the own list lacks, once that was read to its end; nothing, where another path had to take its place.
---@param progress progress
---@return true? done
---@return string? message
---@return string? failure_type
function complement:read(progress)
  if self.list.source.path ~= self.path or is_over(self) then return true end
  local read = self.list.stream.complement.list and read_other or read_alone
  local ok, message, kind = read(self, progress)
  if not ok then return nil, message, kind end
  if #self.refused > 0 then
    self.list.client:log("WARN", ("%d of %d records that %s lacks could not be read, and are missing; the next read asks for "
      .. "them again. The first: %s"):format(#self.refused, self.count, self.path, self.refused[1]))
  end
  return true
end

return complement
