--- An API for specs whose lists are asked for in ranges of their rows' values: see ranged_api.py.
local connector = require "spec.support.connector"
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

---@class RangedGiven
---@field mode string?
---@field state table?
---@field words string[]?
---@field config table?
---@field stream string? in place of "mine"

---@class RangedApi
---@field words fun(i: integer, verb: string, given: RangedGiven?): string[] for perigee.run
---@field read fun(i: integer, given: RangedGiven?): RangedReading
---@field asked fun(): string[] targets since the last call
---@field stop fun()

---@class RangedReading
---@field ids any[] of the records that went out, in order
---@field asked string[]
---@field failure {message: string, failure_type: string}?
---@field complete boolean
---@field result result

--- Starts a server for these lists.
---@param lists RangedList[]
---@return RangedApi
function ranged_api.start(lists)
  local settings, log, seen = {}, perigee.write "", 0
  for i, list in ipairs(lists) do settings[tostring(i)] = list.server end
  local port, stop = python_server.start("ranged_api.py", perigee.write(json.encode(settings)), log)
  local api = { stop = stop }

  function api.asked()
    local targets, number = {}, 0
    for line in io.lines(log) do
      number = number + 1
      if number > seen then targets[#targets + 1] = line end
    end
    seen = number
    return targets
  end

  function api.words(i, verb, given)
    given = given or {}
    local base, scripts = ("http://127.0.0.1:%d/%d/"):format(port, i), {}
    scripts.mine = ('return { name = "mine", base = "%s", path = "rows", %s }'):format(base, lists[i].stream)
    for name, text in pairs(lists[i].also or {}) do scripts[name] = text:format(base) end
    local words = { verb, "--config", perigee.write(given.config or {}), "--scripts", own_streams.folder(scripts) }
    for _, list in ipairs { connector.USUAL, given.words or {} } do table.move(list, 1, #list, #words + 1, words) end
    if verb == "read" then
      local catalog = perigee.write_catalog { { given.stream or "mine", given.mode or "full_refresh" } }
      table.move({ "--catalog", catalog }, 1, 2, #words + 1, words)
    end
    if given.state then table.move({ "--state", perigee.write(given.state) }, 1, 2, #words + 1, words) end
    return words
  end

  function api.read(i, given)
    local name = given and given.stream or "mine"
    local result = perigee.run(api.words(i, "read", given))
    local reading = { result = result, ids = {}, failure = connector.errors(result, name)[1], asked = api.asked() }
    for n, text in ipairs(result.records()) do reading.ids[n] = json.decode(text).id end
    local statuses = connector.statuses(result, name)
    reading.complete = statuses[#statuses] == "COMPLETE" and result.status == 0
    return reading
  end

  return api
end

return ranged_api
