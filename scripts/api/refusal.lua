-- Words for a response that refuses a request, the same for every API.
local json = require "json"
local retry = require "api.retry"

local refusal = {}

local SHOWN = 200 -- bytes of a body that is no JSON

---The message in an error's body.
---@param text string
---@return string
function refusal.detail(text)
  local body = json.decode(text)
  local detail = type(body) == "table" and (body.detail or body.message)
  if type(detail) == "table" then detail = detail.message or json.encode(detail) end
  if type(detail) == "string" then return detail end
  if text:find "^%s*<" then return "an HTML page" end
  if not text:find "%S" then return "an empty response" end
  return text:sub(1, SHOWN)
end

---@param response response
---@param text string its body
---@param words string? what the server does, after its name; default: it answered with an error
---@return string message
function refusal.message(response, text, words)
  return ("%s %s (status %d: %s)"):format(response.url:match "^%a+://([^/]*)", words or "answered with an error",
    response.status, refusal.detail(text))
end

---The failure type of a status for which an API has none of its own.
---@param status integer
---@return "transient_error"|"system_error"
function refusal.failure_type(status)
  return retry.of_status(status) and "transient_error" or "system_error"
end

return refusal
