-- What a 401 says of the token's user, where Sentry gives a code because it is not the token itself that is wrong; and a 403 of
-- what is switched off.
local json = require "json"
local refusal = require "api.refusal"

local INTEGRATION = "the token of an internal integration, which is no user's, needs none of this"

-- By the code, and by the words of what has none.
local codes = {
  ["sso-required"] = "wants the token's user to sign in by the organization's single sign-on; do so once in a browser%s. "
    .. "It is required again from time to time; " .. INTEGRATION,
  ["2fa-required"] = "wants the token's user to have two-factor authentication, which the organization requires; set it up "
    .. "under User Settings > Account > Security; " .. INTEGRATION,
  ["member-disabled-over-limit"] = "has disabled the account of the token's user, because the organization has more members "
    .. "than its plan allows; an owner must free a seat or change the plan. A new token of that user does not help; "
    .. INTEGRATION,
}
local INACTIVE = "knows the token's user as inactive or deleted; make a token of another user, or of an internal integration, "
  .. "and put it into auth_token"
local OFF = "has this switched off, for the project, the organization or its plan; no scope of a token helps"
local UNKNOWN = "does not let the token's user in, and gives the code '%s' for it; see in a browser what it wants of that user"

-- Where a browser is led to, when the server names a place of its own.
local function place_of(detail, response)
  local extra = type(detail.extra) == "table" and detail.extra or {}
  local path = extra.loginUrl
  if type(path) ~= "string" or not path:find "^/[%w]" then return "" end
  return " at " .. refusal.excerpt(response.url:match "^%a+://[^/]*" .. path, 200)
end

---@param response response
---@param text string its body
---@return string? words what the server does, after its name; nil: the token itself is wrong
return function(response, text)
  if response.status ~= 401 and response.status ~= 403 then return nil end
  local body = json.decode(text)
  if response.status == 403 then return type(body) == "table" and body.error_type == "unavailable_feature" and OFF or nil end
  local detail = type(body) == "table" and body.detail
  if type(detail) == "string" and detail:find "^User inactive or deleted" then return INACTIVE end
  local code = type(detail) == "table" and detail.code
  if type(code) ~= "string" then return nil end
  if codes[code] then return (codes[code]:gsub("%%s", function() return place_of(detail, response) end)) end
  return UNKNOWN:format(refusal.excerpt(code, 60))
end
