-- The globals at the prompt: what scripts have, a client of the API, and streams to step through. Of streams there is
-- data alone: their scripts run where a read runs them, so that they can do here no more than there.
local api = require "api.default"
local client = require "api.client"
local contract = require "stream.contract"
local json = require "json"
local pages = require "prompt.pages"
local state = require "config.state"
local set_of = require "lib.set_of"
local streams = require "stream.registry"
local suggest = require "lib.suggest"

local environment = {}

local modules = { "http", "json", "clock", "tasks" }

-- ---- streams

---The names of all streams. Files may come while the prompt waits, so these are looked for each time.
---@param config table
---@return string[]
function environment.names(config)
  local names, message = streams.names(config)
  if not names then error(message, 0) end
  return names
end

---A stream's JSON Schema, as JSON.
---@param name string
---@param config table
---@return string? schema
---@return string? message
---@return string? failure_type
function environment.schema(name, config)
  return streams.run(nil, { job = "schema", name = name, config = config })
end

-- Methods on a stream's definition, which stays a plain table to look at.
local function methods_of(env, api_client, options)
  local methods = {}
  local of = { env = env, client = api_client, options = options }
  ---Its pages, to be stepped through: p = streams.issues:pages(); p:next(). `given`: the page size, or a table with
  ---`rows` and, for a stream that is read for each record of another, `parent`.
  function methods:pages(given) return pages.new(self, given, of) end
  ---Its JSON Schema, as discover prints it.
  function methods:schema()
    local text, message, failure_type = environment.schema(self.name, api_client.config)
    if not text then return nil, message, failure_type end
    return json.decode(text)
  end
  return methods
end

-- For TAB, which cannot wait for a script to be run: the fields that a definition may have.
local function possible_fields(methods)
  return setmetatable(set_of((contract.fields())), { __index = methods })
end

local function load_stream(name, config)
  local unknown = streams.unknown(name, environment.names(config))
  if unknown then error(unknown, 0) end
  local definition, message, _, failure = streams.run(nil, { job = "definition", name = name, config = config })
  if not definition then error(failure.internal or message, 0) end
  return definition
end

local function new_streams(env, api_client, options)
  local methods, loaded, config = methods_of(env, api_client, options), {}, api_client.config
  local possible = possible_fields(methods)
  local all = setmetatable({}, {
    __names = function() return environment.names(config) end,
    __peek = function(name) return loaded[name] or possible end,
    __tostring = function() return "streams: " .. table.concat(environment.names(config), ", ") end,
    __index = function(_, name)
      loaded[name] = loaded[name] or setmetatable(load_stream(tostring(name), config), { __index = methods })
      return loaded[name]
    end,
  })
  return all, function() loaded = {} end
end

-- ---- the environment

-- Copies, so that what a person changes is not changed for the scripts behind the prompt.
local function standard_library(env)
  for name, value in next, _G do
    if type(value) == "table" and value ~= _G then
      local copy = {}
      for key, item in next, value do copy[key] = item end
      value = copy
    end
    env[name] = value
  end
  env._G = env
end

local function undefined(config)
  return function(env, name)
    for _, stream in ipairs(environment.names(config)) do
      if stream == name then error(("undefined global '%s'; the stream is streams.%s"):format(name, name), 2) end
    end
    local names = {}
    for known in next, env do names[#names + 1] = tostring(known) end
    error(("undefined global '%s'%s"):format(name, suggest.hint(tostring(name), names)), 2)
  end
end

local function states_by_name(given, config)
  local states = {}
  for _, name in ipairs(environment.names(config)) do states[name] = state.of(given, name) end
  return states
end

---@param given {config: table, options: table, states: table}
---@return table env the globals of what is typed
---@return function forget has streams be read again
---@return table stats of all requests made by the client and by pages
function environment.new(given)
  local env = {}
  standard_library(env)
  for _, name in ipairs(modules) do env[name] = require(name) end
  env.parallel = require "lib.parallel"
  local api_client = client.new(api, given.config, given.options)
  api_client.custom = true
  local forget
  env.config, env.state = given.config, states_by_name(given.states, given.config)
  env[api.name] = api.prompt().new(api_client)
  env.streams, forget = new_streams(env, api_client, given.options)
  return setmetatable(env, { __index = undefined(given.config) }), forget, api_client.stats
end

return environment
