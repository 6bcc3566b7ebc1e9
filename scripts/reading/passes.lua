-- Reads a list without an order to stop on, as often as it takes to know that it is whole. A record that moves meanwhile may
-- be passed over, so two passes must hold the same. Where they cut rows of equal times, which servers sort anew for each
-- answer, the same ones are missing from both; then others come twice, and pages of another size cut the list elsewhere.
local keys = require "keys"
local one_pass = require "reading.pass"

local passes = {}
passes.__index = passes

local MOST, MOST_CUT = 8, 12 -- passes; and where rows of equal times are cut
local STEP = 14 -- pages become smaller by such a part, from pass to pass
local LEAST = 2 -- rows a page
local ENOUGH = 3 -- passes that brought nothing new

---@class passes
---@field progress progress
---@field intake intake
---@field page_size page_size of the list
---@field settings backfill_settings
---@field alone boolean one pass must do: its records cannot be told apart, or nobody wants more, or do not move
---@field pass pass the one under way
---@field all userdata the keys of the passes that count together
---@field idle integer passes in a row that brought nothing new
---@field rows integer that came in this pass, but for those before `start`
---@field given integer places of the largest page that another one followed: as many as the server gives
---@field doubles integer rows that one page held more than once, in the pass that had most

---@param progress progress
---@param intake intake
---@param page_size page_size
---@param settings backfill_settings records of a keyless list cannot be told apart: a second pass would send them all again
---@return passes
function passes.new(progress, intake, page_size, settings)
  return setmetatable({ progress = progress, intake = intake, page_size = page_size, settings = settings,
    alone = settings.keyless or settings.steady or settings.once or false, pass = one_pass.new(),
    all = keys.set(one_pass.MOST), rows = 0, doubles = 0, idle = 0, given = 0,
  }, passes)
end

---A page of the pass under way.
---@param page page
---@param walk page_walk
function passes:count(page, walk)
  if walk.pages == 1 then self.pass, self.rows = one_pass.new(self.page_size.current), 0 end
  self.pass:count(page, walk, self.all)
  local start, field = self.settings.start, self.settings.field
  self.rows = self.rows + (start and field and select(3, page:digest(field, start, math.maxinteger)) or page:count())
  self.progress:raise_top(page)
end

local function never() end

-- Are all rows known? Two passes were the same, and nothing was cut in the last; or, where rows are cut, two had as many
-- places, the last one brought nothing new, and the rows of all passes fill these places. Places that hide rows prove
-- nothing: there, several passes must have brought nothing new.
local function is_whole(self, before, known)
  local now = self.pass
  self.idle = before and self.all:count() == known and self.idle + 1 or 0
  if not before then return false end
  if now.repeats == 0 and now:is_same(before) then return true end
  if now.repeats + before.repeats == 0 or self.idle == 0 then return false end
  if now.hides then return self.idle >= ENOUGH end
  return now:places() == before:places() and known + self.doubles == now:places()
end

-- Makes ready for one more pass, with pages that end elsewhere where the last one cut rows of equal times: also where the
-- server gives smaller ones than it is asked for. Passes count together while the list has as many places, and no more rows
-- than these.
local function turn(self, slice, before, size)
  local now, current = self.pass, self.page_size.current
  if before and before:places() ~= now:places() or self.all:count() + self.doubles > now:places() then
    self.all, self.doubles = keys.set(one_pass.MOST), now.doubles
    self.all:load(now.keys:list())
  end
  if (now.repeats > 0 or now.hides) and current then
    self.given = math.max(self.given, now.largest)
    local most = self.given > 0 and math.min(size, self.given) or size
    local smaller = math.min(current, most) - math.max(1, most // STEP)
    self.page_size:set(smaller >= LEAST and smaller or most)
  end
  slice:go_on()
end

-- Why it is not known that all rows came.
local function unsettled(self, count)
  local now = self.pass
  if now.repeats == 0 then
    return ("the list changed in each of %d passes; what was read is emitted, but a record may have been passed over")
      :format(count)
  end
  return ("the list sorts rows of equal times anew for each page, and pages cut them: of %d rows that %d passes found, %d "
    .. "came; what was read is emitted, but a record may be missing"):format(now:places() - self.doubles, count,
    self.all:count())
end

---@param reader slice_reader
---@param slice slice
---@return outcome? outcome
---@return string? message
---@return string? failure_type
function passes:read(reader, slice)
  local size, before, cut, count = self.page_size.current, nil, false, 0
  repeat
    local known, asked = self.all:count(), self.page_size.current
    self.intake.nulls, count = 0, count + 1
    local outcome, message, kind = reader:read(slice, never)
    local now = self.pass
    if self.page_size.current ~= asked then size = self.page_size.current end -- the server wants it so
    self.doubles, cut = math.max(self.doubles, now.doubles), cut or now.repeats > 0
    local ended = outcome ~= "done" or self.alone or reader.walk.pages == 1 or is_whole(self, before, known)
    if ended then
      self.page_size:set(size)
      return outcome, message, kind
    end
    turn(self, slice, before, size)
    before = now
  until count == (cut and MOST_CUT or MOST)
  self.page_size:set(size)
  return nil, unsettled(self, count), "transient_error"
end

return passes
