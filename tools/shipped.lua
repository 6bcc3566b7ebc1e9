-- The streams that perigee ships, for tools of the checkout.
local loader = require "stream.loader"
local stream_scripts = require "stream_scripts"

local shipped = {}

---All of them, in the order of their names.
---@return stream[]
function shipped.streams()
  local names = assert(stream_scripts.list())
  local streams = {}
  for i, name in ipairs(names) do streams[i] = assert(loader.load(name, { names = names, scripts = {} })) end
  return streams
end

---Those with these names, in the order given; a name that none has is an error, which says which was meant.
---@param wanted string[]
---@return stream[]? streams
---@return string? message
function shipped.named(wanted)
  local by_name, names, found = {}, {}, {}
  for i, stream in ipairs(shipped.streams()) do by_name[stream.name], names[i] = stream, stream.name end
  for i, name in ipairs(wanted) do
    if not by_name[name] then return nil, loader.unknown(name, names) end
    found[i] = by_name[name]
  end
  return found
end

return shipped
