-- How much a list of Sentry's holds, and how fast it is given, as far as its own answers do not tell before a read.
local regions = require "sentry.regions"

local volume = {}

local EVENTS = "projects/{organization}/{project}/events/"
local DAY, KEPT = 86400 * 1000000, 90 -- days for which errors are kept at the most
local FULL = 10 -- full events that hosted Sentry gives a page, whatever is asked for

---The most rows that a page will have; nil: as many as are asked for.
---@param path string the stream's
---@param params table its query
---@param address string the API's
---@return integer?
function volume.most_rows(path, params, address)
  return path:find "/events/$" and params.full == "true" and regions.is_hosted(address) and FULL or nil
end

---How long the windows of a list's limit are, in seconds: answers say only when one ends.
---@param path string the stream's
---@return integer
function volume.window(path) return path == EVENTS and 60 or 1 end

local function total_of(document)
  local sum = 0
  for _, group in ipairs(type(document) == "table" and type(document.groups) == "table" and document.groups or {}) do
    sum = sum + (type(group.totals) == "table" and tonumber(group.totals["sum(quantity)"]) or 0)
  end
  return math.floor(sum)
end

---How many records there are since a time, where that can be asked for in two requests: of a project's events.
---@param client client
---@param path string the stream's
---@param from integer? us; nil: of all
---@param now integer us
---@return integer? records nil: it is not known
function volume.count(client, path, from, now)
  if path ~= EVENTS then return nil end
  local project = client:document("projects/{organization}/{project}/")
  local id = type(project) == "table" and project.id
  if type(id) ~= "string" then return nil end
  local days = from and math.max((now - from) // DAY + 1, 1) or KEPT
  local counted = client:document("organizations/{organization}/stats_v2/", { project = id, category = "error",
    outcome = "accepted", field = "sum(quantity)", groupBy = "outcome", interval = "1d",
    statsPeriod = math.min(days, KEPT) .. "d" })
  local records = total_of(counted)
  return records > 0 and records or nil
end

return volume
