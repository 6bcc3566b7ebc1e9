-- A slice: one part of a list that has not been read to its end. Its fields are written here alone; docs/reading.md tells
-- what each is for, and stream_state.lua how it stands in a state.
local day_share = require "reading.day_share"

---@class slice
---@field lower times down to where it goes, by field
---@field upper integer? the end of the window from where it is to be read on; nil: it has no window
---@field token string? the page token from where it is to be read on; nil: from its top
---@field keys string[]? of the records before `token`, where that counts records
---@field share day_share? which of its records are wanted; nil: all
local slice = {}
slice.__index = slice

---@param lower times
---@param upper integer?
---@param token string?
---@param keys string[]?
---@param share day_share?
---@return slice
function slice.new(lower, upper, token, keys, share)
  return setmetatable({ lower = lower, upper = upper, token = token, keys = keys, share = share }, slice)
end

---Goes on at a page token, within the window that it has; without one from its top.
---@param token string?
---@param keys string[]?
function slice:go_on(token, keys) self.token, self.keys = token, keys end

---Names the rows that went out of it, for it is begun again.
---@param keys string[]?
function slice:remember(keys) self.keys = keys end

---Names more of them.
---@param more string[]?
function slice:remember_too(more)
  local known = self.keys or {}
  if more then self.keys = table.move(more, 1, #more, #known + 1, known) end
end

---Has only these of its records wanted; nil: all.
---@param share day_share?
function slice:want(share) self.share = share end

---Is read from a window's top.
---@param upper integer
function slice:enter_window(upper) self.upper, self.token, self.keys = upper, nil, nil end

---Begins at a time, or an id, up to which it was read.
---@param field string
---@param at integer
function slice:rise(field, at) self.lower, self.keys = { [field] = at }, nil end

---Goes on at a page token without a window; without a token from the list's top.
---@param token string?
function slice:leave_window(token) self.upper, self.token, self.keys = nil, token, nil end

---Reaches down to where another one does, too, and has all records where the other one wants others.
---@param other slice
function slice:widen(other)
  local lowest, lower = {}, other.lower
  for field, us in pairs(self.lower) do lowest[field] = math.min(us, lower[field] or us) end
  for field, us in pairs(lower) do lowest[field] = lowest[field] or us end
  self.lower = lowest
  if not day_share.equal(self.share, other.share) then self.share = nil end
end

---Ends at a time from now on; what lies below it is a slice of its own.
---@param field string
---@param at integer
---@return slice below
function slice:cut(field, at)
  local below = slice.new(self.lower, at, nil, nil, self.share)
  self.lower = { [field] = at }
  return below
end

return slice
