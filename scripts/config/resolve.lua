-- The configuration that a person means who looks around: a file, the environment, or none where a recording answers.
local config = require "config.config"
local files = require "files"
local recording = require "recording"
local resources = require "resources"
local json = require "json"
local offline = require "config.offline"
local secrets = require "secrets"
local sentry = require "sentry"

local settings = {}

-- As Sentry's own tools have them.
local variables = {
  auth_token = "SENTRY_AUTH_TOKEN", organization = "SENTRY_ORG", project = "SENTRY_PROJECT", hostname = "SENTRY_URL",
}
local required = { "auth_token", "organization", "project" }

local UNKNOWN = [[
it is not known whom to ask. Either set
  SENTRY_AUTH_TOKEN, SENTRY_ORG and SENTRY_PROJECT (and SENTRY_URL, unless that is https://sentry.io)
in the environment; or name a file by --config, with a JSON object such as
  {"auth_token": "…", "organization": "my-org", "project": "my-project", "hostname": "sentry.io"}
or name a recording by --replay, which needs neither]]

local function missing_variables(given)
  local missing = {}
  for _, field in ipairs(required) do
    if given[field] == nil then missing[#missing + 1] = variables[field] end
  end
  return missing
end

-- The variables are removed from the environment, and the token is a handle from the start.
local function from_environment()
  local text = assert(secrets.environment(variables, assert(resources.read "spec.json")))
  local given = assert(json.decode(text))
  local missing = missing_variables(given)
  if #missing == #required then return nil, UNKNOWN, "config_error" end
  if #missing > 0 then
    return nil, ("not set in the environment: %s; set it there, or name a file by --config"):format(
      table.concat(missing, ", ")), "config_error"
  end
  return config.settle("the environment", given)
end

-- What the recording was made of: not each of its requests names a project.
local function from_recording(path)
  local replayed, address, code = recording.replay(path)
  if not replayed then return nil, address, code end
  if address and not sentry.place_of(address).project then
    local text = files.read(path) or ""
    address = text:match '"(https?://[^"%s]-/api/0/projects/[^"%s/]+/[^"%s/]+/[^"%s]*)"' or address
  end
  return offline.config(nil, address)
end

---@param options table
---@return table? config as of config.read
---@return string? message
---@return string? failure_type
function settings.find(options)
  if options.config then return config.read(options.config) end
  if options.replay then return from_recording(options.replay) end
  return from_environment()
end

---A message, with the variables by which those fields are set that it speaks of, where they come from the environment.
---@param message string
---@param options table
---@return string
function settings.told(message, options)
  if options.config or options.replay then return message end
  local told = {}
  for _, field in ipairs { "auth_token", "organization", "project", "hostname" } do
    if message:find(("%%f[%%w_]%s%%f[^%%w_]"):format(field)) then
      told[#told + 1] = ("%s is %s"):format(field, variables[field])
    end
  end
  return told[1] and ("%s (in the environment, %s)"):format(message, table.concat(told, ", ")) or message
end

return settings
