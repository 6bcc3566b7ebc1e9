-- A stream from its script: the script is run in the state that asks for it, and its table checked against the contract.
local command_line = require "command_line"
local stream_scripts = require "stream_scripts"
local suggest = require "lib.suggest"

local loader = {}

---@class known_streams the streams that there are
---@field names string[] in order
---@field scripts table<string, string> the texts of those that the configuration holds

---Says of a name that no stream has it; nil where one does.
---@param name string
---@param names string[]
---@return string?
function loader.unknown(name, names)
  for _, one in ipairs(names) do
    if one == name then return nil end
  end
  if not command_line.options().custom_streams then
    return ("there is no shipped stream '%s', and PERIGEE_CUSTOM_STREAMS=off turns streams of your own off here"):format(name)
  end
  local meant = suggest.nearest(name, names)
  return ("there is no stream '%s'; %s"):format(name, meant and ("did you mean '%s'?"):format(meant)
    or "there are " .. table.concat(names, ", ") .. "; a folder with others is named by --scripts")
end

---Loads a stream. Raises what its script raises.
---@param name string
---@param known known_streams
---@return stream? stream with all defaults
---@return string? message
---@return "unknown"|"unreadable"|"invalid"|nil code
function loader.load(name, known)
  local contract = require "stream.contract" -- here, as verbs ask for names alone; and before a script can change strings
  local given, message, code = stream_scripts.load(name, known.scripts[name])
  if code then return nil, code == "unknown" and loader.unknown(name, known.names) or message, code end
  local stream, wrong = contract.check(given, name)
  if not stream then return nil, wrong, "invalid" end
  return stream
end

return loader
