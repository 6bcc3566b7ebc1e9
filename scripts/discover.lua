-- perigee discover: the catalogue. It asks no server: what a stream is stands in its script.
local airbyte = require "airbyte"
local config = require "config.config"
local command_line = require "command_line"
local parallel = require "lib.parallel"
local streams = require "stream.registry"

local AT_ONCE = 5

return function()
  local options = command_line.options()
  local settings
  if options.config then
    local message, failure_type
    settings, message, failure_type = config.read(options.config)
    if not settings then
      airbyte.error(failure_type, message)
      return 1
    end
  end
  local names, replaced = streams.names(settings)
  if not names then
    airbyte.error("config_error", replaced)
    return 1
  end
  for _, name in ipairs(replaced) do
    airbyte.log("INFO", ("%s takes the place of the shipped stream '%s'"):format(streams.custom(name), name))
  end
  -- Several at once, for a script of the user's own may take all of its time.
  local described = parallel(names, AT_ONCE, function(name)
    return { streams.run(nil, { job = "describe", name = name }) }
  end)
  local status, entries = 0, {}
  for _, one in ipairs(described) do
    local entry, message, failure_type, failure = table.unpack(one, 1, 4)
    if entry then
      entries[#entries + 1] = entry
    else
      airbyte.error(failure_type, message, failure.internal)
      status = 1
    end
  end
  airbyte.catalog('{"streams":[' .. table.concat(entries, ",") .. "]}")
  return status
end
