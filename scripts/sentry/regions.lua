-- sentry.io keeps each organization in one region, which a server of its own answers for. sentry.io itself passes most requests
-- on. What is found out about the configured organization's stands in region.lua.
local regions = {}

local function host_of(address) return (address:match "^%a+://([^/:?#]+)" or ""):lower() end

---The domain that sentry.io and its regions are of.
regions.domain = "sentry.io"

---Is this sentry.io, or below it?
---@param address string
---@return boolean
function regions.is_hosted(address)
  local host = host_of(address)
  return host == regions.domain or host:find "%.sentry%.io$" ~= nil
end

---What else an organization or a token that is not known may be; empty where there are no regions.
---@param address string that was asked
---@return string
function regions.hint(address)
  if not regions.is_hosted(address) then return "" end
  local other = host_of(address) == "de.sentry.io" and "us" or "de"
  return (", or of another region, such as https://%s.sentry.io"):format(other)
end

---Do both addresses have the same host?
---@param one string
---@param other string
---@return boolean
function regions.is_same(one, other) return host_of(one) == host_of(other) end

-- Written without a port, or anything else.
local function is_name(host)
  return not host:find "[^%w.-]" and regions.is_hosted("https://" .. host)
end

---Is a state of the one host of the other, too? An organization's slug is of one organization in all regions.
---@param one string as a state has it
---@param other string
---@return boolean
function regions.share_states(one, other)
  return one == other or is_name(one) and is_name(other)
end

-- What sentry.io answers by itself, and no region does: paths as its own pages tell them apart (controlsiloUrlPatterns.ts of
-- getsentry/sentry). The list of organizations is there, too, but has those of one region alone.
local OF_CENTRE = {
  "^$", "^organizations/$", "^organizations/[^/]+/audit%-logs/$", "^organizations/[^/]+/integrations/$",
  "^organizations/[^/]+/integrations/[^/]+/$", "^organizations/[^/]+/sentry%-apps/$", "^organizations/[^/]+/region/$",
  "^organizations/[^/]+/sentry%-app%-installations/$", "^organizations/[^/]+/sentry%-app%-components/$",
  "^organizations/[^/]+/api%-keys/", "^organizations/[^/]+/org%-auth%-tokens/", "^sentry%-apps/",
  "^sentry%-app%-installations/[^/]+/$", "^api%-tokens/", "^api%-applications/", "^users/$", "^users/[^/]+/$",
  "^users/[^/]+/regions/$", "^users/[^/]+/emails/", "^users/[^/]+/identities/", "^users/[^/]+/notification", "^auth/",
  "^doc%-integrations/", "^integration%-features/",
}

---Does sentry.io answer this path itself, and no region as well as it?
---@param path string below the base, or with /api/0/ before it
---@return boolean
function regions.is_central(path)
  local below = path:gsub("^/api/0/", ""):gsub("%?.*$", "")
  for _, pattern in ipairs(OF_CENTRE) do
    if below:find(pattern) then return true end
  end
  return false
end

return regions
