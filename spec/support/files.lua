--- Files, as specs read them.
local files = {}

--- All of a file, byte for byte; raises where it cannot be read.
---@param path string
---@return string
function files.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

return files
