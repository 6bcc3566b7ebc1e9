-- The parents of a child stream: the records of a stream, or what a function of the script gives. They are read page by page.
local added = require "stream.added"
local contexts = require "reading.context"
local emitter = require "reading.emitter"
local json = require "json"
local lists = require "reading.list"
local loader = require "stream.loader"
local member = require "lib.member"
local page_sink = require "reading.page_sink"
local reader = require "reading.reader"
local shared_pages = require "reading.shared_pages"
local stream_state = require "reading.stream_state"

local parents = {}

local DEEPEST = 4 -- parents of parents; beyond, it is likely a circle

---@class parents_run
---@field client client of the child stream
---@field config table
---@field options table
---@field known known_streams
---@field exists boolean? what the parents' list is about is known to exist
---@field stopped boolean? no further parent is wanted
---@field counts parent_count
---@field follow followed? only the parents that have changed are wanted
---@field noted {status: integer?, scope: string?, code: string?} of what a server refused last

-- Parents that a page holds, decoded one at a time, when their turn comes.
local function batch_of(page)
  local items = {}
  for i = 1, page:count() do
    if select(2, page:record(i)) then items[#items + 1] = i end
  end
  return items, function(i) return json.decode((page:record(i))) end
end

local function load_parent(name, known)
  local stream, wrong, code = loader.load(name, known)
  if code and code ~= "invalid" then return nil, "its parent: " .. wrong, "config_error" end
  if stream and stream.read then wrong = "it has a `read` of its own, and cannot be a parent" end
  if wrong then return nil, ("its parent '%s': %s"):format(name, wrong), "config_error" end
  return stream
end

-- A sink that hands on the parents of each page. Their states are not kept: parents are listed whole each time.
local function sink_to(run, list, consume)
  return page_sink(run.client, function(page)
    emitter.hooks(list.stream, page, list.context)
    consume(batch_of(page))
  end)
end

-- How a list of parents is read: whole, or what is new of it.
local function reading_of(run, list, follow)
  local known, wrong, kind = stream_state.read(nil), nil, nil
  if follow then known, wrong, kind = follow:known(list.stream) end
  if not known then return nil, wrong, kind end
  -- Slice after slice: the sink waits for children, and other slice readers would hand on the same parents meanwhile.
  return known, { incremental = follow ~= nil, workers = 1, checkpoint = follow and 1 or nil, is_parent = true,
    on_begin = function(page)
      if not list.stream.parent then run.counts:begin(list, page, follow and follow.state ~= nil) end
    end }
end

local function read_parent(run, stream, context, consume)
  local client = contexts.client(stream, run.config, run.options, run.client.stream)
  client.stats = run.client.stats
  client = contexts.watched(run.client.custom and client or shared_pages(client), run.noted)
  local listed = stream.parent and added.listed(stream) or stream
  local list, wrong, kind = lists.new(listed, client, context, {
    exists = run.exists, stopped = function() return run.stopped end })
  if not list then return nil, wrong, kind end
  local sink = sink_to(run, list, function(items, get) consume(items, get, stream) end)
  local follow = not stream.parent and run.follow or nil
  if follow then sink.state = function(_, state) follow:keep(state) end end
  local known, how, failure = reading_of(run, list, follow)
  if not known then return nil, how, failure end
  local ok
  if stream.single then ok, wrong, kind = reader.single(list, sink)
  else ok, wrong, kind = reader.list(list, sink, known, how) end
  if not ok and not run.stopped then
    run.client.blamed = client.blamed
    return nil, wrong, kind
  end
  return true
end

-- The records of a stream that has no parent itself, page by page, as far as the cap goes.
local function read_topmost(run, stream, consume)
  return read_parent(run, stream, contexts.new(run.config), function(items, ...)
    if run.counts:admit(items) then return consume(items, ...) end
    if run.follow then run.follow:freeze() end
  end)
end

local GONE = "the parent %s has gone since it was listed, and is left out (status 404 of %s)%s"

---What to say of a parent whose list the server does not find.
---@param client client
---@param key string
---@param path string of the request
---@return string
function parents.gone(client, key, path)
  return GONE:format(key, path, client.custom and "; where that is said of all, check the stream's `path`" or "")
end

-- A parent between two others may have gone since it was listed; where the server has no such list at all, all would be missed.
local function tell_gone(run, why, key, stream)
  local refused = contexts.refusal(run.noted, why)
  if refused.status ~= 404 or refused.absent then return false end
  run.client:log("WARN", parents.gone(run.client, key, stream.path))
  return true
end

-- Calls consume(items, get, stream) with the parents, a batch at a time: get gives the parent of an item.
local function each_batch(run, child, depth, consume)
  if type(child.parent) == "function" then
    local given = child.parent(contexts.new(run.config))
    if type(given) ~= "table" then return nil, "'parent' must return a list of tables, not a " .. type(given), "config_error" end
    consume(given, function(one) return one end)
    return true
  end
  if depth > DEEPEST then return nil, "its parents have parents without end", "config_error" end
  local stream, wrong, kind = load_parent(child.parent, run.known)
  if not stream then return nil, wrong, kind end
  if not stream.parent then return read_topmost(run, stream, consume) end
  local failed
  local ok, message, failure = each_batch(run, stream, depth + 1, function(items, get, above)
    for _, item in ipairs(items) do
      if failed or run.stopped then return end
      local parent = get(item)
      local done, why, type_of = read_parent(run, stream, contexts.new(run.config, parent), consume)
      if not done then failed = not tell_gone(run, why, parents.key(parent, above), stream) and { why, type_of } or nil end
      if failed and run.follow then run.follow:freeze() end
    end
  end)
  if not ok then return nil, message, failure end
  if failed then return nil, failed[1], failed[2] end
  return true
end

---Calls consume(items, get, stream) with the parents, a batch at a time: get gives the parent of an item.
---@param run parents_run
---@param child stream
---@param consume fun(items: any[], get: (fun(item: any): table), stream: stream?)
---@return true?
---@return string? message
---@return string? failure_type
function parents.each_batch(run, child, consume) return each_batch(run, child, 1, consume) end

---The key by which a state knows a parent.
---@param parent table
---@param stream stream? that it is a record of
---@return string
function parents.key(parent, stream)
  local parts = {}
  for _, name in ipairs(stream and stream.primary_key or { "id" }) do
    local value = member.of(parent, name)
    if type(value) == "string" or value ~= nil and json.is_number(value) then parts[#parts + 1] = tostring(value) end
  end
  return #parts > 0 and table.concat(parts, "/") or json.encode(parent)
end

return parents
