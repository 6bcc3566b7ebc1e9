--- Streams of one's own for specs: written into folders, and read by the real program.
local connector = require "spec.support.connector"
local json = require "json"
local luassert = require "luassert"
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

local function made_by(pid)
  local file, list = io.open(("/proc/%d/task/%d/children"):format(pid, pid)), {}
  for number in (file and file:read "a" or ""):gmatch "%d+" do list[#list + 1] = math.tointeger(tonumber(number)) end
  if file then file:close() end
  return list
end

--- The processes of streams that a process has: they are made by a child of it, its fork server.
---@param pid integer
---@return integer[]
function own_streams.processes(pid)
  local list = {}
  for _, server in ipairs(made_by(pid)) do table.move(made_by(server), 1, 100, #list + 1, list) end
  return list
end

---@class OwnGiven
---@field config table|string?
---@field env table?
---@field words string[]? further arguments
---@field state table|string? what the state file holds
---@field stream string? that a read has, in place of "mine"
---@field mode string? of that; "full_refresh" if there is none
---@field entries table? of a read's catalog, in place of both (see perigee.write_catalog)

--- The arguments of a verb for the scripts of a folder, ready for perigee.run.
---@param verb string
---@param folder string
---@param given OwnGiven?
---@param config table? where `given` has none
---@return table words
function own_streams.words(verb, folder, given, config)
  given = given or {}
  local words = { verb, "--config", perigee.write(given.config or config or {}), "--scripts", folder, env = given.env }
  for _, list in ipairs { connector.USUAL, given.words or {} } do table.move(list, 1, #list, #words + 1, words) end
  if verb == "read" then
    local entries = given.entries or { { given.stream or "mine", given.mode or "full_refresh" } }
    table.move({ "--catalog", perigee.write_catalog(entries) }, 1, 2, #words + 1, words)
  end
  if given.state then table.move({ "--state", perigee.write(given.state) }, 1, 2, #words + 1, words) end
  return words
end

---@class Reading
---@field ids any[] of the records that went out, in order
---@field records string[]
---@field failure {message: string, failure_type: string}? the stream's
---@field complete boolean
---@field asked string[] targets, in order, where the server tells them
---@field result result

--- Runs a read, and tells what came of each stream; the exit status must say whether all of them are complete.
---@param words table
---@param streams string[]
---@return Reading[]
function own_streams.readings(words, streams)
  local result, all, whole = perigee.run(words), {}, true
  for i, name in ipairs(streams) do
    local reading = { result = result, records = result.records(name), ids = {}, failure = connector.errors(result, name)[1] }
    for n, text in ipairs(reading.records) do reading.ids[n] = json.decode(text).id end
    reading.complete = connector.last_status(result, name) == "COMPLETE"
    all[i], whole = reading, whole and reading.complete
  end
  luassert.equal(whole, result.status == 0, result.err .. connector.logs(result))
  return all
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
