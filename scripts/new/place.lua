-- Where a new stream's files go, and whether they may.
local command_line = require "command_line"
local files = require "files"
local stream_scripts = require "stream_scripts"

local place = {}

local reasons = {
  exists = "%s is there already, and is not written over; take another name, or another folder by --scripts",
  unwritable = "%s cannot be written: %s",
}

---What is wrong with a stream's name; nil: nothing.
---@param name string
---@return string?
function place.wrong_name(name)
  local first = name:match "[^%w_-]" or not name:find "^%a" and name:sub(1, 1)
  if first then
    return ("'%s' cannot be a stream's name because of its '%s': letters, digits, _ and - make one, and a letter begins it")
      :format(name, first)
  end
  if #name > 100 then return "a stream's name has 100 characters at most" end
end

---@param name string
---@return boolean
function place.is_shipped(name)
  local names, _, shipped = stream_scripts.list()
  return names ~= nil and shipped[name] ~= nil
end

---The folder, and as a shell reads it.
---@return string folder
---@return string quoted
function place.folder()
  local folders = command_line.options().folders
  local folder = folders[#folders] or "."
  return folder, place.quoted(folder)
end

---@param text string
---@return string
function place.quoted(text)
  return text:find "^[%w_./-]+$" and text or "'" .. text:gsub("'", "'\\''") .. "'"
end

---The path of a file in the folder.
---@param name string
---@return string
function place.path(name)
  local folder = place.folder()
  return (folder == "." and "" or folder:gsub("/+$", "") .. "/") .. name
end

---@param name string of a file in the folder
---@return boolean
function place.exists(name) return files.exist(place.path(name)) end

---Writes files that are not there yet: all, or none where one is.
---@param texts {name: string, text: string}[]
---@return true?
---@return string? message
function place.write(texts)
  for _, file in ipairs(texts) do
    if place.exists(file.name) then return nil, reasons.exists:format(place.path(file.name)) end
  end
  for _, file in ipairs(texts) do
    local written, message, code = files.write_new(place.path(file.name), file.text)
    if not written then
      local folder, quoted = place.folder()
      if not files.list(folder) then message = ("%s; is the folder there? mkdir -p %s"):format(message, quoted) end
      return nil, reasons[code]:format(place.path(file.name), message)
    end
  end
  return true
end

return place
