-- Reads a stream that can be read in two ways, through the records of another one. Where neither the configuration nor an
-- earlier run has settled the way, route_choice.lua does.
local lower_bound = require "reading.lower_bound"
local merged = require "lib.merged"
local owners = require "reading.owner"
local through_lists = require "reading.through_lists"
local through_parents = require "reading.through_parents"

local route = {}

---What is settled without asking: the state's open read goes on as it was begun, and the configuration's word holds.
---@param stream stream that has a second way
---@param config table
---@param known stream_state
---@return "own"|"parents"|"ask"
function route.of(stream, config, known)
  local through = stream.through
  local wanted = config[through.setting]
  if wanted ~= "auto" then return wanted == through.parent and "parents" or "own" end
  return known.parts and "parents" or known.walk and "own" or "ask"
end

---Reads a stream through the records of another one.
---@param stream stream
---@param client client
---@param sink table
---@param known stream_state as far as it counts
---@param context {incremental: boolean, checkpoint: integer?, state: table?}
---@return true? done
---@return string? message
---@return string? failure_type
---@return stream_state? left it cannot be read so, message says why, and the stream's own list goes on from this
function route.read(stream, client, sink, known, context)
  local parent, open_parents, open_part, open_brief = through_lists(stream, client, context.state)
  local bounds = lower_bound.settings(stream, client.config)
  local settings = {
    field = stream.cursor.field, ordered_by = stream.cursor.ordered_by, start = bounds.start, lookback = bounds.lookback,
    settling = stream.through.lag_seconds * 1000000, full = not context.incremental,
    of = owners.told(stream, client.config, known, bounds.lookback),
    workers = client.config.num_workers, parent_field = parent.cursor.field, parents = open_parents, part = open_part,
    belongs = stream.through.belongs, brief = open_brief, checkpoint_records = context.checkpoint,
  }
  local made, ok, message, kind, status
  repeat -- a read that goes on ends where it once began; what came since is another one
    local again = made == nil and known.parts ~= nil and context.incremental
    made = through_parents.new(sink, settings, made and made.known or known)
    ok, message, kind, status = made:run()
    client.stats.repeats = (client.stats.repeats or 0) + made.repeats
    client.stats.nulls = client.stats.nulls + made.nulls
  until not again or not ok or made.unreadable
  if status == 403 then return nil, message, kind, made:left() end
  if ok and made.unreadable then
    return nil, made.unreadable:format(parent.name), nil, made:left()
  end
  if not ok then return nil, message, kind end
  return true
end

---The state from which one way goes on, where an earlier run went the other: a read that was cut there counts for nothing here,
---not even its top, as all below that may be open.
---@param known stream_state
---@param way "own"|"parents" that is taken
---@return stream_state
function route.without_other(known, way)
  local left = merged(known)
  if way == "parents" then left.walk = nil else left.parts = nil end
  return left
end

return route
