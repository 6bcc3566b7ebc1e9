-- perigee discover: the catalogue. It asks no server: what a stream is stands in its script.
local airbyte = require "airbyte"
local command_line = require "command_line"
local config = require "config.config"
local parallel = require "lib.parallel"
local streams = require "stream.registry"

local AT_ONCE = 5

-- The names of all streams, also those of a configuration where one is given.
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
  return names
end

return function()
  local names, message, failure_type = find_streams(command_line.options())
  if not names then
    airbyte.error(failure_type, message)
    return 1
  end
  -- Several at once, for a script of the user's own may take all of its time.
  local described = parallel(names, AT_ONCE, function(name)
    return { streams.run(nil, { job = "describe", name = name }) }
  end)
  local status, entries = 0, {}
  for _, one in ipairs(described) do
    local entry, wrong, kind, failure = table.unpack(one, 1, 4)
    if entry then
      entries[#entries + 1] = entry
    else
      airbyte.error(kind, wrong, failure.internal)
      status = 1
    end
  end
  airbyte.catalog('{"streams":[' .. table.concat(entries, ",") .. "]}")
  return status
end
