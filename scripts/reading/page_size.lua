-- The page size of a list, which its views share: how many records a page is asked for with, and how large pages have been.
local page_size = {}
page_size.__index = page_size

local LARGE, MOST_BYTES = 4 << 20, 64 << 20 -- of a page that is prefetched, and of all that are asked for at once

---@class page_size
---@field current integer? nil: the stream of another API does not say
---@field parameters string[] the query parameters that ask for it
---@field weight integer bytes of the largest page so far

---@param of_api {default: integer?, parameters: string[]}
---@return page_size
function page_size.new(of_api)
  return setmetatable({ current = of_api.default, parameters = of_api.parameters, weight = 1 }, page_size)
end

---Asks for so many, where the API can be asked.
---@param records integer
function page_size:set(records)
  if self.current then self.current = records end
end

---@param query table
---@param other integer? size, for this page alone
function page_size:put(query, other)
  for _, name in ipairs(self.parameters) do query[name] = other or self.current end
end

local too_much = { too_large = true, too_many = true }

---The size to ask for after a refusal that names a smaller one, or a page that was too large; nil: that will not help.
---Never down to a single record: a counted list is followed from a known record, and a page of that alone makes no way.
---@param outcome outcome
---@return integer?
function page_size:after(outcome)
  local current = self.current
  local smaller = outcome.smaller or too_much[outcome.code] and current and current > 2 and math.max(current // 2, 2)
  return smaller and current and smaller >= 1 and smaller < current and smaller or nil
end

---Notes how large a page was, in bytes.
---@param bytes integer
function page_size:weigh(bytes) self.weight = math.max(self.weight, bytes) end

---May a page be prefetched while another one is on its way?
---@return boolean
function page_size:may_prefetch() return self.weight <= LARGE end

---How many pages may be on their way at once; fewer where they are large.
---@param most integer
---@return integer
function page_size:at_once(most) return math.max(1, math.min(most, MOST_BYTES // self.weight)) end

return page_size
