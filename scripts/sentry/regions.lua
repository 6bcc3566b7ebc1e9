-- sentry.io keeps each organization in one region, and a token is of the region of its organization. sentry.io itself
-- passes most requests on.
local regions = {}

local function host_of(address) return (address:match "^%a+://([^/:?#]+)" or ""):lower() end

---Is this sentry.io, or below it?
---@param address string
---@return boolean
function regions.is_hosted(address)
  local host = host_of(address)
  return host == "sentry.io" or host:find "%.sentry%.io$" ~= nil
end

---What else an organization or a token that is not known may be; empty where there are no regions.
---@param address string that was asked
---@return string
function regions.hint(address)
  if not regions.is_hosted(address) then return "" end
  local other = host_of(address) == "de.sentry.io" and "us" or "de"
  return (", or of another region, such as https://%s.sentry.io"):format(other)
end

---The region that an organization's own document names, where that is not the server that was asked.
---@param organization any
---@param address string that was asked
---@return string?
function regions.elsewhere(organization, address)
  local links = type(organization) == "table" and organization.links
  local region = type(links) == "table" and links.regionUrl
  if type(region) ~= "string" or not regions.is_hosted(address) or not regions.is_hosted(region) then return nil end
  return host_of(region) ~= host_of(address) and region or nil
end

return regions
