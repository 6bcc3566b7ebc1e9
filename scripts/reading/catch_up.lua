-- Full reads catch up with what has come on top of the list since they began.
local open_slices = require "reading.open_slices"

local MOST_LOOKS = 8

-- Takes what a look at the first page shows. Where rows of one time are sorted anew for each response, another page need hold
-- nothing new.
local function take_top(self, lower, before)
  local parts = self.parts
  local page = parts.first:take()
  if not parts.first:is_same(before) then parts.intake:take(page, open_slices.new(lower)[1]) end
  page:close()
end

-- Reads what came on top since an earlier look at the first page. Returns whether that was all: more may have come meanwhile.
local function look_again(self, read_slices, lower, before)
  local parts = self.parts
  local first, order = parts.first, parts.order
  local same = first:is_same(before) and first:reaches(order, lower, 0)
  if not same and not first:reaches(order, lower, order.disorder) then
    return false, read_slices(self, open_slices.new(lower))
  end
  take_top(self, lower, before)
  return true, true
end

-- From where on a look at the top reads: a record that moves may be listed by a time some seconds past, as late ones are.
local function from_below(self, top)
  local lower = {}
  for field, us in pairs(top) do lower[field] = self.settings.changes and us - self.settings.lookback or us end
  return lower
end

-- A record that moves to the top of the list while it is read is passed over below. The next incremental read finds it
-- there; a full one has no next, so it reads what has come on top, until one page shows all of that at a single look; or, where
-- that is more than a page, until it brought nothing new, and nothing came on top meanwhile. A state written in between keeps
-- the first top, for late records come below the others.
---@param self backfill
---@param look fun(self: backfill): boolean?, string?, string? looks at the list's first page
---@param read_slices fun(self: backfill, open: open_slices): boolean?, string?, string?
---@return boolean? done
---@return string? message
---@return string? failure_type
return function(self, look, read_slices)
  local progress, first = self.parts.progress, self.parts.first
  local lower, idle = from_below(self, progress.top), false
  for _ = 1, MOST_LOOKS do
    local before, count = first.look, progress:count()
    local ok, message, kind = look(self)
    if not ok then return nil, message, kind end
    if idle then
      take_top(self, lower, before)
      if progress:count() == count then return true end
      idle = false
    else
      local top = progress:top_of(first.page)
      local all, done, why, failure = look_again(self, read_slices, lower, before)
      if all or not done then return done, why, failure end
      lower, idle = from_below(self, top), progress:count() == count
    end
  end
  return true
end
