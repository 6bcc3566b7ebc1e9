-- Requests to an API, with their retries and checks. The API's own script knows its headers and words; nothing here does.
local airbyte = require "airbyte"
local clock = require "clock"
local counted = require "lib.counted"
local http = require "http"
local json = require "json"
local merged = require "lib.merged"
local refusal = require "api.refusal"
local retry = require "api.retry"
local tasks = require "tasks"
local url = require "lib.url"

---@class client
---@field api table the API's script
---@field config table
---@field attempts integer of each request, other than for limits
---@field base number seconds: the first wait for another attempt
---@field patience number seconds for which a limit may go on after its first end
---@field outage_patience number seconds for which a server that has given good responses may fail
---@field brown_outs integer how often an endpoint that is gone for a time is waited for
---@field haste {spent: boolean?, on: boolean?} of all that asks in its name. spent: a server's failure outlasted all attempts;
---on: others are not waited for as long (client:hurry)
---@field custom boolean? its paths are the user's: where one is not found, it may be wrong
---@field blamed string[]? fields of the configuration that the last request failed by, likely; nil: it did not
---@field heard_at integer? us: when the last response came
---@field causes table<string|integer, boolean>? codes and statuses for which a wait was told; nil: each wait is told
---@field stats {requests: integer, bytes: integer, retries: integer, waits: integer, waited: number, needless: integer,
---nulls: integer}
---needless: prefetched, and not wanted; nulls: rows that the server could not write
local client = {}
client.__index = client

-- Failures that no attempt on another day mends: the configuration is wrong, or we are.
local kinds = {
  tls = "config_error", scheme = "config_error", redirect = "config_error", refused = "config_error",
  no_paging = "config_error", login = "config_error", no_times = "config_error",
  no_range = "config_error", bodiless = "config_error", bad_row = "system_error", changed = "system_error",
  too_large = "system_error", too_many = "system_error", too_deep = "system_error", failed = "system_error",
}
local ERROR_TEXT = 64 << 10 -- bytes of an error's body that are looked at; no more come over the network
local advice = {
  too_large = "; --max-body sets the limit",
  redirect = "; if that is the server meant, put it into hostname",
}

---@param api table
---@param config table
---@param options table see command_line.options
---@param stream string? its name, for messages
---@return client
function client.new(api, config, options, stream)
  if api.limits then http.limits(config.base_url, api.limits) end
  if api.limits and config.configured_url then http.limits(config.configured_url, api.limits) end
  return setmetatable({
    api = api,
    config = config,
    debug = options.debug,
    stream = stream,
    attempts = options.retry_attempts or 6,
    base = options.retry_base or 1,
    patience = options.rate_limit_patience or 600,
    outage_patience = options.outage_patience or options.retry_attempts and 0 or 180, -- who sets the attempts has that many
    brown_outs = options.brown_outs or 6,
    haste = {},
    causes = options.brief and {} or nil,
    stats = { requests = 0, bytes = 0, retries = 0, waits = 0, waited = 0, needless = 0, nulls = 0 },
  }, client)
end

function client:log(level, message)
  airbyte.log(level, (self.stream and self.stream .. ": " or "") .. message)
end

local function query_text(query)
  local text = url.encode_fields(query or {})
  return text ~= "" and "?" .. text or ""
end

-- The configured host answers by itself what the server that it led to does not.
local function base_of(self, path)
  local configured = self.config.configured_url
  return configured and self.api.is_central and self.api.is_central(path) and configured or self.config.base_url
end

-- A path is below the base; one that begins with a slash is below the host.
local function address_of(self, path)
  local base = base_of(self, path)
  return (path:find "^/" and base:match "^%a+://[^/]*" or base) .. path
end

-- How messages name a request. No secret is in it: a token goes into a header, and messages are masked. A cursor in it is
-- the server's, and may be long.
function client:request(path, query, method)
  return refusal.excerpt(("%s %s%s"):format(method or "GET", address_of(self, path), query_text(query)))
end

-- Is each request reported? If not, good ones need no text.
function client:reports() return self.debug or self.observe end

-- `value` is what was made of a good response; `observe` (try/tracer.lua) sees each request of a stream that is tried, and
-- `sending` is called before it, and raises where no more are wanted.
function client:report(request, response, message, rows, value)
  if self.observe then self.observe(request, response, message, rows, value) end
  if not self.debug then return end
  if not response then return self:log("DEBUG", ("%s: %s"):format(request, message)) end
  self:log("DEBUG", ("%s: %d, %s%s, %d ms%s"):format(request, response.status,
    counted(response.bytes, "byte"), rows and ", " .. counted(rows, "row") or "", response.ms, message and ": " .. message or ""))
end

---@class outcome what one attempt came to
---@field response table?
---@field value any? what `accept` made of it
---@field message string?
---@field failure_type string?
---@field again boolean? another attempt may succeed
---@field status integer? of a response that is not good
---@field scope string? what the token needs for what was refused
---@field absent boolean? the server does not have this list, whatever the token
---@field smaller integer? the page size that the server demands
---@field limited boolean? a limit of the server's refused it
---@field at_once boolean? without a wait
---@field brown_out boolean? the endpoint is gone, perhaps for a time only
---@field code string? of the HTTP module, or of a page that is none
---@field blamed string[]? the fields of the configuration that it is likely about

local function no_response(self, request, message, code)
  self:report(request, nil, message)
  return {
    message = ("%s: %s (%s)%s"):format(request, message, code, advice[code] or ""), code = code,
    failure_type = kinds[code] or "transient_error", again = retry.of_code(code),
    blamed = self.api.blamed and self.api.blamed[code],
  }
end

-- Over plain http a proxy's own error looks like the server's.
local function is_gateways(response, config)
  local status = response.status
  return status >= 502 and status <= 504 and (config.proxy or "") ~= "" and config.base_url:find "^http:" ~= nil
end

-- The server says that an endpoint is to go: told once a stream.
local function note_deprecation(self, request, response)
  if self.deprecation_told or not self.api.deprecation then return end
  local words = self.api.deprecation(response)
  if not words then return end
  self.deprecation_told = true
  self:log("WARN", ("%s: the server is going to give up this endpoint; %s"):format(self:request(request.path), words))
end

local function refused(self, request, response, scope)
  local text, unreadable = response:text(ERROR_TEXT)
  text = text or unreadable
  if self.api.scope then scope = self.api.scope(scope, response, text) end
  local message, kind = self.api.explain(response, text, scope, self.custom)
  if is_gateways(response, self.config) then message = message .. "; the proxy may have answered so in its place" end
  self:report(request, response, message)
  local status, statuses = response.status, self.api.statuses
  local limited = retry.is_limit(response, self.api.limits_by_403)
  local retried = statuses and statuses.retry[status] or limited
  local absent = self.api.absent and self.api.absent(response, text)
  local brown_out = status == 410 and self.api.deprecation and self.api.deprecation(response) ~= nil
  return {
    response = response, status = status, scope = scope, failure_type = retried and "transient_error" or kind,
    brown_out = brown_out or nil, limited = limited, absent = absent or nil,
    message = ("%s; the request was %s"):format(message, request),
    smaller = status == 400 and self.api.smaller_page(text) or nil,
    again = retried or retry.of_status(status) or brown_out, blamed = self.api.blamed and self.api.blamed[status],
  }
end

local function send(self, request, early)
  if self.sending then self.sending() end
  local sends = request.sends
  self.stats.requests = self.stats.requests + 1
  return http.request {
    url = address_of(self, request.path), query = request.query, endpoint = request.endpoint or request.path, early = early,
    headers = merged(self.api.headers(self.config), sends and sends.headers), method = sends and sends.method,
    auth = self.api.auth and self.api.auth(self.config), body = sends and sends.body, once = sends and not sends.repeatable,
    stream = request.stream, framed = request.framed,
  }
end

local function name_of(self, request)
  return self:request(request.path, request.query, request.sends and request.sends.method)
end

---Sends a request before it is needed: a task, for `prefetched` of fetch.
---@param request request
---@return table task
function client:prefetch(request)
  return tasks.spawn(send, self, request, true)
end

---How many requests to an endpoint may go out now, and how many at once at the most, as far as is known.
---@param endpoint string
---@param method string? default: GET
---@return integer slots
---@return integer max
function client:slots(endpoint, method)
  return http.slots(base_of(self, endpoint), endpoint, method)
end

-- The whole response; `on_headers` sees its headers as soon as they are there.
local function response_to(self, request, prefetched)
  local response, message, code
  if request.stream then
    response, message, code = send(self, request)
    if not response or retry.is_good(response.status) then return response, message, code end
    return response:wait()
  elseif prefetched then
    response, message, code = prefetched:join()
  else
    response, message, code = send(self, request, request.on_headers ~= nil)
  end
  if not response then return nil, message, code end
  if request.on_headers and retry.is_good(response.status) then request.on_headers(response) end
  return response:wait()
end

-- One attempt, as an `outcome`.
local function attempt(self, request, prefetched)
  local lacking = self.api.lacking and self.api.lacking(self.config)
  if lacking then return { message = lacking, failure_type = "config_error" } end
  local response, message, code = response_to(self, request, prefetched)
  self.stats.requests = self.stats.requests + http.logins()
  if response then self.heard_at = clock.now() end
  if not response then return no_response(self, name_of(self, request), message, code) end
  self.stats.bytes = self.stats.bytes + response.bytes
  if not retry.is_good(response.status) then
    return refused(self, name_of(self, request), response, request.scope)
  end
  note_deprecation(self, request, response)
  local value, why, detail = request.accept(response)
  if value and not self:reports() then return { response = response, value = value } end
  local name = name_of(self, request)
  self:report(name, response, why, value and detail, value)
  if value then return { response = response, value = value } end
  return {
    message = ("%s: %s%s"):format(name, why, advice[detail] or ""), code = detail,
    failure_type = kinds[detail] or "transient_error", again = retry.of_page(detail) or request.stream and retry.of_code(detail),
  }
end

---@class request
---@field path string below the API's base; with a slash before it, below the host
---@field query table?
---@field accept fun(response): any?, string?, string|integer|nil makes a value of a good response, with a note and the
---number of rows for the log; or nil, message, code
---@field scope string? what the token needs, for messages
---@field endpoint string? what its limits are counted by; default: the path
---@field on_headers (fun(response))? sees the headers of each good response before its body has come
---@field replaceable boolean? another list is asked in its place at once where it is gone
---@field stream boolean? `accept` sees the response once its headers are there, and takes its body piece by piece
---@field prefetched table? the task that sent this very request before
---@field sends outgoing? method, headers and body; nil: a GET

local NOT_SENT = { dns = true, connect = true, tls = true, proxy = true }
local ONCE = "; it is not sent again, as the server may have done what it says; `idempotent = true` says that it may be"

-- What a server may have done already is sent again only where it surely was not done: it never came, or a limit refused it.
local function keep_once(request, outcome)
  if not outcome.again or not request.sends or request.sends.repeatable then return end
  if outcome.limited or NOT_SENT[outcome.code] then return end
  outcome.again, outcome.message = false, outcome.message .. ONCE
end

local RENEWED = "%s: the server takes the login's token no longer (status 401), so it is logged in anew"

-- A 401 may mean that a login's token has ended before its time: the login is made again for the next attempt, once.
local function renews(self, request, outcome, renewed)
  local expired = self.api.logs_in and outcome.status == 401
  if expired and not renewed then
    outcome.again, outcome.at_once = true, true
    outcome.message = RENEWED:format(name_of(self, request))
  end
  return renewed or expired
end

---One of many lists could not be read, and the rest is. Where the server failed for it until all attempts were spent, it may
---well fail for others, which are then asked for a second time only: the stream ends INCOMPLETE anyway.
function client:hurry()
  if not self.haste.spent or self.haste.on then return end
  self.haste.on = true
  self:log("WARN", "the server failed until all attempts were spent; where it fails for others, they are tried twice")
end

---Sends a request until there is a response that `accept` takes, or no sense in another attempt.
---@param request request
---@return any? value
---@return string? message
---@return string? failure_type
---@return outcome outcome the last attempt
function client:fetch(request)
  local attempts = retry.new(self)
  local prefetched, renewed = request.prefetched, false
  while true do
    local outcome = attempt(self, request, prefetched)
    prefetched = nil
    self.blamed = outcome.blamed
    if outcome.value then return outcome.value, nil, nil, outcome end
    keep_once(request, outcome)
    self.last_message = outcome.message
    if outcome.brown_out and request.replaceable then outcome.again = false end
    renewed = renews(self, request, outcome, renewed)
    local seconds, enough = attempts:seconds(outcome)
    if not seconds then
      self.haste.spent = self.haste.spent or outcome.again and (outcome.status or 0) >= 500
      return nil, outcome.message .. (enough and " (" .. enough .. ")" or ""), outcome.failure_type, outcome
    end
    attempts:wait(seconds, outcome)
  end
end

---The JSON document of a response: what `accept` of a request can be.
---@param response response
---@return any? document
---@return string? message
---@return string? code
function client.decode(response)
  local text, why, code = response:text()
  if not text then return nil, why, code end
  local document, wrong, malformed = json.decode(text)
  if not malformed then return document end
  return nil, text:find "^%s*<" and "an HTML page came instead of the API's response" or wrong, malformed
end

---Fetches a JSON document.
---@param template string a path with `{placeholders}`, filled from the config
---@param query table?
---@param scope string?
---@param accept (fun(response: response): any?, string?, string?)? in place of client.decode
function client:document(template, query, scope, accept)
  local path, missing = url.fill(template, self.config)
  if not path then return nil, missing, "config_error", {} end
  return self:fetch { path = path, query = query, scope = scope, endpoint = template, accept = accept or client.decode }
end

return client
