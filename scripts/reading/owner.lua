-- Whose a state is: the host, and what of the configuration is part of the stream's path.
local default_api = require "api.default"
local narrowing = require "stream.narrowing"

local owner = {}

---@param stream stream
---@param config table
---@return table<string, string>
function owner.of(stream, config)
  local here = { host = (config.configured_url or config.base_url):match "^%a+://([^/]*)" }
  for name in (stream.path or ""):gmatch "{([%w_]+)}" do here[name] = config[name] end
  for name, value in pairs(narrowing.of(stream, config)) do here[name] = value end
  return here
end

-- A list that is narrowed in another way is another list, of which no page token says the same.
local function differ(here, given)
  for name, value in pairs(here) do
    local same = given[name] == value
      or name == "host" and type(given.host) == "string" and default_api.share_states(given.host, value)
    if not same then return true end
  end
  for name in pairs(given) do
    if here[name] == nil and narrowing.has(name) then return true end
  end
  return false
end

---May a state be taken here? Warns where it may not: the stream is then read as if there were none.
---@param here table<string, string>
---@param given table<string, string>? whose the state says that it is; a peer's names none, and is taken
---@param log {log: fun(self: table, level: string, message: string)}
---@return boolean
function owner.admits(here, given, log)
  if given and here and differ(here, given) then
    log:log("WARN", "the state is of another host, organization, project or filter; the stream is read afresh")
    return false
  end
  return true
end

return owner
