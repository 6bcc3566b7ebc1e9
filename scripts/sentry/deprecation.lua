-- What Sentry says of endpoints that are to go: on their good answers, and on the 410 of a brown-out, a time of minutes in
-- which such an endpoint answers as it will for ever.
local refusal = require "api.refusal"

---@param response response
---@return string? words since when, and what is named in its place; nil: the endpoint is not to go
return function(response)
  local date, path = response:header "X-Sentry-Deprecation-Date", response:header "X-Sentry-Replacement-Endpoint"
  if not date and not path then return nil end
  return refusal.excerpt(("%s%s%s"):format(path and "it names " .. path .. " in its place" or "", date and path and "; " or "",
    date and "deprecated as of " .. date or ""))
end
