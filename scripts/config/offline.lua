-- The configuration for reading from a recording: nothing in it has to be true, as nobody is asked. It only has to make
-- the requests that were recorded.
local config = require "config.config"
local document = require "config.document"
local resources = require "resources"
local secrets = require "secrets"
local sentry = require "sentry"

local offline = {}

local function read(path)
  if not path then return {} end
  local text, message = secrets.read(path, (resources.read "spec.json"))
  if not text then return document.fail(path, message) end
  local given, wrong, kind = document.decode(path, text)
  if not given then return nil, wrong, kind end
  if type(given) ~= "table" then return document.fail(path, "must be a JSON object, and is " .. document.kind(given)) end
  return given
end

---What a file says, completed by what a recorded request tells of its server, organization and project. The token is
---never used.
---@param path string? a configuration
---@param address string? of the recording's first request
---@return table? config
---@return string? message
---@return string? failure_type
function offline.config(path, address)
  local given, message, kind = read(path)
  if not given then return nil, message, kind end
  local place = address and sentry.place_of(address) or {}
  for _, name in ipairs { "hostname", "organization", "project" } do
    if (given[name] or "") == "" then given[name] = place[name] or name ~= "hostname" and name or nil end
  end
  given.auth_token = "none"
  local checked, wrong = config.check(path or "the recording", given)
  if not checked then return nil, wrong, "config_error" end
  checked.base_url, wrong = sentry.base(checked.hostname)
  if wrong then return document.fail(path or "the recording", wrong) end
  return checked
end

return offline
