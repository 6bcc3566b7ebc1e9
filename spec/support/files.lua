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

--- Reads on in a file that grows.
---@param path string
---@return fun(): string[] the lines that came since it was called last
function files.follow(path)
  local file = assert(io.open(path, "rb"))
  return function()
    local list = {}
    for line in file:lines() do list[#list + 1] = line end
    return list
  end
end

return files
