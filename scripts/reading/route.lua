-- Which way a stream is read that has two: by its own list, or through the records of another one. What the server's answers
-- show decides, where the configuration does not.
local contexts = require "reading.context"
local json = require "json"
local lists = require "reading.list"
local loader = require "stream.loader"
local lower_bound = require "reading.lower_bound"
local merged = require "lib.merged"
local owners = require "reading.owner"
local through_parents = require "reading.through_parents"
local workload = require "reading.workload"

local route = {}

local MINUTES = 5 -- of its own list's limit that must be left to read
local FASTER = 2 -- times as many requests as the own list allows

---@class through a second way to a stream's records
---@field parent string the stream through whose records they are read
---@field path string of the part that hangs on one of them
---@field scope string?
---@field belongs (fun(parent: table): boolean)? has it a part at all?
---@field setting string the configuration's field that chooses: auto, the parent's name, or else the stream's own list
---@field lag_seconds integer in which a parent's time may lag behind its records'

-- ---- the lists of the second way

local function shipped(name)
  local stream, wrong = loader.load(name, { names = {}, scripts = {} })
  return stream or error(wrong, 0)
end

-- The stream as one parent's part of it is asked for.
local function as_part(stream)
  local part = merged(stream)
  part.path, part.scope, part.fallback, part.complement = stream.through.path, stream.through.scope, nil, nil
  return part
end

local function openers(stream, client, state)
  local parent, part, warned = shipped(stream.through.parent), as_part(stream), {}
  return parent, function(stopped)
    return lists.new(parent, client, contexts.new(client.config), { stopped = stopped, warned = warned })
  end, function(of, noted)
    local watched = contexts.watched(client, noted)
    return lists.new(part, watched, contexts.new(client.config, of, state), { exists = true, warned = warned })
  end
end

-- ---- the choice

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

---What is to be said of the second way before a read, when only the stream's own list was asked.
---@param stream stream
---@param config table
---@return string? words nil: there is no other way, or it is not to be taken
function route.words(stream, config)
  local through = stream.through
  local wanted = through and config[through.setting]
  if wanted == "auto" then return ("through the %s where that is faster (%s)"):format(through.parent, through.setting) end
  return through and wanted == through.parent and ("through the %s (%s)"):format(through.parent, through.setting) or nil
end

-- How many requests a minute of this list are ours.
local function allowed(list)
  local volume, response = list.stream.api.volume, list.last_response
  return workload.new { path = list.source.path, limits = response:limits(), ms = response.ms,
    share = list.client.config.rate_share, window = volume and volume.window(list.stream.path) }.a_minute
end

-- Is there a record so many rows further down, that the read has to come to?
local function reaches(list, rows, lower)
  local place = list.page_tokens.read(list.next)
  if place.kind ~= "offset" then return false end
  local page = list:fetch { token = place.at(rows) }
  if not page then return false end
  local field = list.stream.cursor.field
  local newest = page:newest(field)
  page:close()
  return newest ~= nil and newest >= lower
end

-- How many requests a minute of parts are ours; asks for the part of the first parent that has one.
local function allowed_parts(list)
  local _, open_parents, open_part = openers(list.stream, list.client)
  local parents, noted = open_parents(function() return false end), {}
  local page = parents and parents:fetch {}
  for i = 1, page and page:count() or 0 do
    local of = json.decode((page:record(i)))
    if list.stream.through.belongs(of) then
      local part = open_part(of, noted)
      local found, message = nil, nil
      if part then found, message = part:fetch {} end
      return found and allowed(part), noted.status == 403 and message or nil
    end
  end
end

-- Is it worth looking at the other way? Where the list is cut below what was asked for, limited, and takes minutes.
local function takes_long(list, page, work, lower)
  if not list.next or page:count() < 2 or page:count() >= list.page_size.current or not work.a_minute then return false end
  if work.records then return work.seconds >= MINUTES * 60 end
  local view = list:view()
  view.next = list.next
  return reaches(view, math.floor(MINUTES * work.a_minute * (page:count() - 1)), lower)
end

---Does the second way pay, by what the list's first page shows? The log is told how long the read takes, by either.
---@param list list
---@param page page
---@param known stream_state
---@return boolean
function route.pays(list, page, known)
  local field, through = list.stream.cursor.field, list.stream.through
  local lower = lower_bound.of(known, { field }, lower_bound.settings(list.stream, list.client.config), list.date)[field]
  local own = workload.of(list, { rows = page:count(), full_size = true, from = lower })
  local parts, forbidden
  if takes_long(list, page, own, lower) then parts, forbidden = allowed_parts(list) end
  if forbidden then list.client:log("WARN", forbidden .. "; the stream is read by its own list") end
  local words, pays = own:words(), parts ~= nil and parts >= FASTER * own.a_minute
  if pays then
    words = ("%s; they are read through the %s, of which %.0f requests a minute are allowed (%s)"):format(words
      or ("more than %d minutes of %s are left"):format(MINUTES, own.path), through.parent, parts, through.setting)
  end
  if words then list.client:log("INFO", words) end
  return pays
end

-- ---- the read

---Reads a stream through the records of another one.
---@param stream stream
---@param client client
---@param sink table
---@param known stream_state as far as it counts
---@param context {incremental: boolean, checkpoint: integer?, state: table?}
---@return true? done
---@return string? message
---@return string? failure_type
---@return boolean? elsewhere it cannot be read so; message says why
function route.read(stream, client, sink, known, context)
  local parent, open_parents, open_part = openers(stream, client, context.state)
  local bounds = lower_bound.settings(stream, client.config)
  local settings = {
    field = stream.cursor.field, ordered_by = stream.cursor.ordered_by, start = bounds.start, lookback = bounds.lookback,
    settling = stream.through.lag_seconds * 1000000, full = not context.incremental, of = owners.of(stream, client.config),
    workers = client.config.num_workers, parent_field = parent.cursor.field, parents = open_parents, part = open_part,
    belongs = stream.through.belongs, checkpoint_records = context.checkpoint,
  }
  local made, ok, message, kind, status
  repeat -- a read that goes on ends where it once began; what came since is another one
    local again = made == nil and known.parts ~= nil and context.incremental
    made = through_parents.new(sink, settings, made and made.known or known)
    ok, message, kind, status = made:run()
    client.stats.repeats = (client.stats.repeats or 0) + made.repeats
    client.stats.nulls = client.stats.nulls + made.nulls
  until not again or not ok or made.unreadable
  if status == 403 then return nil, message, kind, true end
  if ok and made.unreadable then
    return nil, made.unreadable:format(parent.name), nil, true
  end
  if not ok then return nil, message, kind end
  return true
end

---The state from which the stream's own list goes on, where the other way ended: what went out is not sent twice.
---@param known stream_state
---@return stream_state
function route.without_parts(known)
  local left = merged(known)
  left.parts = nil
  return left
end

return route
