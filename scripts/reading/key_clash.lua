-- Children of two parents that have one key: a table keeps one of them. A few records of each page are looked at, those at its
-- ends, where the numbers and names that each parent has of its own come again soonest.
local json = require "json"
local refusal = require "api.refusal"

local key_clash = {}
key_clash.__index = key_clash

local AT_EITHER_END, REMEMBERED = 5, 5000
local WORDS = "the parents %s and %s have records of one key (%s), and a table keeps one of them, for nothing in the "
  .. 'key tells of the parent; write add = { %s = "{parent.%s}" }, and primary_key = { %s }'

---@class key_clash
---@field stream stream
---@field warnings field_warnings
---@field of table<string, string> the parents of keys
---@field keys string[] a ring of these
---@field at integer place in it
---@field told boolean?

---@param stream stream
---@param warnings field_warnings
---@return key_clash
function key_clash.new(stream, warnings)
  return setmetatable({ stream = stream, warnings = warnings, of = {}, keys = {}, at = 0 }, key_clash)
end

local function key_of(self, record)
  local parts = {}
  for i, name in ipairs(self.stream.primary_key) do
    parts[i] = json.slice(record, name)
    if not parts[i] then return nil end
  end
  return table.concat(parts, "\0")
end

local function words_of(self, key, one, other, listed)
  local stream, names = self.stream, {}
  local field = listed and #listed.primary_key == 1 and not listed.primary_key[1]:find "[^%w_]" and listed.primary_key[1] or "id"
  local added = ("%s_%s"):format(listed and listed.name or "parent", field):gsub("[^%w_]", "_")
  local parts, n = {}, 0
  for value in key:gmatch "%Z+" do
    n = n + 1
    parts[n] = stream.primary_key[n] .. " " .. refusal.excerpt(value, 80)
  end
  for i, name in ipairs { added, table.unpack(stream.primary_key) } do names[i] = ("%q"):format(name) end
  return WORDS:format(one, other, table.concat(parts, ", "), added, field, table.concat(names, ", "))
end

local function remember(self, key, parent)
  self.at = self.at % REMEMBERED + 1
  local oldest = self.keys[self.at]
  if oldest then self.of[oldest] = nil end
  self.keys[self.at], self.of[key] = key, parent
end

---Looks at a page that went out.
---@param page page
---@param parent string its key
---@param listed stream? whose record the parent is
function key_clash:look(page, parent, listed)
  if self.told or #self.stream.primary_key == 0 then return end
  local count = page:count()
  for n = 1, math.min(count, 2 * AT_EITHER_END) do
    local record, goes_out = page:record(n <= AT_EITHER_END and n or count + AT_EITHER_END + 1 - n)
    local key = goes_out and key_of(self, record)
    local other = key and self.of[key]
    if other and other ~= parent then
      self.told = true
      return self.warnings:once("same key", words_of(self, key, other, parent, listed))
    elseif key and not other then
      remember(self, key, parent)
    end
  end
end

return key_clash
