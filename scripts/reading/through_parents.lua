-- Reads a list through the records of another one, newest first, on each of which a part of the list hangs: a parent that
-- has no record since some time need not be asked for its part. docs/reading.md explains it; each guard here stops a way to
-- lose records that the property test knows.
local json = require "json"
local keys = require "keys"
local later = require "lib.later"
local lower_bound = require "reading.lower_bound"
local merged = require "lib.merged"
local parallel = require "lib.parallel"
local parent_sweeps = require "reading.parent_sweeps"
local part = require "reading.part"
local stream_state = require "reading.stream_state"

local through_parents = {}
through_parents.__index = through_parents

local DONE, SEEN = 200000, 200000 -- keys in memory
local SWEEPS, SECOND = 8, 1000000
local UNWRITTEN = "the server could not write one of the %s, so its records cannot be found"
local UNNAMED = "one of the %s lacks what its records are requested by, so they cannot be found"

---@class through_settings
---@field field string the cursor field of the list
---@field ordered_by string[] all fields by which the list itself may be ordered
---@field start integer? records before are not taken
---@field lookback integer microseconds
---@field settling integer microseconds in which a parent's time may lag behind its records'
---@field full boolean
---@field of table? the place that states name
---@field workers integer parts that are read at once
---@field parent_field string the parents' cursor field
---@field parents fun(stopped: fun(): boolean, noted: {status: integer?}): list?, string?, string? the parents' list
---@field part fun(parent: table, noted: {status: integer?}): list?, string?, string? a parent's own
---@field brief (fun(parent: table, stopped: fun(): boolean): list?)? the same with less of each record
---@field belongs (fun(parent: table): boolean)? has it a part at all?
---@field checkpoint_records integer? records between two states, where somebody wants to lose as little as that
---@field checkpoint_seconds number? seconds between two states

---@class through_parents
---@field known stream_state what the state says from which this run goes on; once the read is over, what the last one says
---@field lower integer? from here on records are taken; nil: all are
---@field upper integer up to here: the server's time when the read was begun
---@field done keys_set what is known of parents whose part was read
---@field open table<string, table> the states of parts under way
---@field long table<string, boolean> the paths of parts of several pages that were read
---@field longs integer how many these are
---@field unstated integer records that no state covers yet
---@field found integer records that were new, in the pass under way
---@field parts integer read in the pass under way
---@field unsettled boolean? a parent went away while its part was read: its records are another's now
---@field gone string? what the server said of the last one that went away
---@field sweeps parent_sweeps
---@field unreadable string? why the list cannot be read so, with %s for the parents' name

---@param sink table where records, states and logs go: emit, state, log, ticks
---@param settings through_settings
---@param known stream_state
---@return through_parents
function through_parents.new(sink, settings, known)
  local parts = known.parts or { done = {}, open = {} }
  local made = setmetatable({
    sink = sink, settings = settings, known = known, lower = parts.lower, upper = parts.upper, open = parts.open,
    done = keys.set(DONE), seen = keys.set(SEEN), recent = stream_state.recent(), last_state = sink:ticks(),
    margin = math.max(settings.lookback, settings.settling), found = 0, repeats = 0, nulls = 0, unstated = 0,
    long = {}, longs = 0,
  }, through_parents)
  made.done:load(parts.done)
  return made
end

-- ---- states

---Writes a state: it says no more than what has gone out.
function through_parents:checkpoint()
  local settings, known = self.settings, self.known
  self.sink:state(stream_state.write({ of = settings.of, mark = known.mark, marks = known.marks,
    recent = stream_state.together(known.recent, self.recent),
    parts = { lower = self.lower, upper = self.upper, done = self.done, open = self.open, full = settings.full },
  }, settings.field))
  self.last_state, self.unstated = self.sink:ticks(), 0
end

---Writes a state where it is due: by time, as it is large.
function through_parents:checkpoint_when_due()
  local settings = self.settings
  local many = settings.checkpoint_records ~= nil and self.unstated >= settings.checkpoint_records
  if many or self.sink:ticks() - self.last_state >= (settings.checkpoint_seconds or 30) then self:checkpoint() end
end

-- May the next read meet what the one before this read sent? A parent that tells of a record late is passed over by this one.
local function overlaps(self)
  local mark = self.known.marks and self.known.marks[self.settings.field]
  return self.known.parts ~= nil or mark ~= nil and mark + 2 * self.margin - self.settings.lookback > self.upper
end

-- The state of a read that is over: complete up to where it went, less what may still come late.
local function finish(self)
  local settings, known, marks = self.settings, self.known, {}
  if settings.full then return self.sink:state { [stream_state.FINISHED] = true } end
  for _, field in ipairs(settings.ordered_by) do
    marks[field] = later(known.marks and known.marks[field], self.upper - (self.margin - settings.lookback))
  end
  self.known = { of = settings.of, mark = later(known.mark, self.upper - self.margin), marks = marks,
    recent = overlaps(self) and stream_state.together(known.recent, self.recent) or self.recent }
  self.sink:state(stream_state.write(self.known, settings.field))
end

-- ---- the parents of a page

-- Parents that only one request failed for fail the read: a part that was passed over would be lost for ever.
local function read_parent(self, page, i)
  local row, parent = page:row_key(i), json.decode((page:record(i)))
  if not self.settings.belongs or self.settings.belongs(parent) then
    self.parts = self.parts + 1
    local ok, message, kind, status = part.read(self, parent, row)
    if ok == false then
      self.unreadable = UNNAMED
      return
    end
    if not ok and status == 404 then
      self.unsettled, self.gone = true, message
      return
    elseif not ok then
      self.failed = self.failed or { message = message, kind = kind, status = status }
      return
    end
  end
  if row then self.done:load { row } end
end

-- Reads the parts of those parents on a page that say something else than when their part was read.
local function take(self, page)
  if page:nulls() > 0 then self.unreadable = UNWRITTEN end
  page:drop_known(self.done)
  local rows = {}
  for i = 1, page:count() do
    if select(2, page:record(i)) then rows[#rows + 1] = i end
  end
  parallel(rows, self.settings.workers, function(i)
    if not self.failed then read_parent(self, page, i) end
  end)
  self:checkpoint_when_due()
end

-- ---- the whole

-- Is all read? What a parent loses while its part is read may be another's by then, so a sweep that read parts counts only
-- after one that found nothing either. One page is how the list was at one time.
local function is_settled(self, quiet)
  return self.found == 0 and not self.unsettled and (self.parts == 0 or quiet)
    and (self.sweeps.upwards or self.sweeps:is_one_page())
end

-- Down once, which may pass over what moves; then up until that brings nothing new.
local function read_all(self)
  local quiet = false
  for sweep = 1, SWEEPS do
    self.found, self.parts, self.unsettled = 0, 0, nil
    local ok, message, kind = self.sweeps:go(sweep > 1)
    if self.failed then return nil, self.failed.message, self.failed.kind end
    if not ok or self.unreadable then return self.unreadable ~= nil or nil, message, kind end
    self.unsettled = self.unsettled or ok == "unsettled"
    if is_settled(self, quiet) then return true end
    quiet = self.found == 0 and not self.unsettled
  end
  return nil, ("what the list is read through changed in each of %d passes; what was read is emitted, but a record may have "
    .. "been passed over%s"):format(SWEEPS, self.gone and "; " .. self.gone or ""), "transient_error"
end

-- From where, and up to when, where no earlier run has said so.
local function begin(self, list)
  if self.upper then return true end
  local page, message, kind, outcome
  repeat page, message, kind, outcome = list:fetch {} until outcome ~= "restart"
  if not page then return nil, message, kind end
  page:close()
  local field = self.settings.field
  local lower = lower_bound.of(self.known, { field }, self.settings, list.date)[field]
  self.upper = list.date + SECOND -- Date is cut to seconds
  self.lower = lower ~= stream_state.NO_BOUND and lower or nil
  return true
end

---Reads the list. Its records and states go to the sink.
---@return true? done
---@return string? message
---@return string? failure_type
---@return integer? status of the response that refused the parents, or a part
function through_parents:run()
  local function over() return self.failed ~= nil or self.unreadable ~= nil end
  local noted = {}
  local list, wrong, failure = self.settings.parents(over, noted) -- one for all sweeps: where it is asked for may change once
  if not list then return nil, wrong, failure end
  local ok, message, kind = begin(self, list)
  if not ok then return nil, message, kind, noted.status end
  local lower = self.lower and self.lower - SECOND -- parents may tell whole seconds alone
  self.sweeps = parent_sweeps.new(list, self.settings, lower, {
    take = function(page) take(self, page) end, over = over, refuse = function(why) self.unreadable = why end, sink = self.sink,
  })
  ok, message, kind = read_all(self)
  if not ok then
    self:checkpoint()
    return nil, message, kind, self.failed and self.failed.status or noted.status
  end
  if not self.unreadable then finish(self) end
  return true
end

---What is known of the list where it cannot be read so to its end: what has gone out counts as sent before.
---@return stream_state
function through_parents:left()
  local left = merged(self.known)
  left.parts, left.recent = nil, stream_state.together(self.known.recent, self.seen)
  return left
end

return through_parents
