--- Files, as specs read them.
local of_tools = require "tools.files"

--- `read`: all of a file, byte for byte; raises where it cannot be read. `text`: the same, or nil where there is none.
local files = { read = of_tools.read, text = of_tools.text }

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
