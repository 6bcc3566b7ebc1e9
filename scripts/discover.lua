-- perigee discover: the catalogue. It asks no server: what a stream is stands in its script.
local airbyte = require "airbyte"
local config = require "documents.config"
local host = require "host"
local parallel = require "parallel"
local streams = require "streams"

return function()
  local options = host.options()
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
    airbyte.log("INFO", ("%s takes the place of the shipped stream '%s'"):format(streams.own(name), name))
  end
  local status, entries = 0, {}
  parallel(names, 1, function(name)
    local entry, message, kind, internal = streams.run(nil, { job = "describe", name = name })
    if entry then
      entries[#entries + 1] = entry
    else
      airbyte.error(kind, message, internal)
      status = 1
    end
  end)
  airbyte.catalog('{"streams":[' .. table.concat(entries, ",") .. "]}")
  return status
end
