--- The verbs of the connector, run against a scenario of the fake Sentry.
local cjson = require "cjson"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local connector = {}

--- Before the words of a spec, so that the spec's own count. Retries come and end soon, for who sets the attempts has no
--- more; limits of time are far away, so that a slow machine meets none: a spec of a time-out sets that one small, where
--- nothing else can be slow.
connector.USUAL = { "--retry-base=0.01", "--connect-timeout=60", "--first-byte-timeout=60", "--stall-timeout=60",
  "--check-budget=60", "--retry-attempts=6" }

---@class given
---@field config table? overrides of sentry.config
---@field words string[]? further arguments
---@field env table?
---@field state table|string? what the state file holds

--- The arguments of a verb, ready for perigee.run and perigee.start.
---@param verb string
---@param scenario FakeScenario
---@param given given?
---@return table words
function connector.words(verb, scenario, given)
  given = given or {}
  local words = { verb, "--config", perigee.write(sentry.config(scenario, given.config)), env = given.env }
  for _, word in ipairs(connector.USUAL) do words[#words + 1] = word end
  for _, word in ipairs(given.words or {}) do words[#words + 1] = word end
  if given.state then
    words[#words + 1] = "--state"
    words[#words + 1] = perigee.write(given.state)
  end
  return words
end

--- Checks.
---@param scenario FakeScenario
---@param given given?
---@return "SUCCEEDED"|"FAILED" status
---@return string message empty where there is none
---@return result
function connector.check(scenario, given)
  local result = perigee.run(connector.words("check", scenario, given))
  local told = result.of "CONNECTION_STATUS"
  assert(#told == 1, "check told no status: " .. table.concat(result.lines, "\n"))
  return told[1].status, told[1].message or "", result
end

local function read_words(scenario, entries, given)
  local words = connector.words("read", scenario, given)
  words[#words + 1] = "--catalog=" .. perigee.write_catalog(entries)
  return words
end

--- Starts a read of these entries (see perigee.write_catalog).
---@param scenario FakeScenario
---@param entries table
---@param given given?
---@return process
function connector.start(scenario, entries, given)
  return perigee.start(read_words(scenario, entries, given))
end

--- Waits until a read that was started has told that these streams are complete; raises where it ends before.
---@param going process
---@param streams string[]
function connector.wait_for_complete(going, streams)
  for _, stream in ipairs(streams) do
    repeat
      local complete = connector.last_status(going, stream) == "COMPLETE"
    until complete or not assert(going:message(), stream .. " was not complete at the end")
  end
end

--- Reads these entries (see perigee.write_catalog) to their end.
---@param scenario FakeScenario
---@param entries table
---@param given given?
---@return result
function connector.read(scenario, entries, given)
  return perigee.run(read_words(scenario, entries, given))
end

--- Reads, and leaves a recording of it.
---@param scenario FakeScenario
---@param entries table
---@param ... string further arguments
---@return result
---@return string path
function connector.record(scenario, entries, ...)
  local path = perigee.folder() .. "/" .. scenario.name .. ".har"
  return connector.read(scenario, entries, { words = { "--record", path, ... } }), path
end

--- The same read from a recording, for a host that does not exist.
---@param path string
---@param scenario FakeScenario
---@param entries table
---@param words string[]? further arguments
---@return result
function connector.replay(path, scenario, entries, words)
  local config = { hostname = "https://replayed.invalid/" .. scenario.name }
  return connector.read(scenario, entries, { config = config, words = { "--replay", path, table.unpack(words or {}) } })
end

-- The messages that stand on lines of these types; records are left out, as not every decoder reads each of them.
local function messages(result, kind)
  local list = {}
  for _, line in ipairs(result.lines) do
    if line:find('{"type":"' .. kind .. '"', 1, true) == 1 then list[#list + 1] = cjson.decode(line)[kind:lower()] end
  end
  return list
end

--- An issue as both lists of issues have it: without what the organization's alone sends, and lastSeen in whole seconds.
---@param text string
---@return string
function connector.of_both_lists(text)
  return (text:gsub(',"lifetime":{[^}]*},"filtered":null}$', "}"):gsub('("lastSeen":"[^".]*)%.%d+Z"', '%1Z"'))
end

--- All states, as a state file would hold them, in order; only those of one stream where it is named.
---@return table[]
function connector.states(result, stream)
  local list = {}
  for _, state in ipairs(messages(result, "STATE")) do
    if not stream or state.stream.stream_descriptor.name == stream then list[#list + 1] = state end
  end
  return list
end

--- The last state of a stream, without its envelope.
---@return table?
function connector.state(result, stream)
  local states = connector.states(result, stream)
  return #states > 0 and states[#states].stream.stream_state or nil
end

--- The statuses of a stream, in order; RUNNING for a rate limit's sake is RATE_LIMITED here.
---@return string[]
function connector.statuses(result, stream)
  local list = {}
  for _, trace in ipairs(messages(result, "TRACE")) do
    local status = trace.stream_status
    if status and status.stream_descriptor.name == stream then
      list[#list + 1] = status.reasons and status.reasons[1].type or status.status
    end
  end
  return list
end

--- The last of them.
---@return string?
function connector.last_status(result, stream)
  local list = connector.statuses(result, stream)
  return list[#list]
end

--- The errors, of one stream where it is named.
---@return table[]
function connector.errors(result, stream)
  local list = {}
  for _, trace in ipairs(messages(result, "TRACE")) do
    local error = trace.error
    local name = error and error.stream_descriptor and error.stream_descriptor.name
    if error and (not stream or name == stream) then list[#list + 1] = error end
  end
  return list
end

--- The messages of all errors, one a line, each behind its stream's name.
---@return string
function connector.failures(result)
  local list = {}
  for i, error in ipairs(connector.errors(result)) do
    list[i] = (error.stream_descriptor and error.stream_descriptor.name .. ": " or "") .. error.message
  end
  return table.concat(list, "\n")
end

--- The texts of all logs, one a line.
---@param level string?
---@return string
function connector.logs(result, level)
  local list = {}
  for _, log in ipairs(messages(result, "LOG")) do
    if not level or log.level == level then list[#list + 1] = log.message end
  end
  return table.concat(list, "\n")
end

--- The records that a scenario's server holds of a stream, of the configured project.
---@param scenario FakeScenario
---@param stream "events"|"issues"|"projects"|"releases"
---@return FakeRecord[]
function connector.held(scenario, stream)
  local list = {}
  for _, record in ipairs(scenario.truth()[stream]) do
    local elsewhere = (stream == "events" or stream == "issues") and record.project ~= "web-frontend"
    if not elsewhere then list[#list + 1] = record end
  end
  return list
end

--- Their texts.
---@return string[]
function connector.truth(scenario, stream)
  local list = {}
  for i, record in ipairs(connector.held(scenario, stream)) do list[i] = record.text end
  return list
end

--- What `sync --json` says of each stream, by its name.
---@param result result
---@return table<string, table>
function connector.summary(result)
  local by_name = {}
  for _, one in ipairs(cjson.decode(result.lines[1]).streams) do by_name[one.stream] = one end
  return by_name
end

--- What is wrong where two lists of texts do not hold the same texts equally often; nil where they do.
---@param wanted string[]
---@param got string[]
---@return string?
function connector.difference(wanted, got)
  local counts = {}
  for _, text in ipairs(wanted) do counts[text] = (counts[text] or 0) + 1 end
  for _, text in ipairs(got) do counts[text] = (counts[text] or 0) - 1 end
  local missing, surplus, example = 0, 0, nil
  for text, count in pairs(counts) do
    if count ~= 0 then example = text end
    if count > 0 then missing = missing + count else surplus = surplus - count end
  end
  if not example then return nil end
  return ("%d wanted, %d got, %d missing, %d too many, such as %s"):format(#wanted, #got, missing, surplus, example:sub(1, 200))
end

return connector
