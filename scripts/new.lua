-- perigee new STREAM: writes a stream of one's own to begin with; with --from, one made of a document or a recording.
local airbyte = require "airbyte"
local api = require "api.default"
local command_line = require "command_line"
local console = require "console"
local place = require "new.place"
local template = require "new.template"

local NEXT = [[
%s is written. It asks for %s; change that to what you want to read, then

  perigee try %s --scripts %s

shows what comes of it, with the token that is in the environment (%s) or in
the file that --config names. check, discover, read, sync and repl take --scripts, too.
]]

local function required_variables()
  local environment, names = api.environment(), {}
  for i, field in ipairs(environment.required) do names[i] = environment.variables[field] end
  return table.concat(names, ", ")
end

return function()
  local options = command_line.options()
  if options.from then return require "new.from"() end
  local name = options.word
  local _, quoted = place.folder()
  local wrong = place.wrong_name(name)
  if wrong then
    airbyte.error("config_error", wrong)
    return 1
  end
  local written, message = place.write { { name = name .. ".lua", text = template(name, quoted) } }
  if not written then
    airbyte.error("config_error", message)
    return 1
  end
  console.write(NEXT:format(place.path(name .. ".lua"), api.examples(name).PATH, name, quoted, required_variables()))
  if place.is_shipped(name) then
    airbyte.log("WARN", ("perigee has a stream '%s'; with --scripts, yours takes its place"):format(name))
  end
  return 0
end
