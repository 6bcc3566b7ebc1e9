-- Streams as verbs see them: each is worked on in a state of its own, and a stream of the user's own in a process of its
-- own, too.
local airbyte = require "airbyte"
local command_line = require "command_line"
local json = require "json"
local loader = require "stream.loader"
local merged = require "lib.merged"
local parallel = require "lib.parallel"
local sandbox = require "sandbox"
local set_of = require "lib.set_of"
local sorted_names = require "lib.sorted_names"
local stream_scripts = require "stream_scripts"

local streams = {}

---@class custom_stream a stream of the user's own
---@field about string where it is, for messages
---@field path string? its file
---@field script string? its text, from the configuration
---@field hosts string[]? what it may ask besides the configured host
---@field methods string[]? by which it may change things there

---@type table<string, custom_stream>?
local custom
local known ---@type known_streams
local described = {} ---@type table<string, string> the scripts of streams that the configuration describes

local left_out -- it is logged once that custom_streams are turned off

-- The configuration's streams, unless they are turned off.
local function allowed(given)
  if command_line.options().custom_streams or #given == 0 then return given end
  if not left_out then
    airbyte.log("INFO", ("PERIGEE_CUSTOM_STREAMS=off: the configuration's %d custom_streams are left out"):format(#given))
  end
  left_out = true
  return {}
end

local warned = {} -- of what the same call would say again

local function warn_once(message)
  if not warned[message] then airbyte.log("WARN", message) end
  warned[message] = true
end

-- A folder that defines nothing is likely the one above, or beside, the folder that was meant; that of `test` may hold
-- recordings alone.
local function warn_of_empty(files, twins)
  local options = command_line.options()
  if options.verb == "test" then return end
  for _, folder in ipairs(options.custom_streams and options.folders or {}) do
    local start, any = folder .. "/", false
    for _, paths in ipairs { files, twins } do
      for _, path in pairs(paths) do any = any or path:sub(1, #start) == start end
    end
    if not any then
      warn_once(("--scripts %s adds no stream: each is a file NAME.lua directly in that folder"):format(folder))
    end
  end
end

local function warn_of_twins(name, place, other)
  warn_once(("two streams are named '%s': %s takes the place of %s"):format(name, place, other))
end

-- Of names that no stream has.
local function warn_of_refresh(choices)
  for name in pairs(choices) do
    local unknown = name ~= "*" and loader.unknown(name, known.names)
    if unknown then warn_once("refresh of the configuration: " .. unknown) end
  end
end

---The names of all streams there are, in order; from then on `run` knows which are the user's own.
---@param config table? the checked configuration, which may hold some
---@return string[]? names
---@return string|string[]|nil message, or the names of shipped streams that a file of the user's own replaces
---@return failure_type? failure_type
function streams.names(config)
  local names, files, shipped, twins = stream_scripts.list()
  if not names then return nil, files, "config_error" end
  local all, replaced, scripts = set_of(names), {}, {}
  custom = {}
  for name, path in pairs(files) do
    custom[name] = { about = path, path = path }
    replaced[name] = shipped[name]
    if twins[name] then warn_of_twins(name, path, twins[name]) end
  end
  warn_of_empty(files, twins)
  described = {}
  for _, given in ipairs(config and config.explore or {}) do
    all[given.name], scripts[given.name], described[given.name] = true, given.script, given.script
  end
  for _, given in ipairs(allowed(config and config.custom_streams or {})) do
    local other = custom[given.name] and custom[given.name].about or described[given.name] and "explore." .. given.name
    if other then warn_of_twins(given.name, "custom_streams." .. given.name, other) end
    all[given.name], scripts[given.name] = true, given.script
    custom[given.name] = {
      about = "custom_streams." .. given.name, script = given.script, hosts = given.hosts, methods = given.methods,
    }
  end
  known = { names = json.array(sorted_names(all)), scripts = scripts }
  warn_of_refresh(config and config.refresh or {})
  return known.names, sorted_names(replaced)
end

---Says of a name that none of these streams has it; nil where one does.
---@type fun(name: string, names: string[]): string?
streams.unknown = loader.unknown

---Where a stream of the user's own is; nil: it is a shipped one.
---@param name string
---@return string?
function streams.custom(name)
  return custom and custom[name] and custom[name].about
end

---@class failure what is known of a job that failed, besides its message
---@field internal string? a traceback, when the script raised
---@field of_script boolean? the message names the stream and its script
---@field status integer? of the response that a server refused it with
---@field absent boolean? the server does not have such a list, whatever the token
---@field scope string? what the token needs for what was refused
---@field code string? of the HTTP module, where no response came
---@field blamed string[]? the fields of the configuration that it is likely about

local failure_types = { config_error = true, system_error = true, transient_error = true }

-- A script can change the modules that its worker has, json among them, so nothing in an outcome is taken as it comes.
local function valid_failure(outcome)
  if type(outcome) ~= "table" or type(outcome.message) ~= "string" then return nil end
  outcome.failure_type = failure_types[outcome.failure_type] and outcome.failure_type or "system_error"
  outcome.scope = type(outcome.scope) == "string" and outcome.scope or nil
  outcome.code = type(outcome.code) == "string" and outcome.code or nil
  outcome.blamed = type(outcome.blamed) == "table" and outcome.blamed or nil
  outcome.internal = nil
  return outcome
end

-- What became of a run. `raised`: by the script, with a traceback; `ended`: its process is gone.
local function read_outcome(job, text, message, kind)
  if kind == "raised" then
    return nil, ("the script of the stream '%s' failed: %s"):format(job.name, require "lib.pretty".first_line(message)),
      "config_error", { internal = message, of_script = true }
  elseif kind == "ended" then
    return nil, ("the script of the stream '%s' (%s) failed: %s"):format(job.name, job.about, message), "config_error",
      { of_script = true }
  end
  local outcome = type(text) == "string" and json.decode(text)
  local result = message
  if result == nil and type(outcome) == "table" then result = outcome.result end
  if result ~= nil then return result end
  local failure = valid_failure(outcome)
  if failure then return nil, failure.message, failure.failure_type, failure end
  return nil, ("the script of the stream '%s' (%s) failed: what it returned to perigee cannot be understood"):format(job.name,
    job.about), "config_error", { of_script = true }
end

-- No stream has use for the scripts of others.
local function without_scripts(config)
  if not config then return nil end
  local copy = merged(config)
  copy.custom_streams = nil
  return copy
end

local FILES = { "word", "other_word", "more_words", "config", "catalog", "state", "record", "replay", "folders", "to", "ledger" }

-- Where files are is the verb's business.
local function without_files(options)
  if not options then return nil end
  local copy = merged(options)
  for _, name in ipairs(FILES) do copy[name] = nil end
  return copy
end

-- The jobs that look at other streams' scripts too: at that of a parent.
local WITH_OTHERS = { table = true, probe = true, read = true, try = true, page = true, plan = true, understand = true }

-- A child stream finds its parent by these; for a shipped one, no script of the user's own is among them.
local function known_to(job, mine)
  if not mine then return { names = known.names, scripts = described } end
  if WITH_OTHERS[job.job] then return known end
  return { names = known.names, scripts = { [job.name] = mine.script } }
end

-- The server that the configured host led to may be asked, too. Nobody wrote it down, so it is guarded as a granted one is.
local function hosts_of(mine, config)
  if not config or not config.configured_url then return mine.hosts end
  return table.move(mine.hosts or {}, 1, #(mine.hosts or {}), 2, { config.base_url:match "^%a+://[^/]*" })
end

---Has a stream's worker do a job.
---@param output userdata? the stream whose lines it may write
---@param job table `job`, `name`, and what the job needs; `seconds`: less than a script may run otherwise;
---`last`: no further stream is begun after it
---@param process sandbox.process? where a stream of the user's own is to do it (in_turns)
---@return any? result
---@return string? message
---@return failure_type? failure_type
---@return failure? failure
function streams.run(output, job, process)
  if not custom then assert(streams.names()) end
  local mine = custom and custom[job.name]
  local config = job.config
  local apart = mine and {
    base = config and (config.configured_url or config.base_url), hosts = hosts_of(mine, config), methods = mine.methods,
    grants = mine.path ~= nil, time = job.seconds, beside = mine.path and job.name, process = process,
  }
  job.options = without_files(job.options)
  job.about, job.config = mine and mine.about, without_scripts(job.config)
  job.known = known_to(job, mine)
  local about = ("the script of the stream '%s'"):format(job.name)
  return read_outcome(job, sandbox.run(output, "stream.worker", json.encode(job), apart, about, job.last))
end

local function shipped_of(names)
  local shipped = json.array()
  for _, name in ipairs(names) do shipped[#shipped + 1] = not streams.custom(name) and name or nil end
  return shipped
end

---What is to be known of each shipped stream before one is chosen, by its name; those of the user's own are not among them.
---@param names string[] as streams.names gave them
---@return table<string, outline>? outlines
---@return string? message
---@return failure_type? failure_type
function streams.outlines(names)
  local shipped = shipped_of(names)
  if #shipped == 0 then return {} end
  return streams.run(nil, { job = "outlines", name = shipped[1], names = shipped })
end

---The entries in the catalogue of shipped streams, by name, of one state for all: to make one for each takes most of the time.
---Those that cannot be made so are not among them; a run of its own tells why.
---@param names string[] as streams.names gave them
---@param job table what describes one (`ask`, `config`, `options`)
---@return table<string, string> entries
function streams.entries(names, job)
  local shipped = shipped_of(names)
  if #shipped == 0 then return {} end
  return streams.run(nil, merged(job, { job = "entries", name = shipped[1], names = shipped })) or {}
end

---Tells a stream's output that its reading begins, how it ends, and why it fails.
---@param output userdata
---@param read fun(): any?, string?, failure_type?, failure? as streams.run
---@return boolean complete
---@return string? message
function streams.tell(output, read)
  output:status "STARTED"
  local done, message, kind, failure = read()
  if not done then output:error(kind, message, failure and failure.internal) end
  output:status(done and "COMPLETE" or "INCOMPLETE")
  return done ~= nil, message
end

-- Scripts of one folder are trusted alike, and so are entries of the configuration that may ask the same hosts.
local function trust_of(mine)
  if mine.path then return "folder " .. (mine.path:match "^(.*)/" or "") end
  local hosts = table.move(mine.hosts or {}, 1, #(mine.hosts or {}), 1, {})
  table.move(mine.methods or {}, 1, #(mine.methods or {}), #hosts + 1, hosts)
  table.sort(hosts)
  return "hosts " .. table.concat(hosts, " ")
end

-- The positions of names that take turns; a shipped stream waits for none.
local function group_by_trust(names)
  local groups, by_trust = {}, {}
  for i, name in ipairs(names) do
    local trust = custom[name] and trust_of(custom[name])
    local group = by_trust[trust or false]
    if group then group[#group + 1] = i
    else
      group = { i }
      groups[#groups + 1] = group
      if trust then by_trust[trust] = group end
    end
  end
  return groups
end

---Calls f(name, process) for each of these streams, with one process for all that are trusted alike, which take turns in it:
---for jobs so small that a process for each would be most of the work (`streams.run` takes the process).
---@generic R
---@param names string[] as streams.names gave them
---@param limit integer groups at once
---@param f fun(name: string, process: sandbox.process?): R
---@return R[] results in the order of the names
function streams.in_turns(names, limit, f)
  local results = {}
  parallel(group_by_trust(names), limit, function(group)
    local process = custom[names[group[1]]] and sandbox.process()
    for _, i in ipairs(group) do results[i] = f(names[i], process) end
  end)
  return results
end

return streams
