--- The names of streams, as specs need them. A new stream in scripts/streams/ is one of `shipped` by itself.
local streams = {}

--- Those of airbyte/source-sentry, in order: perigee must have them, they are read where nobody names a stream, and the fake
--- Sentry answers for them.
streams.of_peer = { "events", "issues", "project_detail", "projects", "releases" }

--- All that perigee ships, in order.
streams.shipped = {}
local listing = assert(io.popen "LC_ALL=C ls scripts/streams")
for file in listing:lines() do streams.shipped[#streams.shipped + 1] = file:match "^(.+)%.lua$" end
listing:close()

--- The shipped ones and these, in order.
---@param ... string
---@return string[]
function streams.shipped_and(...)
  local names = table.move(streams.shipped, 1, #streams.shipped, 1, {})
  for _, name in ipairs { ... } do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- The shipped ones whose scripts say so of themselves, in order.
---@param field "default"|"suggested"|"only_named"
---@return string[]
function streams.marked(field)
  local names = {}
  for _, name in ipairs(streams.shipped) do
    names[#names + 1] = dofile("scripts/streams/" .. name .. ".lua")[field] and name or nil
  end
  return names
end

return streams
