-- Where a configuration comes from: a file, the environment, or a recording, for which nothing in it has to be true.
local api = require "api.default"
local config = require "config.config"
local document = require "config.document"
local files = require "files"
local json = require "json"
local recording = require "recording"
local resources = require "resources"
local secrets = require "secrets"

local resolve = {}

local function missing_variables(given, environment)
  local missing = {}
  for _, field in ipairs(environment.required) do
    if given[field] == nil then missing[#missing + 1] = environment.variables[field] end
  end
  return missing
end

-- The variables are removed from the environment, and the token is a handle from the start.
local function from_environment()
  local environment = api.environment()
  local text = assert(secrets.environment(environment.variables, assert(resources.read "spec.json")))
  local given = assert(json.decode(text))
  local missing = missing_variables(given, environment)
  if #missing == #environment.required then return nil, environment.unknown, "config_error" end
  if #missing > 0 then
    return nil, ("not set in the environment: %s; set it there, or name a file by --config"):format(
      table.concat(missing, ", ")), "config_error"
  end
  local found, wrong, kind, _, field = config.apply("the environment", given)
  if found then return found end
  return nil, resolve.explain(wrong, { field }, {}), kind
end

-- Not each of a recording's requests names a project, or an organization.
local function telling(address, har)
  local environment = api.environment()
  if not address or environment.place_of(address).project then return address end
  return environment.find_place(har and files.read(har) or "") or address
end

---The configuration for reading from a recording, where nobody is asked and no token used: what a file says, completed by
---the address of a recorded request, so that the same requests are made.
---@param path string? a configuration
---@param address string? of the recording's first request
---@param har string? the recording's file
---@return table? config
---@return string? message
---@return string? failure_type
function resolve.recorded(path, address, har)
  address = telling(address, har)
  local given, message, kind = {}, nil, nil
  if path then given, message, kind = config.load(path) end
  if not given then return nil, message, kind end
  local place = address and api.environment().place_of(address) or {}
  for _, name in ipairs { "hostname", "organization", "project" } do
    local all = path and name == "project" and api.environment().has_projects(har and files.read(har) or "")
    if (given[name] or "") == "" and not all then given[name] = place[name] or name ~= "hostname" and name or nil end
  end
  given.auth_token = "none"
  local checked, wrong = config.check(path or "the recording", given)
  if not checked then return nil, wrong, "config_error" end
  checked.is_recorded = true -- so no secret has to be there
  checked.base_url, wrong = api.base(checked.hostname)
  if wrong then return document.fail(path or "the recording", wrong) end
  return checked
end

local function from_recording(path)
  local replayed, address, code = recording.replay(path)
  if not replayed then return nil, address, code end
  return resolve.recorded(nil, address, path)
end

---@param options table
---@return table? config as of config.read
---@return string? message
---@return string? failure_type
function resolve.find(options)
  if options.config then return config.read(options.config) end
  if options.replay then return from_recording(options.replay) end
  return from_environment()
end

---A message, with the variables of the fields that it is about, where the configuration comes from the environment.
---@param message string
---@param fields string[]?
---@param options table
---@return string
function resolve.explain(message, fields, options)
  if options.config or options.replay then return message end
  local variables, named = api.environment().variables, {}
  for _, field in ipairs(fields or {}) do
    if variables[field] then named[#named + 1] = ("%s is %s"):format(field, variables[field]) end
  end
  return named[1] and ("%s (in the environment, %s)"):format(message, table.concat(named, ", ")) or message
end

return resolve
