-- What a person should know of a list that was read: what may come again with the next read, come twice or be missing.
local counted = require "lib.counted"
local stream_state = require "reading.stream_state"

local KEYLESS = "the stream has no primary_key, so its rows cannot be told apart: each page is read once, and a row that "
  .. "moves while the list is read may be missed, or come twice"
local UNKNOWN = "the list has no order (`ordered_by`) and its rows no key (`primary_key`), so that nothing tells what was sent "
  .. "before: each read sends all of them"
local IN_VAIN = "the server does not keep to start and end, so each shard requests the whole list, and sends the records of its "
  .. "own days alone: here shards are no faster than one read"
local FORGOTTEN = "the list has no order, and %s more than the %d that a state remembers; so many come again with each read"

-- Of what of a list without an order each read will send again.
local function warn_of_repeats(stream_list, made, keyless)
  if not made.parts or not made.parts.passes then return end
  if keyless then return stream_list.warnings:once("no key", UNKNOWN) end
  local forgotten = made:forgotten()
  if forgotten > 0 then
    stream_list.warnings:once("not remembered", FORGOTTEN:format(counted(forgotten, "row"), stream_state.RECENT))
  end
end

-- Where the list is ordered by when records came, none lies below what the next read looks at.
local function warn_of_lateness(stream_list, parts)
  local late = parts and parts.intake.lateness and parts.order:is_by(parts.field) and parts.intake.lateness:describe()
  if late then stream_list.warnings:once("late", late) end
end

---@param stream_list list
---@param made backfill which has read it
---@param keyless boolean nothing tells its rows apart
---@param incremental boolean
return function(stream_list, made, keyless, incremental)
  if keyless and made:several_pages() and not stream_list.stream.api.file then stream_list.warnings:once("", KEYLESS) end
  if made.parts and made:split_in_vain() then stream_list.warnings:once("split in vain", IN_VAIN) end
  if incremental then
    warn_of_repeats(stream_list, made, keyless)
    warn_of_lateness(stream_list, made.parts)
  end
end
