-- The lists by which a stream is read through the records of another one: the parents', the part of one of them, and that in
-- a brief form, where there is one.
local contexts = require "reading.context"
local lists = require "reading.list"
local loader = require "stream.loader"
local merged = require "lib.merged"

---@class through a second way to a stream's records
---@field parent string the stream through whose records they are read
---@field path string of the part that hangs on one of them
---@field scope string?
---@field belongs (fun(parent: table): boolean)? has it a part at all?
---@field setting string the configuration's field that chooses: auto, the parent's name, or else the stream's own list
---@field lag_seconds integer in which a parent's time may lag behind its records'
---@field brief table? parameters by which a part comes with less of each record, and so with more on a page

local function shipped(name)
  local stream, wrong = loader.load(name, { names = {}, scripts = {} })
  if not stream then error(wrong, 0) end
  stream.narrowed_by = nil -- what leaves parents out would leave out their records
  return stream
end

-- The stream as one parent's part of it is asked for.
local function as_part(stream)
  local part = merged(stream)
  part.path, part.scope, part.fallback, part.complement = stream.through.path, stream.through.scope, nil, nil
  return part
end

-- A part with no more of each record than tells which it is.
local function in_brief(part)
  local given, brief, made = part.params, part.through.brief, merged(part)
  made.params = type(given) == "function" and function(context) return merged(given(context), brief) end
    or merged(given or {}, brief)
  made.cursor = merged(part.cursor, { ordered_by = { part.cursor.field } })
  made.primary_key = part.identity
  return made
end

---@param stream stream with a second way
---@param client client
---@param state table? what the stream's functions are handed
---@return stream parent
---@return fun(stopped: fun(): boolean, noted: table): list?, string?, string? open_parents noted: of what is refused
---@return fun(of: table, noted: table): list?, string?, string? open_part
---@return (fun(of: table, stopped: fun(): boolean): list?)? open_brief
return function(stream, client, state)
  local parent, part, warned = shipped(stream.through.parent), as_part(stream), {}
  return parent, function(stopped, noted)
    local watched = contexts.watched(client, noted)
    return lists.new(parent, watched, contexts.new(client.config), { stopped = stopped, warned = warned })
  end, function(of, noted)
    local watched = contexts.watched(client, noted)
    return lists.new(part, watched, contexts.new(client.config, of, state), { exists = true, warned = warned })
  end, stream.through.brief and function(of, stopped)
    return lists.new(in_brief(part), client, contexts.new(client.config, of, state),
      { exists = true, warned = warned, stopped = stopped })
  end or nil
end
