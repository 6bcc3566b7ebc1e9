-- The parents of a child stream that follows its parent (`follow_parent`): an incremental read lists what of them is new or has
-- changed, as the parent's own stream would, and asks for the children of these alone. What it knows is the parent's own
-- state, which stands in the child's; it goes on only past pages of parents whose children were all read.
local json = require "json"
local reader = require "reading.reader"

local followed = {}
followed.__index = followed

local MOST = 2000 -- children with a state of their own; of others, the whole list comes again

---@class followed
---@field state table? of the parent's stream, past whose parents all is read
---@field frozen boolean? some parent's children were not read, so that the state stays before it

---@param state any of the child stream
---@return followed
function followed.new(state)
  local known = type(state) == "table" and state.parent
  return setmetatable({ state = known ~= json.null and known or nil }, followed)
end

---What the parent's stream goes on from.
---@param stream stream the parent
---@return stream_state? known
---@return string? message
---@return string? failure_type
function followed:known(stream)
  if stream.cursor and not stream.single then
    local known, wrong = reader.understand(stream, self.state)
    return known, wrong and "parent: " .. wrong, "config_error"
  end
  return nil, ("'follow_parent' needs a parent with a `cursor`, which '%s' has not"):format(stream.name), "config_error"
end

---All parents that went out before this state of the parent's have their children read.
---@param state table
function followed:keep(state)
  if not self.frozen then self.state = state end
end

function followed:freeze() self.frozen = true end

---Has each child's state be one of so many; the newest by their cursor stay, whose parents are the likeliest to change again.
---@param states table<string, table>
---@param field string
function followed.trim(states, field)
  local names = {}
  for name in pairs(states) do names[#names + 1] = name end
  if #names <= 2 * MOST then return end
  local function mark(name) return tostring(states[name][field] or "") end
  table.sort(names, function(a, b) return mark(a) > mark(b) end)
  for i = MOST + 1, #names do states[names[i]] = nil end
end

return followed
