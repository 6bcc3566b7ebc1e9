---@meta allowed_hosts

---@class allowed_hosts
local allowed_hosts = {}

---In a stream of the user's own: the hosts that its script names, once, before its first request. Whether they count,
---the process that runs it knows: those of a file do, those of a script in the configuration do not. Elsewhere they are
---only checked.
---@param hosts string[]
---@return true? done
---@return string? message
---@return "no_host"? code
function allowed_hosts.grant(hosts) end

---The same of the methods by which the script changes things at the configured host.
---@param methods ("POST"|"PUT"|"PATCH"|"DELETE")[]
---@return true? done
---@return string? message
---@return "no_method"? code
function allowed_hosts.allow(methods) end

return allowed_hosts
