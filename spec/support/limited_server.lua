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

local function arrive(server, now)
  local window = server.window and now // server.window or 0
  if window ~= server.at then server.at, server.used = window, 0 end
  if server.others then server.used = server.used + server.others(now) end
  local over = server.limit and server.used >= server.limit
    or server.concurrent and server.active + (server.busy and server.busy(now) or 0) >= server.concurrent
  if over then server.refused[#server.refused + 1] = now end
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

---Has `hands` clients ask one endpoint over and over, for `span` ms, with `most` requests at once.
---@param server limits
---@param run {hands: integer, most: integer, span: integer}
---@return {refused: integer[], served: table<integer, integer>, most: integer, taken: integer[], windows: integer[]}
function limited_server.run(server, run)
  server.active, server.used, server.most, server.at = 0, 0, 0, nil
  server.refused, server.served, server.taken = {}, {}, {}
  local endpoint = pacing.governor(run.most):endpoint "list"
  local events, idle, sent, now = { n = 0 }, run.hands, 0, EPOCH
  local function send()
    sent = sent + 1
    local half = server.latency(sent) // 2
    schedule(events, now + half, function()
      local reading, taken = arrive(server, now)
      schedule(events, now + half, function()
        if taken then server.active = server.active - 1 end
        endpoint:done(now, reading)
        idle = idle + 1
      end)
    end)
  end
  while now < EPOCH + run.span do
    local again = math.maxinteger
    while idle > 0 do
      again = endpoint:admit(now)
      if again ~= 0 then break end
      idle, again = idle - 1, math.maxinteger
      send()
    end
    assert(events[1] or again ~= math.maxinteger, "it waits for nothing, for ever")
    now = math.max(now, math.min(events[1] and events[1].at or again, again))
    while events[1] and events[1].at <= now do table.remove(events, 1).act() end
  end
  server.windows = {} -- what was served in those that the run saw from their begin to their end
  for window, count in pairs(server.served) do
    local whole = server.window and window * server.window > EPOCH + server.window and (window + 1) * server.window < now
    if whole then server.windows[#server.windows + 1] = count end
  end
  return server
end

return limited_server
