-- Which records of a list one shard of several reads: those of the UTC days that fall to it, before a time that all shards
-- share. What is kept of a page is decided by each record's day alone, so shards never overlap and leave none out, whatever the
-- server's windows are worth; windows in time only spare the pages of other days.
local digest = require "digest"

local day_share = {}
day_share.__index = day_share

local DAY = 86400 * 1000000

---@class day_share
---@field index integer from 0
---@field count integer of shards
---@field before integer us, a whole second; records from here on are the next read's
---@field first boolean? the state that this read goes on from is of no shard's: that read may have sent records from `before` on
---@field list string whose days they are (day_share.name), by which they fall to shards

---What a list's days fall to shards by: what of the configuration is part of its path, but for the host.
---@param owner table<string, string> as of owner.of
---@return string
function day_share.name(owner)
  local names, parts = {}, {}
  for name in pairs(owner) do
    if name ~= "host" then names[#names + 1] = name end
  end
  table.sort(names)
  for i, name in ipairs(names) do parts[i] = tostring(owner[name]) end
  return table.concat(parts, "/")
end

---@param index integer
---@param count integer
---@param before integer us
---@param list string
---@return day_share
function day_share.new(index, count, before, list)
  return setmetatable({ index = index, count = count, before = before, list = list }, day_share)
end

---Do two share the same days before the same time? Each may be nil: all records.
---@param a day_share?
---@param b day_share?
---@return boolean
function day_share.equal(a, b)
  return a == b or a ~= nil and b ~= nil and a.index == b.index and a.count == b.count and a.before == b.before
end

---Does this day (since 1970) fall to the shard?
---@param day integer
---@return boolean
function day_share:has(day) return digest.shard(("%s\n%d"):format(self.list, day), self.count) == self.index end

---Drops a page's records of other shards, and those that are not before the time by any field that the list may be ordered by.
---@param page page
---@param field string the cursor field
---@param candidates string[] the fields that it may be ordered by
function day_share:keep(page, field, candidates)
  local bounds = { [field] = self.before }
  for _, name in ipairs(candidates) do bounds[name] = self.before end
  page:keep_before(bounds)
  page:keep_days(field, self.list, self.index, self.count)
end

---The end of the newest of its days from a time down: that time itself where the moment before it is on such a day.
---@param us integer
---@param least integer
---@return integer? us nil: none of its days reaches above `least`
function day_share:down_from(us, least)
  us = math.min(us, self.before)
  if us <= least then return nil end
  local day = (us - 1) // DAY
  if self:has(day) then return us end
  while day * DAY > least do
    day = day - 1
    if self:has(day) then return (day + 1) * DAY end
  end
end

return day_share
