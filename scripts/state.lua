-- perigee state merge: joins the states of all shards of a read into one, which a single read goes on from.
local airbyte = require "airbyte"
local command_line = require "command_line"
local console = require "console"
local json = require "json"
local join = require "state.join"
local terminal_json = require "lib.terminal_json"

local function fail(message)
  airbyte.error("config_error", message)
  return 1
end

return function()
  local options = command_line.options()
  if options.word ~= "merge" then return fail(("state %s: there is `state merge FILE...` alone"):format(options.word)) end
  local missing = options.missing
  if missing and missing ~= "gaps" then return fail(("--missing %s: --missing gaps is all that there is"):format(missing)) end
  local list, message = join.files({ options.other_word, table.unpack(options.more_words) }, missing ~= nil)
  if not list then return fail(message) end
  console.write(terminal_json(json.encode(list)) .. "\n")
  return 0
end
