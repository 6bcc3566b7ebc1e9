--- A second API for specs, none of Sentry's: see other_api.py.
local python_server = require "spec.support.python_server"

local other_api = {}

---@class OtherApi
---@field url string ends with /v1/
---@field asked fun(): string[] the requests so far: path and query
---@field stop fun()

--- Starts it.
---@param log string the path of a file to be made
---@return OtherApi
function other_api.start(log)
  local port, stop = python_server.start("other_api.py", log)
  local api = { url = ("http://127.0.0.1:%d/v1/"):format(port), stop = stop }
  function api.asked()
    local list = {}
    local file = io.open(log, "r")
    if not file then return list end
    for line in file:lines() do list[#list + 1] = line end
    file:close()
    return list
  end
  return api
end

--- What a config needs for it.
---@param api OtherApi
---@return table
function other_api.secrets(api)
  return { secrets = { { name = "knowledge_base", value = "sesame-1234", host = api.url:match "^%a+://[^/]+" } } }
end

return other_api
