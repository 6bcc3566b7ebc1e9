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
---@return string? region
---@return boolean? foreign it is not below sentry.io, so a token has nothing to do there
function regions.elsewhere(organization, address)
  local links = type(organization) == "table" and organization.links
  local region = type(links) == "table" and links.regionUrl
  if type(region) ~= "string" or not regions.is_hosted(address) or host_of(region) == host_of(address) then return nil end
  return region, not (regions.is_hosted(region) and region:find "^https://")
end

local ELSEWHERE = "the organization %s is of the region %s; put that into hostname, with a token that was made there"
local FOREIGN = "the organization %s says that it is of the region %s, which is not below https://sentry.io: nothing is sent "
  .. "there, and no token of sentry.io belongs there; check hostname"

---What to do where an organization is of another region: it is named, and never asked unless the configuration says so.
---@param name string the organization's
---@param region string
---@param foreign boolean?
---@return string
function regions.explain(name, region, foreign) return (foreign and FOREIGN or ELSEWHERE):format(name, region) end

return regions
