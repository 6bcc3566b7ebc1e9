-- Words for a response that refuses a request, the same for every API.
local json = require "json"
local retry = require "api.retry"

local refusal = {}

local SHOWN = 200 -- bytes of a body that is no JSON
local MOST = 1000 -- bytes of a server's text in a message

---A server's text as a message has it: cut where it is long, between two characters.
---@param text string
---@param most integer? bytes
---@return string
function refusal.excerpt(text, most)
  most = most or MOST
  if #text <= most then return text end
  local stop = most
  while stop > most - 4 and text:byte(stop + 1) & 0xC0 == 0x80 do stop = stop - 1 end
  return text:sub(1, stop) .. " …"
end

---The message in an error's body.
---@param text string
---@return string
function refusal.detail(text)
  local body = json.decode(text)
  local detail = type(body) == "table" and (body.detail or body.message)
  if type(detail) == "table" then detail = detail.message or json.encode(detail) end
  if type(detail) == "string" then return refusal.excerpt(detail) end
  if text:find "^%s*<" then return "an HTML page" end
  if not text:find "%S" then return "an empty response" end
  return refusal.excerpt(text, SHOWN)
end

---What a refusal says of the address, or of what lies between, whatever the API: a proxy's 407, and a 400 where TLS was
---expected, which servers call HTTPS or SSL.
---@param response response
---@param text string its body
---@return string? words
---@return "config_error"? failure_type
function refusal.of_address(response, text)
  if response.status == 407 then
    return "is behind a proxy that wants a user and a password; a proxy with both is written "
      .. "http://user:password@host:port", "config_error"
  elseif response.status == 400 and response.url:find "^http:" and (text:find "HTTPS" or text:find "SSL%-enabled") then
    return "wants TLS at this port; its address begins with https://", "config_error"
  end
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
