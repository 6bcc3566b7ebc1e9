-- perigee repl: a prompt. Config and states are read here; what a person types runs in a state of its own (prompt.lua).
local airbyte = require "airbyte"
local command_line = require "command_line"
local json = require "json"
local resolve = require "config.resolve"
local sandbox = require "sandbox"
local settle = require "config.settle"
local state = require "config.state"

return function()
  local options = command_line.options()
  local found, message, kind = resolve.find(options)
  if not found then
    airbyte.error(kind, message)
    return 1
  end
  local states, wrong, failure = state.read(options.state)
  if not states then
    airbyte.error(failure, wrong)
    return 1
  end
  settle.all(found, options)
  local given = json.encode { config = found, options = options, states = states }
  local status, internal = sandbox.prompt("prompt.prompt", given)
  if status then return math.tointeger(tonumber(status)) end
  airbyte.error("system_error", "the prompt itself failed; please report it: " .. internal)
  return 1
end
