-- What can be read of an organization, and by how many requests: each list is asked for its first page, and what hangs on other
-- lists is reckoned from those.
local api = require "api.default"
local client = require "api.client"
local merged = require "lib.merged"
local parallel = require "lib.parallel"
local pretty = require "lib.pretty"
local settle = require "config.settle"
local streams = require "stream.registry"

local costs = {}

local DEEPEST = 4 -- as of parents

---@class found
---@field readable boolean? nil: it is not known
---@field why string? it is not readable
---@field requests integer? of a full read; nil: it is not known
---@field at_least boolean? or more
---@field records integer? that the list has, about

-- One that the token's scopes do not allow is not asked.
local function refused_by_scope(held, one)
  if not held or one.custom or api.scopes.allow(held, one.scope) then return nil end
  return { readable = false, why = "lacks the scope " .. one.scope }
end

local function why_not(message, failure)
  if failure.status == 403 and failure.scope then return "lacks the scope " .. failure.scope end
  if failure.status == 404 then return "not there, or the token may not see it (404)" end
  return (pretty.first_line(message):gsub("; the request was .*", "")) -- so streams that fail alike say the same
end

local function ask(one, settings, options)
  local job = { job = one.asked and "cost" or "probe", name = one.name, config = settings, options = options }
  local found, message, _, failure = streams.run(nil, job)
  if not found then return { readable = false, why = why_not(message, failure) } end
  if not one.asked then return { readable = true } end
  local times = one.projects and not one.custom and math.max(#(settings.projects or {}), 1) or 1
  return { readable = true, requests = found.requests * times, at_least = found.at_least,
    records = found.records and found.records * times }
end

local function find(one, held, settings, options)
  local refused = refused_by_scope(held, one)
  if refused then return refused end
  if one.parent and held and not one.custom then return {} end -- that takes a record of the parent's, and is not tried
  return ask(one, settings, options)
end

-- At least one request for each record of the parent, and those for the parent's own list.
local function reckon(one, outlines, found, depth)
  local mine, parent = found[one.name], one.parent and outlines[one.parent]
  if mine.readable == false or mine.requests or not parent or depth > DEEPEST then return end
  reckon(parent, outlines, found, depth + 1)
  local above = found[parent.name]
  if above.readable == false then mine.readable, mine.why = false, parent.name .. ": " .. above.why end
  if not above.requests then return end
  mine.requests, mine.at_least = above.requests + (above.records or 1), true
end

---Asks a server. The projects of the configuration are settled then.
---@param list outline[]
---@param settings table the checked configuration
---@param options table
---@return table<string, found> by the streams' names
function costs.find(list, settings, options)
  local asked = client.new(api, settings, merged(options, { rate_limit_patience = 0 }))
  local held = settings.auth_token and api.scopes.of(asked)
  settle.all(settings, options, asked)
  local found, outlines = {}, {}
  parallel(list, settings.num_workers, function(one)
    found[one.name], outlines[one.name] = find(one, held, settings, options), one
  end)
  for _, one in ipairs(list) do reckon(one, outlines, found, 1) end
  return found
end

return costs
