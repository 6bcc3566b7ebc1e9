-- perigee spec: what the configuration may hold.
local airbyte = require "airbyte"
local host = require "host"

return function()
  local text = assert(host.resource "spec.json")
  airbyte.spec((text:gsub("%s*\n%s*", " ")))
  return 0
end
