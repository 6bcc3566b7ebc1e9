--- An API for specs whose lists are asked for in ranges of their rows' values: see ranged_api.py.
local files = require "spec.support.files"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local python_server = require "spec.support.python_server"

local ranged_api = {}

---@class RangedList
---@field [1] string what the case is
---@field server table as ranged_api.py has it
---@field stream string the stream's fields besides name, base, path and primary_key
---@field also table<string, string>? further streams, by name, with %s for the base

---@class RangedApi
---@field words fun(i: integer, verb: string, given: OwnGiven?): string[] for perigee.run
---@field read fun(i: integer, given: OwnGiven?): Reading
---@field asked fun(): string[] targets since the last call
---@field stop fun()

--- Starts a server for these lists.
---@param lists RangedList[]
---@return RangedApi
function ranged_api.start(lists)
  local settings, log = {}, perigee.write ""
  for i, list in ipairs(lists) do settings[tostring(i)] = list.server end
  local port, stop = python_server.start("ranged_api.py", perigee.write(json.encode(settings)), log)
  local api = { stop = stop, asked = files.follow(log) }

  function api.words(i, verb, given)
    local base, scripts = ("http://127.0.0.1:%d/%d/"):format(port, i), {}
    scripts.mine = ('return { name = "mine", base = "%s", path = "rows", %s }'):format(base, lists[i].stream)
    for name, text in pairs(lists[i].also or {}) do scripts[name] = text:format(base) end
    return own_streams.words(verb, own_streams.folder(scripts), given)
  end

  function api.read(i, given)
    local reading = own_streams.readings(api.words(i, "read", given), { given and given.stream or "mine" })[1]
    reading.asked = api.asked()
    return reading
  end

  return api
end

return ranged_api
