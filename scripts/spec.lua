-- perigee spec: what the configuration may hold.
local airbyte = require "airbyte"
local resources = require "resources"

return function()
  local text = assert(resources.read "spec.json")
  airbyte.spec((text:gsub("%s*\n%s*", " ")))
  return 0
end
