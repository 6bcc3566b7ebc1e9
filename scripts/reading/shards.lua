-- How a stream is split among shards, and how their states say so. A list of which windows in time can be asked for is split by
-- days, a child stream by its parents' keys; any other list is read whole by one shard, which its name chooses.
local clock = require "clock"
local day_share = require "reading.day_share"
local digest = require "digest"
local json = require "json"
local keys = require "keys"
local lower_bound = require "reading.lower_bound"
local merged = require "lib.merged"
local owners = require "reading.owner"
local stream_state = require "reading.stream_state"

local shards = {}

---@class shard_marker what a shard's state says of itself, in its member `_shard`
---@field of string such as 1/4
---@field until string up to when all shards read
---@field by "days"|"parents"|"list"|"projects" how the stream is split; projects: in a state of several, whose own ones say
---@field list string what its days or parents fall to shards by
---@field field string? the cursor field, where it is split by days
---@field ordered_by string[]? by days: the fields by which the list may be ordered
---@field place table whose states they are
---@field from table<string, string>? by days: from where on the shard has read
---@field complete string? by days: up to where all is complete once all shards are, for a reader that knows no other part
---@field holder integer? by list: the shard that reads it

---@class shards of one stream
---@field shard shard
---@field marker shard_marker
---@field before shard_marker? of the state that this shard goes on from

local function text_of(index, count) return ("%d/%d"):format(index, count) end

-- Rows that change move from day to day, and so may pass between two shards.
local function by_days(stream, config)
  local cursor, through = stream.cursor, stream.through
  if not cursor or not cursor.window or cursor.slice or not stream.api.windows then return false end
  return #stream.identity > 0 and not cursor.changes and cursor.type ~= "id"
    and not (through and config[through.setting] == through.parent)
end

local function way_of(stream, job)
  local whole = stream.single and not stream.parent or stream.follow_parent -- what is known of the parents is known of all
  if job.whole or stream.read or whole then return "list" end
  return stream.parent and "parents" or by_days(stream, job.config) and "days" or "list"
end

local function list_of(stream, config, by)
  local owner = merged(owners.of(stream, config))
  if by ~= "days" then owner.project = owner.project or config.projects_text or config.project end
  local name = day_share.name(owner)
  return by == "days" and name or name .. "\n" .. stream.name
end

---What a state says of the shard that wrote it.
---@param state any
---@return shard_marker?
function shards.marker(state)
  local marker = type(state) == "table" and state._shard
  return type(marker) == "table" and type(marker.of) == "string" and type(marker["until"]) == "string" and marker or nil
end

---Which part of a stream this shard reads.
---@param stream stream
---@param job {config: table, options: table, state: any, whole: boolean?} whole: it is not to be split
---@return shards? nil: all of it
function shards.of(stream, job)
  local shard = job.options.shard
  if not shard then return nil end
  local by = way_of(stream, job)
  local marker = { of = text_of(shard.index, shard.count), ["until"] = clock.format(shard.before), by = by,
    list = list_of(stream, job.config, by), field = by == "days" and stream.cursor.field or nil,
    ordered_by = by == "days" and json.array(stream.cursor.ordered_by) or nil,
    place = owners.of(stream, job.config) }
  if by == "list" then marker.holder = digest.shard(marker.list, shard.count) end
  return { shard = shard, marker = marker, before = shards.marker(job.state) }
end

---Does another shard read all of it?
---@param split shards
---@return boolean
function shards.is_elsewhere(split) return split.marker.holder ~= nil and split.marker.holder ~= split.shard.index end

---In words, for the log.
---@param split shards
---@return string
function shards.describe(split)
  local marker, shard = split.marker, split.shard
  if marker.by == "days" then
    return ("is split by days: shard %s reads those (UTC) that fall to it, up to %s"):format(marker.of, marker["until"])
  elseif marker.by == "parents" then
    return ("is split by its parents: shard %s lists all, and reads those that fall to it"):format(marker.of)
  end
  return ("cannot be split: shard %s reads it whole"):format(text_of(marker.holder, shard.count))
end

---Does a parent fall to this shard?
---@param split shards
---@param key string
---@return boolean
function shards.has_parent(split, key)
  return digest.shard(split.marker.list .. "\n" .. key, split.shard.count) == split.shard.index
end

-- ---- states

---The state as the stream's reader knows it.
---@param state any
---@return any
function shards.bare(state)
  if not shards.marker(state) then return state end
  local copy = merged(state)
  copy._shard = nil
  return copy
end

local JOIN = "the state of the stream '%s' is of shard %s: join the states of all shards by `perigee state merge`, or go on as "
  .. "that shard"
local OTHER = "the state of the stream '%s' is of shard %s, and this is %s: hand each shard its own state (`sync`: its own "
  .. "--to), or all of them the joined one (`perigee state merge`)"
local EARLIER = "the state of the stream '%s' goes up to %s, and --until %s lies before that"
local WAY = "the state of the stream '%s' is of a read that was split in another way, by other projects or another "
  .. "configuration; join the states of all shards first (`perigee state merge`)"
local OPEN = "the state of the stream '%s' is of a read that was cut, which cannot go on in shards: finish it without --shard "
  .. "first"

-- A read under way that is not of this very shard has slices for which nobody would be sure to answer.
local function refusal_of_plain(stream, state, split)
  local field = stream.cursor.field
  local known = stream_state.read(state, field)
  if not known then return nil end
  if known.parts or known.walk then return OPEN:format(stream.name) end
  local to = known.marks and known.marks[field] or known.mark
  return to and to > split.shard.before and EARLIER:format(stream.name, clock.format(to), split.marker["until"]) or nil
end

---Why a state cannot be gone on from by this shard, or without shards.
---@param stream stream
---@param state any
---@param split shards? nil: the read is not split
---@return string? wrong
function shards.refusal(stream, state, split)
  local marker = shards.marker(state)
  if not split then return marker and JOIN:format(stream.name, marker.of) or nil end
  if marker and marker.of ~= split.marker.of then return OTHER:format(stream.name, marker.of, split.marker.of) end
  if marker and marker.by ~= "projects" and (marker.by ~= split.marker.by or marker.list ~= split.marker.list) then
    return WAY:format(stream.name)
  end
  local to = marker and clock.parse(marker["until"])
  if to and to > split.shard.before then
    return EARLIER:format(stream.name, marker["until"], split.marker["until"])
  end
  return not marker and split.marker.by == "days" and refusal_of_plain(stream, state, split) or nil
end

---What a state is of as a whole, where it has those of several projects: of another shard, no read could go on from it.
---@param stream stream
---@param job {options: table, state: any}
---@return string? wrong
function shards.refusal_of_all(stream, job)
  local marker, shard = shards.marker(job.state), job.options and job.options.shard
  if not marker then return nil end
  if not shard then return JOIN:format(stream.name, marker.of) end
  local of = text_of(shard.index, shard.count)
  return marker.of ~= of and OTHER:format(stream.name, marker.of, of) or nil
end

---Which records of the list are wanted; notes in the marker from where on they are read: in a state that goes on, from where
---its first read began, for days of a shard that has failed since then may be missing from there.
---@param split shards
---@param stream stream
---@param known stream_state as far as it counts
---@param bounds bound_settings
---@return day_share
function shards.days(split, stream, known, bounds)
  local shard, marker, before = split.shard, split.marker, split.before
  if before and (known.mark or known.marks or known.walk) then marker.from = before.from
  else
    marker.from = {}
    for field, us in pairs(lower_bound.of(known, stream.cursor.ordered_by, bounds, shard.before)) do
      if us ~= stream_state.NO_BOUND then marker.from[field] = clock.format(us) end
    end
  end
  marker.complete = clock.format(math.max(shard.before - bounds.lookback, known.mark or math.mininteger))
  local share = day_share.new(shard.index, shard.count, shard.before, marker.list)
  share.first = not before
  return share
end

-- ---- a read of one shard

-- Where records and states go; the states say of which shard they are.
local function marked(through, marker)
  return setmetatable({
    emit = function(_, page, context) return through:emit(page, context) end,
    state = function(_, state)
      return through:state(state._shard and state or merged(state, { _shard = marker }))
    end,
  }, { __index = through })
end

-- The state of a list that another shard reads is handed on as it came.
local function read(way, stream, client, job)
  local split = shards.of(stream, job)
  local wrong = shards.refusal(stream, job.state, split)
  if wrong then return nil, wrong, "config_error" end
  if not split then return way.read(stream, client, job) end
  client:log("INFO", shards.describe(split))
  local emitter, state = marked(job.emitter, split.marker), shards.bare(job.state)
  if shards.is_elsewhere(split) then
    emitter:state(type(state) == "table" and state or {})
    return "is another shard's"
  end
  return way.read(stream, client, merged(job, { emitter = emitter, state = state,
    split = split.marker.by ~= "list" and split or nil }))
end

---Who reads this shard's part of a stream, of one project.
---@param way table read, probe and understand of all of it
---@param job {config: table, options: table}
---@return table way
function shards.over(way, job)
  return {
    read = function(...) return read(way, ...) end,
    probe = way.probe,
    understand = function(stream, state)
      local known, wrong = way.understand(stream, shards.bare(state))
      wrong = wrong or shards.refusal(stream, state, shards.of(stream, merged(job, { state = state })))
      if wrong then return nil, wrong end
      return known
    end,
  }
end

---Where the states of a stream go: those of several projects together say of which shard they are. Keys are made as the other
---shards make theirs, where no state says how, so that their states can be joined.
---@param job {options: table, state: any}
---@param through emitter
---@return emitter
function shards.emitter(job, through)
  local shard = job.options.shard
  if not shard then return through end
  if shard.seed and not (type(job.state) == "table" and job.state.seed) then keys.use(shard.seed) end
  return marked(through, { of = text_of(shard.index, shard.count), ["until"] = clock.format(shard.before), by = "projects",
    list = "" })
end

return shards
