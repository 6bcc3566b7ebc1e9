-- perigee discover: the catalogue. What a stream is stands in its script; a server is asked only for what differs among
-- servers: with a configuration, one record where the key does, and with --observe a sample of each stream.
local airbyte = require "airbyte"
local choice = require "sync.choice"
local command_line = require "command_line"
local config = require "config.config"
local console = require "console"
local json = require "json"
local observation = require "discover.observation"
local parallel = require "lib.parallel"
local pretty = require "lib.pretty"
local projects = require "config.projects"
local settle = require "config.settle"
local streams = require "stream.registry"

local AT_ONCE, MOST_NAMED = 5, 20

-- All of them, where none is named.
local function choose(options, names)
  if not options.streams then return names end
  local list, message, kind = choice.of(options, names)
  if not list then return nil, message, kind end
  local chosen = {}
  for i, one in ipairs(list) do chosen[i] = one.name end
  return chosen
end

-- The names of the streams to list, also of those of a configuration where one is given, and that; or nil, message, failure type.
local function find_streams(options)
  local settings, message, failure_type
  if options.config then
    settings, message, failure_type = config.read(options.config)
    if not settings then return nil, message, failure_type end
  end
  local names, replaced, unreadable = streams.names(settings)
  if not names then return nil, replaced, unreadable end
  for _, name in ipairs(replaced) do
    airbyte.log("INFO", ("%s takes the place of the shipped stream '%s'"):format(streams.custom(name), name))
  end
  local chosen, wrong, kind = choose(options, names)
  if not chosen then return nil, wrong, kind end
  return chosen, settings
end

-- Into the catalogue goes nothing that would break its line, whatever a script of the user's own has made of an entry.
local function is_entry(name, text)
  return not streams.custom(name) or type(text) == "string" and json.valid(text) and not text:find "[\r\n]"
end

local function describe(name, settings, options, process)
  local entry, message, failure_type, failure = streams.run(nil,
    { job = "describe", name = name, ask = true, config = settings, options = options }, process)
  if not entry then return { message = message, failure_type = failure_type, internal = failure.internal } end
  if is_entry(name, entry) then return { entry = entry } end
  return { message = ("the script of the stream '%s' (%s) made no JSON of its entry"):format(name, streams.custom(name)),
    failure_type = "config_error" }
end

-- What cannot be sampled is told of, and its schema left as it is.
local function observe(one, name, settings, options)
  local incremental = json.decode(one.entry).supported_sync_modes[2] ~= nil
  local shape, nothing = observation.sample(name, settings, options, incremental)
  if not shape then return airbyte.log("WARN", ("%s: not observed: %s"):format(name, nothing)) end
  local entry, found = observation.add(one.entry, shape)
  one.entry = entry
  if #found == 0 then return end
  local more = #found > MOST_NAMED and (" and %d more"):format(#found - MOST_NAMED) or ""
  airbyte.log("INFO", ("%s: observed beyond its schema: %s%s"):format(name,
    table.concat(found, ", ", 1, math.min(#found, MOST_NAMED)), more))
end

-- One that no script could describe stays as it is.
local function observe_all(results, names, settings, options)
  projects.settle(settings, options)
  local places = {}
  for i, one in ipairs(results) do places[#places + 1] = one.entry and i or nil end
  parallel(places, AT_ONCE, function(i) observe(results[i], names[i], settings, options) end)
end

local function row_of(text)
  local entry = assert(json.decode(text))
  local key = {}
  for i, path in ipairs(entry.source_defined_primary_key or {}) do key[i] = table.concat(path, ".") end
  return { assert(entry.name), table.concat(entry.supported_sync_modes, ", "),
    table.concat(entry.default_cursor_field or {}, "."), table.concat(key, ", ") }
end

-- For a person at a terminal. A script may make of its entry what is no entry; then its text is shown.
local function print_table(entries)
  local rows = { { "stream", "sync modes", "cursor", "primary key" } }
  for _, text in ipairs(entries) do
    local ok, row = pcall(row_of, text)
    rows[#rows + 1] = ok and row or { text }
  end
  console.write(table.concat(pretty.columns(rows), "\n") .. "\n")
end

return function()
  local options = command_line.options()
  local names, settings, failure_type = find_streams(options)
  if not names then
    airbyte.error(failure_type, settings)
    return 1
  end
  if options.names then
    console.write(table.concat(names, "\n") .. "\n")
    return 0
  end
  if options.observe and not settings then
    airbyte.error("config_error", "--observe asks the server for records, so it needs --config FILE")
    return 1
  end
  options.retry_attempts = 1
  if settings then settle.place(settings, options) end
  local status, entries = 0, {}
  local ready = streams.entries(names, { ask = true, config = settings, options = options })
  local function describe_one(name, process)
    return ready[name] and { entry = ready[name] } or describe(name, settings, options, process)
  end
  local results = streams.in_turns(names, AT_ONCE, describe_one)
  if options.observe then observe_all(results, names, settings, options) end
  for _, one in ipairs(results) do
    entries[#entries + 1] = one.entry
    if not one.entry then
      airbyte.error(one.failure_type, one.message, one.internal)
      status = 1
    end
  end
  if options.for_people then print_table(entries)
  else airbyte.catalog('{"streams":[' .. table.concat(entries, ",") .. "]}") end
  return status
end
