-- The configuration, with the keys that platforms hold already: read without its secrets, checked field by field.
local airbyte = require "airbyte"
local api = require "api.default"
local clock = require "clock"
local command_line = require "command_line"
local custom = require "config.custom_streams"
local described = require "config.described_streams"
local document = require "config.document"
local http = require "http"
local json = require "json"
local period = require "stream.period"
local recording = require "recording"
local resources = require "resources"
local secrets = require "secrets"
local set_of = require "lib.set_of"
local shard = require "config.shard"
local stream_scripts = require "stream_scripts"
local suggest = require "lib.suggest"

local LEAST_SHARE = 0.001 -- of a limit: with none a shard would wait for ever

local config = {}

local found = document.found

local function text_field(name, required)
  return function(value)
    if value == nil and not required then return nil end
    if type(value) == "string" and (value ~= "" or not required) then return value end
    return nil, ("%s must be a%s string, and %s"):format(name, required and " non-empty" or "", found(value))
  end
end

local flaws = {
  quoted = "stands in quotes; put it there without them",
  bearer = "begins with 'Bearer ', which goes before it anyway; put the token there alone",
  marked = "begins with a byte order mark; put the token there alone",
  blank = "has a blank or a line break in it, which no token has",
  address = "is an address, and no token",
}

-- A server would only say that it does not know such a token.
local function token_field(value)
  local checked, wrong = text_field("auth_token", true)(value)
  if not checked then return nil, wrong end
  local flaw = secrets.flaw(checked)
  if not flaw then return checked end
  return nil, "auth_token " .. (api.token_flaws[flaw] or flaws[flaw])
end

local function number_found(value) return math.type(value) and ("%.14g"):format(value) or document.kind(value) end

local function integer_field(name, default, least, most)
  return function(value)
    if value == nil then return default end
    if math.type(value) and value == math.floor(value) and value >= least and value <= most then return math.floor(value) end
    return nil, ("%s must be a whole number from %d to %d, and is %s"):format(name, least, most, number_found(value))
  end
end

local function flag_field(name)
  return function(value)
    if value == nil or type(value) == "boolean" then return value or false end
    return nil, ("%s must be true or false, and is %s"):format(name, document.kind(value))
  end
end

local function share_field(value)
  if value == nil or type(value) == "number" and value >= 0.1 and value <= 1 then return value end
  return nil, "rate_share must be a number from 0.1 to 1, and is " .. number_found(value)
end

local function start_date(value)
  if value == nil or value == "" then return nil end
  if type(value) == "string" and clock.parse(value) then return value end
  return nil, "start_date must be a time such as 2026-01-31T00:00:00Z"
    .. (type(value) == "table" and ", one that holds for all streams" or "")
end

local FUTURE = "%s: start_date %s lies in the future, so no record of a stream with times is read"

local function is_future(start) return start ~= nil and clock.parse(start) > clock.now() end

-- One of some words, the first where none is given.
local function choice(name, ...)
  local words = { ... }
  return function(value)
    if value == nil then return words[1] end
    for _, word in ipairs(words) do
      if value == word then return value end
    end
    return nil, ("%s must be '%s' or '%s'"):format(name, table.concat(words, "', '", 1, #words - 1), words[#words])
  end
end

-- The streams that a person may name: those that are there, and those that stand in the configuration.
local function stream_names(given)
  local streams = stream_scripts.list() or {}
  for _, one in ipairs(type(given.custom_streams) == "table" and given.custom_streams or {}) do
    if type(one) == "table" then streams[#streams + 1] = one.name end
  end
  return streams
end

local INCLUDED = "include_secrets must be a list of streams, such as \"project_keys\", of their members, such as "
  .. "\"project_keys.secret\", or of '%s'"

-- Members of records that go out although they hold secrets.
local function included_secrets(value, given)
  if value == nil then return {} end
  local members, streams = set_of(api.secret_members), nil
  for key, name in pairs(type(value) == "table" and value or { false }) do
    local stream = math.type(key) == "integer" and type(name) == "string" and name:match "^[^.]*"
    if not stream then return nil, INCLUDED:format(table.concat(api.secret_members, "', '")) end
    streams = streams or stream_names(given)
    if not members[name] and not set_of(streams)[stream] then
      return nil, ("include_secrets names '%s', which is no stream%s"):format(stream, suggest.hint(stream, streams))
    end
  end
  return value
end

local function excluded_projects(value)
  if value == nil then return {} end
  for key, name in pairs(type(value) == "table" and value or { false }) do
    if math.type(key) ~= "integer" or type(name) ~= "string" or name == "" then
      return nil, "exclude_projects must be a list of slugs, which may hold * and ?"
    end
  end
  return value
end

local function environments(value)
  if value == nil then return {} end
  for key, name in pairs(type(value) == "table" and value or { false }) do
    if math.type(key) ~= "integer" or type(name) ~= "string" or name == "" then
      return nil, "environments must be a list of names, such as [\"production\"]"
    end
  end
  return value
end

local function any(value) return value end

local fields = {
  { "auth_token", token_field },
  { "hostname", text_field("hostname", false) },
  { "organization", text_field("organization", true) },
  { "project", text_field("project", false) },
  { "exclude_projects", excluded_projects },
  { "discover_fields", any },
  { "num_workers", integer_field("num_workers", 5, 1, 20) },
  { "start_date", start_date },
  { "lookback_minutes", integer_field("lookback_minutes", 10, 0, 10080) },
  { "ca_file", text_field("ca_file", false) },
  { "proxy", text_field("proxy", false) },
  { "custom_streams", custom.streams },
  { "explore", described },
  { "secrets", custom.secrets },
  { "text", choice("text", "as_sent", "clean") },
  { "rate_share", share_field },
  { "include_secrets", included_secrets },
  { "max_parents", integer_field("max_parents", nil, 1, 1000000000) },
  { "events_route", choice("events_route", "auto", "project", "issues") },
  { "refresh", period.choices },
  { "track_deletes", flag_field "track_deletes" },
  { "issue_query", text_field("issue_query", false) },
  { "environments", environments },
  { "release", text_field("release", false) },
}

local names = {}
for i, field in ipairs(fields) do names[i] = field[1] end

-- Streams of other APIs need none of these: a configuration with neither, nor misspelt, is for such streams alone.
local OF_DEFAULT_API = { auth_token = true, organization = true, project = true }

local function is_for_others(given)
  for name in pairs(OF_DEFAULT_API) do
    if given[name] ~= nil or document.misspelt(name, given, names) then return false end
  end
  if not command_line.options().custom_streams then return false end
  local _, files = stream_scripts.list()
  return type(given.custom_streams) == "table" and #given.custom_streams > 0
    or type(files) == "table" and next(files) ~= nil
end

-- Fields that are not ours are left as they are: a stream of a user's own may want them.
local function check_fields(path, given)
  recording.redact(api.secret_members) -- no request goes out without a configuration
  local checked, warnings = {}, {}
  for name, value in pairs(given) do
    if value ~= json.null then checked[name] = value end
  end
  checked.configured_url, checked.is_recorded = nil, nil -- they are ours, whatever stands there
  local for_others = is_for_others(checked)
  for _, field in ipairs(fields) do
    local name, check = field[1], field[2]
    if for_others and OF_DEFAULT_API[name] then check = any end
    local meant = document.misspelt(name, checked, names)
    local value, wrong = check(checked[name], checked)
    if name == "project" and value == nil and meant then wrong = "project is missing" end -- all would be read
    if wrong then
      local _, message = document.fail(path, wrong .. (meant and ("; is '%s' meant for it?"):format(meant) or ""))
      return nil, message, name
    end
    if meant then warnings[#warnings + 1] = ("%s: there is no field '%s'; is '%s' meant?"):format(path, meant, name) end
    checked[name] = value
  end
  if is_future(checked.start_date) then warnings[#warnings + 1] = FUTURE:format(path, checked.start_date) end
  for _, warning in ipairs(warnings) do airbyte.log("WARN", warning) end
  if recording.is_replayed() then checked.num_workers = 1 end -- what is read at once comes in another order each time
  return checked
end

---Checks what a configuration says, however it came.
---@param path string for messages
---@param given table
---@return table? config
---@return string? message
---@return string? field that is wrong
function config.check(path, given) return check_fields(path, given) end

-- How much of the server's limits is ours: of a token whose limits somebody shares by day, less than all.
local function share_of(checked)
  local kinds, prefixes = api.token_kinds, {}
  for prefix in pairs(kinds) do prefixes[#prefixes + 1] = prefix end
  local kind = checked.auth_token and kinds[secrets.prefix(checked.auth_token, prefixes)]
  return checked.rate_share or api.rate_shares[kind] or 1, kind
end

-- Does the token stay on this machine?
local function is_here(base)
  local host = base:match "^http://(%[[^%]]*%])" or base:match "^http://([^:/]*)"
  return host == "localhost" or host == "[::1]" or host:find "^127%.%d+%.%d+%.%d+$" ~= nil
end

-- Who exempts the host in the environment may expect that it is reached without the proxy.
local function use_proxy(proxy, base)
  local exempt, host = http.use_proxy(proxy) or "", base:match "^%a+://([^/:]+)" or base
  for name in exempt:gmatch "[^%s,]+" do
    local ending = name:gsub("^%*?%.", "")
    if name == "*" or host == ending or host:sub(-#ending - 1) == "." .. ending then
      airbyte.log("WARN", ("NO_PROXY names %s, but `proxy` of the configuration holds for each host; leave it out, and set "
        .. "https_proxy, to have both"):format(host))
    end
  end
end

-- Trust and proxy hold for all requests; the token may go to the configured host alone.
local function set_up(path, checked)
  local base, wrong = api.base(checked.hostname)
  if not base then return document.fail(path, wrong) end
  checked.base_url = base
  if base:find "^http:" and not is_here(base) then
    airbyte.log("WARN", "hostname asks for plain http: the token and all data travel unencrypted")
  end
  local unusable = ("hostname %s makes no usable address: %s"):format(checked.hostname, base)
  if checked.auth_token and not secrets.grant(checked.auth_token, base) then return document.fail(path, unusable) end
  http.workers(checked.num_workers)
  checked.rate_share, checked.token_kind = share_of(checked)
  checked.rate_share = math.max(checked.rate_share / shard.sharing(command_line.options()), LEAST_SHARE)
  if not http.share_limits(base, checked.rate_share, api.own_limits) then return document.fail(path, unusable) end
  if (checked.ca_file or "") ~= "" then http.trust(checked.ca_file) end
  if (checked.proxy or "") ~= "" then use_proxy(checked.proxy, base) end
  return checked
end

---Checks what a configuration says, and sets up HTTP for it.
---@param path string for messages
---@param given table
---@return table? config as of config.read
---@return string? message
---@return "config_error"? failure_type
---@return boolean? readable
---@return string? field that is wrong
function config.apply(path, given)
  local checked, wrong, field = check_fields(path, given)
  if not checked then return nil, wrong, "config_error", true, field end
  local ready, cannot = set_up(path, checked)
  if not ready then return nil, cannot, "config_error", true, "hostname" end
  return ready
end

---What a file says, unchecked, with handles in place of secrets.
---@param path string
---@return table? given
---@return string? message
---@return "config_error"? failure_type
function config.load(path)
  local text, message, unread = secrets.read(path, (resources.read "spec.json"))
  if not text then return document.fail(path, (unread == "malformed" and "is not JSON: " or "") .. message) end
  if not text:find "^%s*{" then return document.fail(path, "must be a JSON object") end
  return document.decode(path, text)
end

---Reads the file, and sets up HTTP for it. What a person should know although it can be read is logged.
---@param path string
---@return table? config with defaults, `base_url`, and handles in place of secrets
---@return string? message
---@return "config_error"? failure_type
---@return boolean? readable the file is a JSON object, but something in it is wrong
function config.read(path)
  local given, wrong, failure_type = config.load(path)
  if not given then return nil, wrong, failure_type end
  return config.apply(path, given)
end

return config
