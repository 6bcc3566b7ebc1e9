-- What a configuration leaves open, and the server is asked for before anything is read: where the organization is, and which
-- projects are meant.
local api = require "api.default"
local projects = require "config.projects"

local settle = {}

---Where the organization is: from then on requests go there.
---@param config table
---@param options table
---@param api_client client? that asks; nil: one of its own, which is brief
---@param seconds number? for which a server that the configured one names is waited for
---@return table? told what came of the request for the organization, where there was one
function settle.place(config, options, api_client, seconds)
  return api.settle_place(config, options, api_client, seconds)
end

---That, and the projects.
---@param config table
---@param options table
---@param api_client client?
---@param seconds number?
---@return table? told
function settle.all(config, options, api_client, seconds)
  local told = settle.place(config, options, api_client, seconds)
  projects.settle(config, options, api_client)
  return told
end

return settle
