--- Streams of one's own for specs: written into folders, and read by the real program.
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"

local own_streams = {}
local folders = 0

--- A folder with these scripts, by name; a name with a point is a file's.
---@param by_name table<string, string>
---@return string path
function own_streams.folder(by_name)
  folders = folders + 1
  local path = perigee.folder("streams" .. folders)
  for name, text in pairs(by_name) do
    perigee.write(text, ("streams%d/%s"):format(folders, name:find "%." and name or name .. ".lua"))
  end
  return path
end

--- Reads one stream of these scripts.
---@param scenario FakeScenario
---@param by_name table<string, string>
---@param entry string|table see perigee.write_catalog
---@param given given?
---@return result
function own_streams.read(scenario, by_name, entry, given)
  given = given or {}
  given.words = { "--scripts", own_streams.folder(by_name), table.unpack(given.words or {}) }
  return connector.read(scenario, { entry }, given)
end

--- The records of a read, decoded.
---@param result result
---@return table[]
function own_streams.decoded(result)
  local list = {}
  for i, text in ipairs(result.records()) do list[i] = json.decode(text) end
  return list
end

--- The one error that a read ended with.
---@param result result
---@param stream string
---@return string message
---@return string failure_type
function own_streams.error_of(result, stream)
  assert(result.status == 1, "the read did not fail")
  local told = connector.errors(result, stream)
  assert(#told == 1, #told .. " errors were told")
  return told[1].message, told[1].failure_type
end

return own_streams
