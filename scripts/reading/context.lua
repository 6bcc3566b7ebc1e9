-- The context that a stream's functions are handed, and the client that its requests go through.
local client = require "api.client"
local merged = require "lib.merged"

local context = {}

---@class context
---@field config table the configuration; a secret is a handle, never its value
---@field parent table? the record that a child stream is read for
---@field state table? the stream's last state

---@param config table
---@param parent table?
---@param state table?
---@return context
function context.new(config, parent, state)
  return { config = merged(config), parent = parent, state = state }
end

---The values from which a path's placeholders are filled.
---@param of context
---@return table
function context.values(of)
  local values = merged(of.config)
  values.parent = of.parent
  return values
end

---The configuration with the address of a stream's API.
---@param stream stream
---@param config table
---@return table
function context.config(stream, config)
  if not stream.api.address then return config end
  local elsewhere = merged(config)
  elsewhere.base_url, elsewhere.configured_url = stream.api.address, nil
  return elsewhere
end

---A client for a stream's API.
---@param stream stream
---@param config table
---@param options table
---@param name string? for messages
---@return client
function context.client(stream, config, options, name)
  return client.new(stream.api, context.config(stream, config), options, name)
end

---A client that notes what a server refused, and why: a parent may have gone since it was listed.
---@param of client
---@param noted {status: integer?, scope: string?, code: string?, absent: boolean?}
---@return client
function context.watched(of, noted)
  return setmetatable({
    fetch = function(_, ...)
      local value, message, kind, outcome = of:fetch(...)
      for _, name in ipairs { "status", "scope", "code", "absent" } do noted[name] = outcome and outcome[name] end
      return value, message, kind, outcome
    end,
  }, { __index = of })
end

return context
