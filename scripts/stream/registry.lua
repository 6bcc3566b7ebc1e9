-- Streams as verbs see them: each is worked on in a state of its own; a user's own in a process of its own, too.
local airbyte = require "airbyte"
local host = require "host"
local json = require "json"
local nearest = require "lib.suggest"

local streams = {}

---@class own_stream a stream of the user's own
---@field about string where it is, for messages
---@field path string? its file
---@field script string? its text, from the configuration
---@field hosts string[]? what it may ask besides the configured host

---@type table<string, own_stream>?
local own
local known ---@type string[]? the names of all

local function sorted(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- The configuration's streams, unless they are turned off.
local function allowed(given)
  if host.options().own_streams or #given == 0 then return given end
  airbyte.log("INFO", ("PERIGEE_CUSTOM_STREAMS=off: the configuration's %d custom_streams are left out"):format(#given))
  return {}
end

---The names of all streams there are, in order; from then on `run` knows which are the user's own.
---@param settings table? the checked configuration, which may hold some
---@return string[]? names
---@return string|string[]|nil message, or the names of shipped streams that a file of the user's own replaces
function streams.names(settings)
  local names, files, shipped = host.streams()
  if not names then return nil, files end
  local all, replaced = {}, {}
  own = {}
  for _, name in ipairs(names) do all[name] = true end
  for name, path in pairs(files) do
    own[name] = { about = path, path = path }
    replaced[name] = shipped[name]
  end
  for _, given in ipairs(allowed(settings and settings.custom_streams or {})) do
    all[given.name] = true
    own[given.name] = { about = "custom_streams." .. given.name, script = given.script, hosts = given.hosts }
  end
  known = sorted(all)
  return known, sorted(replaced)
end

---What is said of a name that is none of these streams'; nil where it is one.
---@param name string
---@param names string[]
---@return string?
function streams.unknown(name, names)
  for _, one in ipairs(names) do
    if one == name then return nil end
  end
  if not host.options().own_streams then
    return ("there is no shipped stream '%s', and PERIGEE_CUSTOM_STREAMS=off turns streams of your own off here"):format(name)
  end
  local meant = nearest(name, names)
  return ("there is no stream '%s'; %s"):format(name, meant and ("did you mean '%s'?"):format(meant)
    or "there are " .. table.concat(names, ", ") .. "; a folder with others is named by --scripts")
end

---Where a stream of the user's own is; nil: it is a shipped one.
---@param name string
---@return string?
function streams.own(name)
  return own and own[name] and own[name].about
end

-- What is said of a run that did not end well. `raised`: by the script, with a traceback; `ended`: its process is gone.
local function explain(job, mine, message, kind)
  if kind == "raised" then
    local first = message:match "^[^\n]*"
    return nil, ("the script of the stream '%s' failed: %s"):format(job.name, first), "config_error", message
  elseif kind == "ended" then
    return nil, ("the script of the stream '%s' (%s) failed: %s"):format(job.name, mine.about, message), "config_error"
  end
  return nil, message, kind
end

-- No stream has use for the scripts of others.
local function own_config(config)
  if not config then return nil end
  local copy = {}
  for name, value in pairs(config) do copy[name] = value end
  copy.custom_streams = nil
  return copy
end

-- What a child stream finds its parent by: the names of all, and the texts of those in the configuration.
local function others()
  local scripts = {}
  for name, one in pairs(own) do scripts[name] = one.script end
  return { names = json.array(known), scripts = scripts }
end

---Has a stream's worker do a job.
---@param output userdata? the stream whose lines it may write
---@param job table `job`, `name`, and what the job needs; `seconds`: less than a script may run otherwise
---@return string? result
---@return string? message
---@return string failure_type
---@return string? internal a traceback, when the script raised
function streams.run(output, job)
  if not own then streams.names() end
  local mine = own and own[job.name]
  local apart = mine and {
    base = job.config and job.config.base_url, hosts = mine.hosts, grants = mine.path ~= nil, time = job.seconds,
  }
  job.script, job.about, job.config = mine and mine.script, mine and mine.about, own_config(job.config)
  job.others = mine and others() or nil
  local result, message, kind = host.run(output, "stream.worker", json.encode(job), apart)
  if result then return result, nil, "" end
  return explain(job, mine, message, kind)
end

return streams
