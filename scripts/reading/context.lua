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

---@class noted what a server refused, and by which message: a parent may have gone since it was listed
---@field message string?
---@field status integer?
---@field scope string?
---@field code string?
---@field absent boolean?

---Notes the outcome of a request, or of several that failed by this message.
---@param noted noted
---@param message string?
---@param outcome {status: integer?, scope: string?, code: string?, absent: boolean?}?
function context.note(noted, message, outcome)
  noted.message = message
  for _, name in ipairs { "status", "scope", "code", "absent" } do noted[name] = outcome and outcome[name] end
end

---A client that notes the outcome of each request.
---@param of client
---@param noted noted
---@return client
function context.watched(of, noted)
  return setmetatable({
    fetch = function(_, ...)
      local value, message, kind, outcome = of:fetch(...)
      context.note(noted, message, outcome)
      return value, message, kind, outcome
    end,
  }, { __index = of })
end

---What was noted, where a read failed by that: a refusal may have been a list's end, or of a record that was left out, and the
---read have failed by something else.
---@param noted noted
---@param why string? the read failed
---@return noted
function context.refusal(noted, why) return why ~= nil and noted.message == why and noted or {} end

return context
