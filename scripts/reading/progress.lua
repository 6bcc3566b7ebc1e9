-- How far the read of a list has come, and the states that say so: up to where everything will be known, and the slices that
-- are still open. A state must be true of the records that went out before it.
local later = require "lib.later"
local lost = require "reading.lost"
local stream_state = require "reading.stream_state"

local progress = {}
progress.__index = progress

local SECOND = 1000000
local RECORDS, SECONDS = 1000, 30 -- between two states, unless the settings say otherwise

---@class progress
---@field known stream_state what the state said from which this run goes on
---@field now integer the server's clock
---@field top times up to where everything will be known once this read is over
---@field open open_slices
---@field recent userdata keys of the records that the next read meets again: of a list without an order, of all
---@field records integer that went out before the last state, in earlier runs of this read, too
---@field since_state integer records that went out since then
---@field listed integer rows that came since then and have not changed, where a state is to tell of those, too
---@field by (fun(): string?)? the list that is read, where it is asked in another's place
---@field lost lost
---@field at_end boolean? the page that was read last was the list's last one

---@param sink table
---@param settings backfill_settings
---@param known stream_state
---@param disorder integer
---@return progress
function progress.new(sink, settings, known, disorder)
  return setmetatable({
    sink = sink, settings = settings, known = known, top = {}, open = {}, recent = stream_state.recent(),
    margin = settings.lookback + 2 * disorder, records = known.walk and known.walk.records or 0, since_state = 0, listed = 0,
    last_state = sink:ticks(), ordered = #settings.ordered_by > 0, lost = lost.new(known.lost),
  }, progress)
end

---@param now integer the server's clock, beyond which nothing counts; ids know none
function progress:set_clock(now) self.now = self.settings.ids and stream_state.LATEST_ID or now end

---States tell of these slices from now on.
---@param open open_slices
function progress:follow(open) self.open = open end

---@param at_end boolean the page that was read last was the list's last one
function progress:note_end(at_end) self.at_end = at_end end

-- ---- the top

---Up to where everything will be known once a read is over that begins with this page: where an earlier one began, too,
---though what was on top then may be gone. Never in the future, which would hide records. All shards of a read come up to the
---time that they share, whatever each of them found there.
---@param page page
---@return times
function progress:top_of(page)
  local known, top = self.known, {}
  local before = known.walk and known.walk.top or {}
  local share = self.settings.share
  for _, field in ipairs(self.ordered and self.settings.ordered_by or { self.settings.field }) do
    local newest = later(share and share.before or page:newest(field),
      later(before[field], known.marks and known.marks[field] or known.mark))
    top[field] = newest and math.min(newest, self.now)
  end
  return top
end

---The read begins with this page.
---@param page page
function progress:begin(page) self.top = self:top_of(page) end

---A list without an order may have its newest record on any page.
---@param page page
function progress:raise_top(page)
  local field = self.settings.field
  if not field then return end
  local newest = later(page:newest(field), self.top[field])
  self.top[field] = newest and math.min(newest, self.now)
end

-- Records from here on are met again by the next read, whose lower bound this is. Of a list without an order, all are.
local function recent_bounds(self)
  if not self.ordered then return nil end
  local bounds = {}
  for field, us in pairs(self.top) do bounds[field] = us - self.margin end
  return bounds
end

---Notes a page whose records have gone out.
---@param page page
function progress:note(page)
  if self.settings.field then
    local recent = recent_bounds(self)
    page:remember_rows(self.recent, "kept", recent)
    page:remember_rows(self.recent, self.known.recent, recent)
  end
  if self.settings.compares then self.listed = self.listed + page:count() - page:kept() end
  self:note_sent(page)
end

---Counts what goes out of a page.
---@param page page
function progress:note_sent(page) self.since_state = self.since_state + page:kept() end

---How many records went out.
---@return integer
function progress:count() return self.records + self.since_state end

-- ---- states

---The time that a reader may trust who goes by it alone: one in the future would hide records from it.
---@return integer?
function progress:mark()
  local mark = self.known.mark
  if mark and mark > self.now + SECOND then return self.now - self.settings.lookback end -- Date is cut to seconds
  return mark
end

---Writes a state.
function progress:checkpoint()
  local known = self.known
  self.records = self.records + self.since_state
  self.sink:state(stream_state.write({
    ids = self.settings.ids, of = self.settings.of, mark = self:mark(), marks = known.marks, lost = self.lost:write(),
    recent = stream_state.together(known.recent, self.recent),
    walk = { top = self.ordered and self.top or nil, slices = self.open, full = self.settings.full,
      records = self.records, by = self.by and self.by() },
  }, self.settings.field))
  self.since_state, self.listed, self.last_state = 0, 0, self.sink:ticks()
end

---Has something come that no state tells of?
---@return boolean
function progress:is_ahead() return self.since_state + self.listed > 0 end

---Is a state due? The more it remembers, the less often, so that states stay small beside records.
---@return boolean
function progress:is_due()
  local settings = self.settings
  return self.since_state + self.listed >= (settings.checkpoint_records or math.max(RECORDS, self.recent:count()))
    or self:is_ahead() and self.sink:ticks() - self.last_state >= (settings.checkpoint_seconds or SECONDS)
end

---Writes a state where it is due.
function progress:checkpoint_when_due()
  if self:is_due() then self:checkpoint() end
end

---Writes the state of a read that is over. A full one that lost records is not: its next attempt goes on from here, and ends.
function progress:finish()
  local settings, known, top = self.settings, self.known, self.top
  if settings.full and self.lost:message() then return self:checkpoint() end
  if settings.full then return self.sink:state { [stream_state.FINISHED] = true } end
  local newest = top[settings.field]
  if settings.share and settings.share.first then self.recent = stream_state.together(known.recent, self.recent) end
  local mark = self:mark()
  if not settings.share then mark = later(mark, newest and newest - settings.lookback) end -- a shard knows of its own days alone
  self.sink:state(stream_state.write({
    ids = settings.ids, of = settings.of, mark = mark,
    marks = next(top) and top or known.marks, recent = self.recent,
    lost = self.lost:write(),
  }, settings.field))
end

return progress
