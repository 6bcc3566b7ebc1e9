-- What a person has at hand at the prompt: the script's own environment, the client, streams to step through.
local client = require "api.client"
local contexts = require "reading.context"
local contract = require "stream.contract"
local emitter = require "reading.emitter"
local command_line = require "command_line"
local stream_scripts = require "stream_scripts"
local json = require "json"
local lists = require "reading.list"
local suggest = require "lib.suggest"
local sentry_api = require "sentry"
local state = require "config.state"

local at_hand = {}

local modules = { "http", "json", "clock", "tasks" }

-- ---- the client

-- Paths are written as in Sentry's documentation, or as the streams have them: below /api/0/.
local function below_base(path)
  return (path:gsub("^/+", ""):gsub("^api/0/", ""))
end

local function new_sentry(asker)
  local sentry = { base_url = asker.config.base_url, stats = asker.stats }

  ---Asks for a JSON document; `{organization}` and other keys of the config are filled in. Its answer is then `last`.
  function sentry:get(path, query)
    if type(path) ~= "string" then error("a path is needed: sentry:get('organizations/{organization}/', {…})", 0) end
    local value, message, kind, answer = asker:document(below_base(path), query)
    self.last = answer and answer.response
    if value ~= nil then return value end
    return nil, message, kind
  end

  return sentry
end

-- ---- streams

-- What is behind an object at the prompt, and not to be looked at with it.
local behind = setmetatable({}, { __mode = "k" })

---@class shown_page a page as a person sees it
---@field number integer
---@field request string
---@field status integer
---@field ms integer
---@field bytes integer of the body, as received
---@field count integer of records that came
---@field held integer of those that the stream's hooks hold back
---@field cursor string? of the page that follows; nil: none does
---@field headers table<string, string>
---@field records table[] as they would go out
local shown_page = {}
shown_page.__index = shown_page

---A record's bytes, as they came.
function shown_page:raw(i) return behind[self][i] end

local function show_page(number, list, raw)
  local response = list.last_response
  local page = setmetatable({
    number = number, request = response.url, status = response.status, ms = response.ms,
    bytes = response.bytes, count = raw:count(), cursor = list.next, headers = response:headers(),
    records = setmetatable({}, { __depth = 0 }), held = 0,
  }, shown_page)
  local texts = {}
  emitter.hooks(list.stream, raw, list.context)
  for i = 1, page.count do
    local text, goes_out = raw:record(i)
    if goes_out then
      texts[#texts + 1] = text
      page.records[#texts] = json.decode(text)
    else
      page.held = page.held + 1
    end
  end
  behind[page] = texts
  raw:close()
  return page
end

---@class pages the pages of a stream, one by one
local pages = {}
pages.__index = pages

---The next page, its first record being `record` then; nil after the last one, or nil, message, code.
---@return shown_page?
function pages:next()
  if self.over then return nil, "there are no more pages; begin again by another :pages()" end
  local list, env = behind[self].list, behind[self].env
  local raw, message, kind = list:fetch { cursor = list.next }
  if not raw then return nil, message, kind end
  self.read, self.over = self.read + 1, list.next == nil
  local page = show_page(self.read, list, raw)
  if page.records[1] then rawset(env, "record", page.records[1]) end
  return page
end

-- Why a stream has no pages of its own; nil where it has.
local function no_pages(stream, parent)
  if stream.read then
    return ("the stream '%s' reads by itself: perigee try %s shows what comes of it"):format(stream.name, stream.name)
  elseif stream.parent and type(parent) ~= "table" then
    return ("the stream '%s' is read for each record of another: give one, streams.%s:pages{ parent = record }"):format(
      stream.name, stream.name)
  end
end

local function new_pages(stream, env, asker, options, given)
  given = type(given) == "table" and given or { rows = given }
  local without = no_pages(stream, given.parent)
  if without then return nil, without end
  local of_stream = contexts.client(stream, asker.config, options)
  of_stream.stats = asker.stats
  local list, message, kind = lists.new(stream, of_stream, contexts.new(asker.config, given.parent))
  if not list then return nil, message, kind end
  list.rows = given.rows or list.rows
  local self = setmetatable({ stream = stream.name, path = list.path, read = 0, over = false }, pages)
  behind[self] = { list = list, env = env }
  return self
end

---@class known the streams that there are
---@field names string[] in order
---@field scripts table<string, string> texts of those that stand in the configuration

---@return known
local function known_streams(config)
  local there, names, scripts = {}, {}, {}
  for _, name in ipairs(stream_scripts.list() or {}) do there[name] = true end
  for _, given in ipairs(command_line.options().custom_streams and config.custom_streams or {}) do
    there[given.name], scripts[given.name] = true, given.script
  end
  for name in pairs(there) do names[#names + 1] = name end
  table.sort(names)
  return { names = names, scripts = scripts }
end

---A stream's entry in the catalogue, as discover prints it.
---@param name string
---@param config table
---@return string? json
---@return string? message
---@return string? failure_type
function at_hand.describe(name, config)
  local outcome = json.decode(require "stream.worker"(json.encode {
    job = "describe", name = name, known = known_streams(config),
  }))
  return outcome.result, outcome.message, outcome.failure_type
end

-- Methods on a stream's definition, which stays a plain table to look at.
local function methods_of(env, asker, options)
  local methods = {}
  ---Its pages, to be stepped through: p = streams.issues:pages(); p:next(). `given`: the page size, or a table with
  ---`rows` and, for a stream that is read for each record of another, `parent`.
  function methods:pages(given) return new_pages(self, env, asker, options, given) end
  ---Its JSON Schema, as discover prints it.
  function methods:schema()
    local entry, message, kind = at_hand.describe(self.name, asker.config)
    if not entry then return nil, message, kind end
    return json.decode(entry).json_schema
  end
  return methods
end

-- Its API is there, but not shown with each stream.
local function with_methods(stream, methods)
  local hidden = setmetatable({ api = stream.api, reads = stream.reads }, { __index = methods })
  stream.api, stream.reads = nil, nil
  return setmetatable(stream, { __index = hidden })
end

local function load_stream(name, known)
  local given, unknown, code = stream_scripts.load(name, known.scripts[name])
  if code then
    local meant = suggest.nearest(name, known.names)
    error(unknown .. (meant and ("; did you mean '%s'?"):format(meant) or ""), 0)
  end
  local stream, wrong = contract.check(given, name)
  if not stream then error(("the script of the stream '%s': %s"):format(name, wrong), 0) end
  return stream
end

local function new_streams(env, asker, options)
  local methods, loaded = methods_of(env, asker, options), {}
  local function names() return known_streams(asker.config).names end -- files may come while the prompt waits
  local streams = setmetatable({}, {
    __names = names,
    __tostring = function() return "streams: " .. table.concat(names(), ", ") end,
    __index = function(_, name)
      loaded[name] = loaded[name] or with_methods(load_stream(tostring(name), known_streams(asker.config)), methods)
      return loaded[name]
    end,
  })
  return streams, function() loaded = {} end
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
    for _, stream in ipairs(known_streams(config).names) do
      if stream == name then error(("undefined global '%s'; the stream is streams.%s"):format(name, name), 2) end
    end
    local names = {}
    for known in next, env do names[#names + 1] = tostring(known) end
    error(("undefined global '%s'%s"):format(name, suggest.hint(tostring(name), names)), 2)
  end
end

local function states_by_name(given, config)
  local states = {}
  for _, name in ipairs(known_streams(config).names) do states[name] = state.of(given, name) end
  return states
end

---@param given {config: table, options: table, states: table}
---@return table env the globals of what is typed
---@return function forget has streams be read again
---@return table stats of all requests made by the client and by pages
function at_hand.new(given)
  local env = {}
  standard_library(env)
  for _, name in ipairs(modules) do env[name] = require(name) end
  env.parallel = require "lib.parallel"
  local asker = client.new(sentry_api, given.config, given.options)
  asker.own = true
  local forget
  env.config, env.state = given.config, states_by_name(given.states, given.config)
  env.sentry = new_sentry(asker)
  env.streams, forget = new_streams(env, asker, given.options)
  return setmetatable(env, { __index = undefined(given.config) }), forget, asker.stats
end

return at_hand
