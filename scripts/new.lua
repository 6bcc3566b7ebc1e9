-- perigee new STREAM: writes a stream of one's own to begin with.
local airbyte = require "airbyte"
local api = require "api.default"
local command_line = require "command_line"
local console = require "console"
local files = require "files"
local stream_scripts = require "stream_scripts"
local template = require "stream.template"

local NEXT = [[
%s is written. It asks for %s; change that to what you want to read, then

  perigee try %s --scripts %s

shows what comes of it, with the token that is in the environment (%s) or in
the file that --config names. check, discover, read, sync and repl take --scripts, too.
]]

local function wrong_name(name)
  local first = name:match "[^%w_-]" or not name:find "^%a" and name:sub(1, 1)
  if first then
    return ("'%s' cannot be a stream's name because of its '%s': letters, digits, _ and - make one, and a letter begins it")
      :format(name, first)
  end
  if #name > 100 then return "a stream's name has 100 characters at most" end
end

local function is_shipped(name)
  local names, _, shipped = stream_scripts.list()
  return names ~= nil and shipped[name] ~= nil
end

local function required_variables()
  local environment, names = api.environment(), {}
  for i, field in ipairs(environment.required) do names[i] = environment.variables[field] end
  return table.concat(names, ", ")
end

local function quoted(text)
  return text:find "^[%w_./-]+$" and text or "'" .. text:gsub("'", "'\\''") .. "'"
end

local reasons = {
  exists = "%s is there already, and is not written over; take another name, or another folder by --scripts",
  unwritable = "%s cannot be written: %s",
}

return function()
  local options = command_line.options()
  local name, folder = options.word, options.folders[#options.folders] or "."
  local wrong = wrong_name(name)
  if wrong then
    airbyte.error("config_error", wrong)
    return 1
  end
  local path = (folder == "." and "" or folder:gsub("/+$", "") .. "/") .. name .. ".lua"
  local shipped = is_shipped(name)
  local written, message, code = files.write_new(path, template(name, quoted(folder)))
  if not written then
    if not files.list(folder) then message = ("%s; is the folder there? mkdir -p %s"):format(message, quoted(folder)) end
    airbyte.error("config_error", reasons[code]:format(path, message))
    return 1
  end
  console.write(NEXT:format(path, api.examples(name).PATH, name, quoted(folder), required_variables()))
  if shipped then airbyte.log("WARN", ("perigee has a stream '%s'; with --scripts, yours takes its place"):format(name)) end
  return 0
end
