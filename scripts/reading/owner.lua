-- Whose a state is: the host, and what of the configuration is part of the stream's path.
local owner = {}

---@param stream stream
---@param config table
---@return table<string, string>
function owner.of(stream, config)
  local here = { host = config.base_url:match "^%a+://([^/]*)" }
  for name in (stream.path or ""):gmatch "{([%w_]+)}" do here[name] = config[name] end
  return here
end

---May a state be taken here? Warns where it may not: the stream is then read as if there were none.
---@param here table<string, string>
---@param given table<string, string>? whose the state says that it is; a peer's names none, and is taken
---@param log {log: fun(self: table, level: string, message: string)}
---@return boolean
function owner.admits(here, given, log)
  for name, value in pairs(given and here or {}) do
    if given[name] ~= value then
      log:log("WARN", "the state is of another host, organization or project; the stream is read afresh")
      return false
    end
  end
  return true
end

return owner
