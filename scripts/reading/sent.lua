-- What a list has sent, noted on disk where there is a ledger: a read of the whole list then sends what has changed since, and
-- tells what is gone. A state covers what was noted up to its mark; what was noted above is not known to who goes on from it.
local airbyte = require "airbyte"
local clock = require "clock"
local counted = require "lib.counted"
local keys = require "keys"
local ledger = require "ledger"
local owners = require "reading.owner"
local page = require "page"

local sent = {}
sent.__index = sent

local LOST = "what was sent cannot be noted (%s), so all rows of the list go out where it is read whole"
local AT_ONCE = 1000 -- rows that are gone
local NOTHING = '"_deleted_at":null'

---@class sent of one list
---@field list list
---@field number integer? the ledger's; nil: it failed, and is left alone
---@field mark integer of what is noted now
---@field listed integer rows of the whole list that came

-- Whose rows they are. Keys and digests of another seed are those of another reader, who has sent other rows.
local function place_of(list, is_sync)
  local here, names, parts = owners.of(list.stream, list.client.config), {}, {}
  for name in pairs(here) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do parts[i] = tostring(here[name]) end
  if not is_sync then parts[#parts + 1] = keys.seed() end
  return table.concat(parts, "/")
end

-- It costs no record: what is not noted goes out once more.
local function check(self, ok, message)
  if ok ~= nil then return ok end
  if self.number then self.list.client:log("WARN", LOST:format(message)) end
  self.number = nil
end

---@param list list
---@param covered integer? the mark of the state
---@param is_sync boolean?
---@return sent? nil: nothing is noted
function sent.of(list, covered, is_sync)
  if not ledger.exists() then return nil end
  local self = setmetatable({ list = list, mark = (covered or 0) + 1, number = 0, listed = 0 }, sent)
  self.number = check(self, ledger.list(place_of(list, is_sync), covered or 0))
  list:settle()
  return self
end

---Has what a sink sends be noted; and, in a round, only what was not noted alike be sent.
---@param sink table
---@param round integer? of a read of the whole list, each with another number
---@return table sink
function sent:through(sink, round)
  local names = self.list.stream.identity
  self.listed = 0
  return setmetatable({
    emit = function(_, rows, context)
      if round and self.number then
        self.listed = self.listed + rows:kept()
        check(self, ledger.drop(rows, names, self.number, round))
      end
      sink:emit(rows, context)
      if self.number then check(self, ledger.note(rows, names, self.number, round or 0, self.mark)) end
    end,
  }, { __index = sink })
end

---The mark of a state that goes out now: it covers what was noted before.
---@return integer? nil: nothing that is noted counts any more
function sent:cover()
  if self.number then check(self, ledger.keep()) end
  if not self.number then return nil end
  self.mark = self.mark + 1
  return self.mark - 1
end

---Are there rows that were sent, and that were not listed in this round?
---@param round integer
---@param from integer older ones may be there all the same
---@return boolean
function sent:has_gone(round, from)
  if not self.number then return false end
  local rows, last = ledger.gone(self.number, round, from, NOTHING, 1)
  return check(self, rows, last) ~= nil and last ~= nil
end

---Tells of these.
---@param round integer
---@param from integer
function sent:tell_gone(round, from)
  local more, count = ('"_deleted_at":"%s"'):format(clock.format(round)), 0
  while self.number do
    local rows, last = ledger.gone(self.number, round, from, more, AT_ONCE)
    if not check(self, rows, last) or not last then break end
    local deleted = assert(page.of(rows, { fields = {} }))
    count = count + airbyte.emit_deleted(deleted)
    deleted:close()
    check(self, ledger.forget(self.number, round, self.mark, from, last))
  end
  self.list.client:log("INFO", counted(count, "record") .. " that had come before are not in the list any more")
end

return sent
