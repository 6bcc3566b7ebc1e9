-- One pass over a list that has no order to stop on: which rows came, and which of them twice where no page overlaps
-- another. Each answer is sorted once, so a key that comes twice in one page is a row that the server has twice.
local keys = require "keys"

local pass = {}
pass.__index = pass

pass.MOST = 200000 -- keys; of a longer list it is not known which rows came twice

---@class pass
---@field size integer? of its pages
---@field sum integer[] what tells which records came, in whatever order
---@field keys userdata of the rows that came
---@field repeats integer rows that came on two pages which do not overlap: as many others did not come
---@field doubles integer rows that one page holds more than once
---@field largest integer places of the largest page that another one follows: a server may give fewer than it is asked for
---@field hides boolean? some places hold no row that can be told apart, so that one of them may have come twice, too

---@param size integer? of its pages
---@return pass
function pass.new(size)
  return setmetatable({ size = size, sum = { 0, 0 }, keys = keys.set(pass.MOST), repeats = 0, doubles = 0,
    largest = 0 }, pass)
end

---Counts a page.
---@param page page
---@param walk page_walk
---@param all userdata the keys of all passes
function pass:count(page, walk, all)
  local a, b = page:digest()
  self.sum = { self.sum[1] + a, self.sum[2] + b }
  local on_page, before = keys.set(page:count() + 1), self.keys:count()
  for _, set in ipairs { on_page, self.keys, all } do page:remember(set, "all") end
  local known = on_page:count() - (self.keys:count() - before)
  self.doubles = self.doubles + page:count() - on_page:count()
  self.repeats = self.keys:count() < pass.MOST and self.repeats + math.max(known - walk.covered, 0) or 0
  if walk.list.next ~= nil then self.largest = math.max(self.largest, page:units()) end
  self.hides = self.hides or page:nulls() > 0 or walk.list.next ~= nil and page:units() < walk:page_size()
end

---How many rows the places in the list account for.
---@return integer
function pass:places() return self.keys:count() + self.repeats + self.doubles end

---Did another pass bring the same rows? Where pages end elsewhere, others of them came twice.
---@param other pass
---@return boolean
function pass:is_same(other)
  if self.sum[1] == other.sum[1] and self.sum[2] == other.sum[2] then return true end
  local count = self.keys:count()
  if self.size == other.size or count ~= other.keys:count() or count == pass.MOST then return false end
  local both = keys.set(pass.MOST)
  both:load(self.keys:list())
  both:load(other.keys:list())
  return both:count() == count
end

return pass
