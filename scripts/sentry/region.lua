-- The region of the configured organization: found out by its own document, and followed. C decides where the token may go.
local airbyte = require "airbyte"
local clients = require "api.client"
local clock = require "clock"
local http = require "http"
local merged = require "lib.merged"
local regions = require "sentry.regions"
local secrets = require "secrets"
local tasks = require "tasks"

local region = {}

---@class told what came of the request for the organization's own document
---@field found any?
---@field message string?
---@field status integer?
---@field scope string?
---@field code string?

-- Without its projects and teams, which may be megabytes.
local IN_SHORT = { detailed = "0" }

---Requests the organization's own document.
---@param client client
---@param query table?
---@return told
function region.ask(client, query)
  local found, message, _, outcome = client:document("organizations/{organization}/", query, "org:read")
  return { found = found, message = message, status = outcome.status, scope = outcome.scope, code = outcome.code }
end

---The region that an organization's own document names, where that is not the server that was asked.
---@param organization any
---@param address string that was asked
---@return string? region
---@return boolean? foreign it is no address below https://sentry.io, so a token has nothing to do there
function region.elsewhere(organization, address)
  local links = type(organization) == "table" and organization.links
  local named = type(links) == "table" and links.regionUrl
  if type(named) ~= "string" or not regions.is_hosted(address) then return nil end
  local foreign = not secrets.is_below(named, regions.domain)
  if not foreign and regions.is_same(named, address) then return nil end
  return named, foreign
end

local ELSEWHERE = "the organization %s is of the region %s; put that into hostname, with a token that was made there"
local FOREIGN = "the organization %s says that it is of the region %s, which is not below https://sentry.io: nothing is sent "
  .. "there, and no token of sentry.io belongs there; check hostname"
local SILENT = "the organization %s is of the region %s, which does not answer as it should (%s)"
local IN_ITS_PLACE = "%s; %s is asked in its place"
local UNKNOWN = "it is not known of which region the organization %s is (%s); %s is asked for all of it"

---What to do where an organization is of a region that is not followed.
---@param name string the organization's
---@param named string the region
---@param foreign boolean?
---@return string
function region.explain(name, named, foreign) return (foreign and FOREIGN or ELSEWHERE):format(name, named:sub(1, 200)) end

local TOLD_BY_STREAMS = { [401] = true, [404] = true }

local function origin_of(address) return (address:match "^%a+://[^/]*" or ""):lower() end

-- Only sentry.io and what is below it, by https and its port, is asked for a region at all.
local function may_have_region(config)
  return config.auth_token and not config.configured_url and secrets.is_below(origin_of(config.base_url), regions.domain)
end

-- In a recording there is no token that could go anywhere.
local function may_follow(config, named)
  if config.is_recorded then return secrets.is_below(named, regions.domain) end
  return secrets.widen(config.auth_token, named, regions.domain)
end

-- Briefly: without an answer, the configured host serves.
local function brief(config, options)
  return clients.new(require "sentry", config, merged(options, { retry_attempts = 1, outage_patience = 0,
    rate_limit_patience = 0 }))
end

-- Does the region know the same organization, by this token? A firewall may keep it away, and a new token come there late.
local function find_wrong(config, options, base, organization, seconds)
  local there = merged(config, { base_url = base })
  if not config.is_recorded then http.share_limits(base, config.rate_share, require "sentry".own_limits) end
  local told, _, late = tasks.spawn(region.ask, brief(there, options), IN_SHORT):join(seconds)
  if late == "timeout" then return ("no answer came within %g s"):format(seconds) end
  if not told.found then return told.message end
  local same = type(told.found) == "table" and told.found.id == organization.id
  return not same and "it knows another organization of that name" or nil
end

-- What is wrong with the region; nil: all goes there from now on.
local function follow(config, options, named, organization, seconds)
  local base = named:gsub("/$", "") .. config.base_url:match "^%a+://[^/]*(.*)$"
  local wrong = find_wrong(config, options, base, organization, seconds)
  if wrong then return SILENT:format(config.organization, named, wrong) end
  config.configured_url, config.base_url = config.base_url, base
end

---Finds out of which region the organization is, where the configured host is sentry.io or below it; from then on `base_url` is
---the region's, and `configured_url` what it was. A region that is not below sentry.io is named, and gets nothing.
---@param config table
---@param options table
---@param client client? that asks the configured host
---@param seconds number? for which the region is waited for
---@return told? told of the organization, where it was asked for
function region.settle(config, options, client, seconds)
  if not may_have_region(config) then return nil end
  local told = region.ask(client or brief(config, options), IN_SHORT)
  if not told.found and not (told.status and TOLD_BY_STREAMS[told.status]) and told.code ~= "replay" then
    airbyte.log("INFO", UNKNOWN:format(config.organization, told.message, origin_of(config.base_url)))
  end
  local named, foreign = region.elsewhere(told.found, config.base_url)
  if not named then return told end
  local may = not foreign and may_follow(config, named)
  local wrong = not may and region.explain(config.organization, named, foreign)
    or may and follow(config, options, named, told.found, seconds)
  if wrong then airbyte.log("WARN", IN_ITS_PLACE:format(wrong, origin_of(config.base_url))) end
  if client then client.heard_at = clock.now() end
  return told
end

return region
