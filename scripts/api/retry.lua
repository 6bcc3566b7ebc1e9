-- When a request is sent again, and how long it waits until then: scripts know here alone what a limit means. Headers that
-- name limits are read in C (response:limits).
local airbyte = require "airbyte"
local clock = require "clock"
local http = require "http"
local tasks = require "tasks"

local LONGEST_WAIT = 60 -- seconds, where no limit is the reason
local BROWN_OUT = 60 -- first waits, in each of which an endpoint that is gone for a time may be back
local HURRIED = 2 -- attempts, where a stream is INCOMPLETE already by such a failure
local codes = { dns = true, connect = true, timeout = true, stall = true, cut = true, proxy = true, login_busy = true }
local statuses = { [408] = true, [429] = true }
-- A whole response without a page may be a proxy's, or a server's in trouble: sent again, like a cut one.
local pages = { malformed = true, not_rows = true, corrupt = true, no_next = true, said_errors = true }

---@class retry the attempts of one request
---@field client client
---@field attempts integer that failed, other than for a limit
---@field limits integer attempts that a limit refused
---@field limited_at integer? us: when the first of these limits was to end
---@field failed_at integer? us: when the first attempt failed, other than for a limit
---@field gone integer attempts that found an endpoint gone for a time
---@field announced boolean? that this goes on for longer than the attempts
local retry = {}
retry.__index = retry

---@param client client its options and stats are used
---@return retry
function retry.new(client)
  return setmetatable({ client = client, attempts = 0, limits = 0, gone = 0 }, retry)
end

---May a request without a response succeed when it is sent again?
---@param code string of the HTTP module
---@return boolean
function retry.of_code(code) return codes[code] == true end

---Was a response refused because it was too much?
---@param response response that is not good
---@param by_403 boolean? may the API say so with a 403?
---@return boolean?
function retry.is_limit(response, by_403)
  return (response.status ~= 403 or by_403) and response:limits().limited or nil
end

---Is a response good? A part of one (206) is not, as nobody asked for a part.
---@param status integer
---@return boolean
function retry.is_good(status) return status >= 200 and status < 300 and status ~= 206 end

---Is a good response one without content?
---@param status integer
---@return boolean
function retry.is_without_content(status) return status == 204 or status == 205 end

---@param status integer of a response that is not good
---@return boolean
function retry.of_status(status) return statuses[status] or status >= 500 end

---@param code string of what is no page
---@return boolean
function retry.of_page(code) return pages[code] == true end

-- Doubles each time, with jitter, so that streams which failed together do not return together.
local function backoff(self, attempt)
  return math.min(self.client.base * 2 ^ (attempt - 1), LONGEST_WAIT) * (0.5 + math.random())
end

-- Of a limited request; nil: for longer than anyone should wait. What counts is the time since the first limit was to
-- end: a server that always names a new end would hold us for ever.
local function after_limit(self, response)
  local seconds, patience, now = response:limits().retry_after, self.client.patience, clock.now()
  self.limited_at = self.limited_at or now + math.floor((seconds or 0) * 1e6)
  self.limits = self.limits + 1
  if now - self.limited_at > patience * 1e6 then return nil, ("limited for more than %g s"):format(patience) end
  if not seconds or seconds == 0 then return backoff(self, math.min(self.limits, 6)) end -- also of one that is past
  return seconds + math.random() * self.client.base
end

-- Endpoints that are to go are gone for some minutes at a time, and then back.
local function after_brown_out(self)
  local client = self.client
  if self.gone >= client.brown_outs then return nil, self.gone > 0 and ("asked %d times"):format(self.gone + 1) or nil end
  self.gone = self.gone + 1
  return BROWN_OUT * client.base
end

-- A server that is started anew refuses connections, or its proxy says 502 for it, for longer than the attempts last. At
-- first contact the address may as well be wrong.
local function is_outage(self, outcome)
  local client = self.client
  local down = outcome.code == "connect" or outcome.status and outcome.status >= 500
  return down and not client.haste.on and http.answered(client.config.base_url)
    and clock.now() - self.failed_at < client.outage_patience * 1e6
end

local function announce(self, outcome)
  if self.announced then return end
  self.announced = true
  self.client:log("WARN", ("%s; the server answered before, so it is asked for up to %g s (--outage-patience)"):format(
    outcome.message, self.client.outage_patience))
end

---Seconds until the next attempt.
---@param outcome outcome the last attempt
---@return number? seconds nil: there is none
---@return string? why there is none, where it is not the outcome alone
function retry:seconds(outcome)
  if not outcome.again then return nil end
  if outcome.at_once then return 0 end
  if outcome.brown_out then return after_brown_out(self) end
  if outcome.limited then return after_limit(self, outcome.response) end
  self.attempts = self.attempts + 1
  self.failed_at = self.failed_at or clock.now()
  if self.attempts >= (self.client.haste.on and math.min(HURRIED, self.client.attempts) or self.client.attempts) then
    if not is_outage(self, outcome) then
      return nil, self.attempts > 1 and ("asked %d times"):format(self.attempts) or nil
    end
    announce(self, outcome)
  end
  local after = outcome.response and outcome.response:limits().retry_after
  return math.max(after and math.min(after, LONGEST_WAIT) or 0, backoff(self, self.attempts))
end

-- A person who waits for check's table reads once why: what asks for the organization says it, not each stream.
local function is_news(client, outcome)
  if not client.causes then return true end
  local cause = outcome.code or outcome.status or outcome.message
  local known = client.stream or client.causes[cause]
  client.causes[cause] = true
  return not known
end

---Waits for the next attempt, and reports that: a limit to the platform too, which shows it.
---@param seconds number
---@param outcome outcome the last attempt
function retry:wait(seconds, outcome)
  local client = self.client
  local stats = client.stats
  stats.retries = stats.retries + 1
  if seconds > 0 then stats.waits, stats.waited = stats.waits + 1, stats.waited + seconds end
  if outcome.limited and airbyte.rate_limited and client.stream then
    airbyte.rate_limited(clock.now() + math.floor(seconds * 1e6))
  end
  if not outcome.limited and airbyte.waiting then
    airbyte.waiting(outcome.status and ("status %d"):format(outcome.status) or outcome.message, seconds)
  end
  if is_news(client, outcome) then client:log("INFO", ("%s; again in %.1f s"):format(outcome.message, seconds)) end
  tasks.sleep(seconds)
end

return retry
