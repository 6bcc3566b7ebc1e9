-- What the configuration holds for streams of the user's own: their scripts, and secrets for the hosts that they ask.
local allowed_hosts = require "allowed_hosts"
local document = require "config.document"
local json = require "json"
local secrets = require "secrets"
local stream_scripts = require "stream_scripts"

local custom = {}

local A_HOST = "a host such as api.example.com, or an origin such as http://10.0.0.1:8080"

local function is_list(value) return type(value) == "table" and (value[1] ~= nil or next(value) == nil) end

local function hosts_of(value, where)
  if value == nil or value == json.null then return {} end
  if not is_list(value) then return nil, ("%s.hosts must be a list of hosts, and is %s"):format(where, document.kind(value)) end
  for i, host_name in ipairs(value) do
    local granted = type(host_name) == "string" and allowed_hosts.grant { host_name }
    if not granted then return nil, ("%s.hosts[%d] must be %s"):format(where, i - 1, A_HOST) end
  end
  return value
end

local function check_texts(given, names, where, known)
  if type(given) ~= "table" then return where .. " must be an object, and is " .. document.kind(given) end
  for _, name in ipairs(names) do
    if type(given[name]) ~= "string" or given[name] == "" then
      local meant = document.misspelt(name, given, known or names)
      return ("%s.%s must be a non-empty string, and %s%s"):format(where, name, document.found(given[name]),
        meant and ("; is '%s' meant for it?"):format(meant) or "")
    end
  end
end

local function methods_of(value, where)
  if value == nil or value == json.null then return nil end
  if not is_list(value) then
    return nil, ("%s.methods must be a list of methods, and is %s"):format(where, document.kind(value))
  end
  for i, method in ipairs(value) do
    if type(method) ~= "string" or not allowed_hosts.allow { method } then
      return nil, ("%s.methods[%d] must be POST, PUT, PATCH or DELETE"):format(where, i - 1)
    end
  end
  return value
end

local STREAM_KEYS = { "name", "script", "hosts", "methods" }

local function check_stream(given, where, taken)
  local wrong = check_texts(given, { "name", "script" }, where, STREAM_KEYS)
  if wrong then return nil, wrong end
  for _, name in ipairs { "hosts", "methods" } do
    local meant = document.misspelt(name, given, STREAM_KEYS)
    if meant then return nil, ("%s has no field '%s'; is '%s' meant?"):format(where, meant, name) end
  end
  if not given.name:find "^[%w_-]+$" or #given.name > 100 then
    return nil, ("%s.name '%s' must be of letters, digits, _ and -, 100 at most"):format(where, given.name)
  end
  if taken[given.name] then
    return nil, ("%s.name '%s' is the name of %s; choose another"):format(where, given.name, taken[given.name])
  end
  local hosts, no_host = hosts_of(given.hosts, where)
  if not hosts then return nil, no_host end
  local methods, no_method = methods_of(given.methods, where)
  if no_method then return nil, no_method end
  return { name = given.name, script = given.script, hosts = hosts, methods = methods }
end

---Streams of the user's own, as scripts in the configuration: `custom_streams`.
---@param value any
---@return {name: string, script: string, hosts: string[]}[]? streams
---@return string? message
function custom.streams(value)
  if value == nil then return {} end
  if not is_list(value) then return nil, "custom_streams must be a list, and is " .. document.kind(value) end
  local taken, list = {}, {}
  for name in pairs(select(3, stream_scripts.list()) or {}) do taken[name] = "a shipped stream" end
  for i, given in ipairs(value) do
    local one, wrong = check_stream(given, ("custom_streams[%d]"):format(i - 1), taken)
    if not one then return nil, wrong end
    taken[one.name], list[i] = "another entry", one
  end
  return list
end

---Secrets for other hosts than the configured one: `secrets`. Each is granted to its host alone, and known by its handle.
---@param value any
---@return table<string, string>? handles by name
---@return string? message
function custom.secrets(value)
  if value == nil then return {} end
  if not is_list(value) then return nil, "secrets must be a list, and is " .. document.kind(value) end
  local handles = {}
  for i, given in ipairs(value) do
    local where = ("secrets[%d]"):format(i - 1)
    local wrong = check_texts(given, { "name", "value", "host" }, where)
    if wrong then return nil, wrong end
    if handles[given.name] then
      return nil, ("%s.name '%s' is the name of another one; choose another"):format(where, given.name)
    end
    local origin = given.host:find("://", 1, true) and given.host or "https://" .. given.host
    if not allowed_hosts.grant { given.host } or not secrets.grant(given.value, origin, given.name) then
      return nil, ("%s.host must be %s"):format(where, A_HOST)
    end
    handles[given.name] = given.value
  end
  return handles
end

return custom
