-- A made-up server with limits, and clients that ask it under the governor, on a clock that is a number of milliseconds.
local pacing = require "pacing"

local limited_server = {}

local EPOCH = 1000000 -- no multiple of a window falls on the first tick

---@class limits
---@field limit integer? requests a window; none: no window
---@field window integer? ms
---@field concurrent integer? requests at once
---@field latency fun(n: integer): integer ms that the n-th request takes, half of them on its way to the server
---@field others (fun(now: integer): integer)? requests of other clients since the last arrival
---@field busy (fun(now: integer): integer)? requests of other clients that are under way
---@field noise (fun(n: integer): integer)? by how much the end of a window that the n-th answer names is off
---@field unnamed boolean? no headers
---@field counts_refused boolean? a request that is refused uses the window up, too
---@field counts table<string, limits>? other limits, in which these endpoints count

local function arrive(server, now)
  local window = server.window and now // server.window or 0
  if window ~= server.at then server.at, server.used = window, 0 end
  if server.others then server.used = server.used + server.others(now) end
  local over = server.limit and server.used >= server.limit
    or server.concurrent and server.active + (server.busy and server.busy(now) or 0) >= server.concurrent
  if over then
    server.refused[#server.refused + 1] = now
    server.used = server.used + (server.counts_refused and 1 or 0)
  end
  if not over then
    server.used = server.used + 1
    server.served[window] = (server.served[window] or 0) + 1
    server.taken[#server.taken + 1] = now
  end
  server.active = server.active + (over and 0 or 1)
  server.most = math.max(server.most, server.active)
  local reading = { overloaded = over or nil }
  if not server.unnamed then
    if server.limit then
      reading.limit, reading.remaining = server.limit, math.max(server.limit - server.used, 0)
      reading.reset = (window + 1) * server.window + (server.noise and server.noise(#server.taken) or 0)
    end
    reading.concurrent_limit = server.concurrent
  end
  return reading, not over
end

local function schedule(events, at, act)
  events.n = events.n + 1
  table.insert(events, { at = at, n = events.n, act = act })
  table.sort(events, function(a, b) return a.at < b.at or a.at == b.at and a.n < b.n end)
end

local function begin(server)
  server.active, server.used, server.most, server.at = 0, 0, 0, nil
  server.refused, server.served, server.taken = {}, {}, {}
end

-- What was served in the windows that the run saw from their begin to their end.
local function count_windows(server, now)
  server.windows = {}
  for window, count in pairs(server.served) do
    local whole = server.window and window * server.window > EPOCH + server.window and (window + 1) * server.window < now
    if whole then server.windows[#server.windows + 1] = count end
  end
end

-- Every limit of the server once.
local function each_limit(server, act, ...)
  local met = { [server] = true }
  act(server, ...)
  for _, one in pairs(server.counts or {}) do
    if not met[one] then act(one, ...) end
    met[one] = true
  end
end

---@class limited_run
---@field hands integer clients of each endpoint
---@field most integer requests at once
---@field span integer ms
---@field endpoints string[]? default: one
---@field starts table<string, integer>? ms after which an endpoint is asked for the first time
---@field share number? of each limit that is ours
---@field own string[]? endpoints that are told to have limits of their own

local function send(world, asked)
  table.remove(asked.idle, 1)
  world.sent, asked.in_flight = world.sent + 1, asked.in_flight + 1
  local half, sent = world.server.latency(world.sent) // 2, world.now
  schedule(world.events, world.now + half, function()
    local reading, taken = arrive(asked.limits, world.now)
    schedule(world.events, world.now + half, function()
      if taken then asked.limits.active = asked.limits.active - 1 end
      asked.endpoint:done(world.now, reading, sent)
      asked.in_flight = asked.in_flight - 1
      table.insert(asked.idle, world.now)
    end)
  end)
end

-- Sends one request where that is allowed, as the scheduler does: of the endpoint with the fewest under way, and among
-- these of the one that has waited longest. Returns false, and when to try again, where none is.
local function send_one(world, all)
  local again = math.maxinteger
  table.sort(all, function(a, b)
    if a.in_flight ~= b.in_flight then return a.in_flight < b.in_flight end
    local since, other = a.idle[1] or math.maxinteger, b.idle[1] or math.maxinteger
    return since < other or since == other and a.n < b.n
  end)
  for _, asked in ipairs(all) do
    local at = asked.starts
    if asked.idle[1] and world.now >= at then at = asked.endpoint:admit(world.now) end
    if at == 0 then
      send(world, asked)
      return true
    end
    if at > world.now then again = math.min(again, at) end
  end
  return false, again
end

---Has `hands` clients ask each endpoint over and over, for `span` ms, with `most` requests at once.
---@param server limits
---@param run limited_run
---@return {refused: integer[], served: table<integer, integer>, most: integer, taken: integer[], windows: integer[]}
function limited_server.run(server, run)
  each_limit(server, begin)
  local governor = pacing.governor(run.most)
  governor:tell(run.share or 1, run.own)
  local world, all = { server = server, events = { n = 0 }, sent = 0, now = EPOCH }, {}
  for i, name in ipairs(run.endpoints or { "list" }) do
    local starts = EPOCH + (run.starts and run.starts[name] or 0)
    all[i] = { n = i, endpoint = governor:endpoint(name), idle = {}, in_flight = 0, starts = starts,
      limits = (server.counts or {})[name] or server }
    for hand = 1, run.hands do all[i].idle[hand] = starts end
  end
  while world.now < EPOCH + run.span do
    local events, more, again = world.events, true, nil
    while more do more, again = send_one(world, all) end
    assert(events[1] or again ~= math.maxinteger, "it waits for nothing, for ever")
    world.now = math.max(world.now, math.min(events[1] and events[1].at or again, again))
    while events[1] and events[1].at <= world.now do table.remove(events, 1).act() end
  end
  each_limit(server, count_windows, world.now)
  return server
end

return limited_server
