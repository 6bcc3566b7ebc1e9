-- One API, asked patiently: requests with their retries, waits and checks. What an API's headers and words mean, its
-- own script says (sentry.lua); nothing here knows one.
local airbyte = require "airbyte"
local clock = require "clock"
local http = require "http"
local tasks = require "tasks"
local url = require "lib.url"

---@class client
---@field api table the API's script
---@field config table
---@field options table attempts, base and patience, in seconds
---@field own boolean? what it asks for was put down by the user: where it is not found, that may be wrong
---@field stats {requests: integer, bytes: integer, retries: integer, waits: integer, waited: number, needless: integer}
---needless: asked ahead, and not wanted
local client = {}
client.__index = client

local LONGEST_WAIT = 60 -- seconds, of a back-off
local LONGEST_LIMIT = 3600 -- seconds; a limit that says more is mistaken about its unit, or its clock
local retried_codes = { dns = true, connect = true, timeout = true, stall = true, cut = true, proxy = true }
local retried_statuses = { [408] = true, [429] = true }
-- An answer that came whole and is no page may be a proxy's, or a server's in trouble: asked again, like a cut one.
local retried_pages = { malformed = true, not_rows = true, corrupt = true, no_next = true }
-- What asking again another day will not mend: by the configuration, or by us.
local kinds = {
  tls = "config_error", redirect = "config_error", refused = "config_error",
  too_large = "system_error", too_deep = "system_error", failed = "system_error",
}
local advice = {
  too_large = "; --max-body sets the limit",
  redirect = "; if that is the server meant, put it into hostname",
}

---@param api table
---@param config table
---@param options table see host.options
---@param stream string? its name, for messages
---@return client
function client.new(api, config, options, stream)
  if api.limits then http.limits(config.base_url, api.limits) end
  return setmetatable({
    api = api,
    config = config,
    debug = options.debug,
    stream = stream,
    attempts = options.retry_attempts or 6,
    base = options.retry_base or 1,
    patience = options.rate_limit_patience or 600,
    stats = { requests = 0, bytes = 0, retries = 0, waits = 0, waited = 0, needless = 0 },
  }, client)
end

function client:log(level, message)
  airbyte.log(level, (self.stream and self.stream .. ": " or "") .. message)
end

local function query_text(query)
  local parts = {}
  for name, value in pairs(query or {}) do
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      parts[#parts + 1] = url.encode(name) .. "=" .. url.encode(tostring(one))
    end
  end
  table.sort(parts)
  return #parts > 0 and "?" .. table.concat(parts, "&") or ""
end

-- How messages name a request. No secret is in it: a token goes into a header, and messages are masked.
function client:request(path, query)
  return ("GET %s%s%s"):format(self.config.base_url, path, query_text(query))
end

-- Is each request told of? If not, good ones need no text.
function client:told() return self.debug or self.observe end

-- `value` is what was made of a good answer; `observe` (try/tracer.lua) sees each request of a stream that is tried.
function client:tell(request, response, message, rows, value)
  if self.observe then self.observe(request, response, message, rows, value) end
  if not self.debug then return end
  if not response then return self:log("DEBUG", ("%s: %s"):format(request, message)) end
  self:log("DEBUG", ("%s: %d, %d bytes%s, %d ms%s"):format(request, response.status, response.bytes,
    rows and (", %d rows"):format(rows) or "", response.ms, message and ": " .. message or ""))
end

-- Doubles each time, with jitter, so that streams which failed together do not return together.
local function backoff(self, attempt)
  return math.min(self.base * 2 ^ (attempt - 1), LONGEST_WAIT) * (0.5 + math.random())
end

local function retry_after(response)
  local value = response:header "Retry-After"
  if not value then return nil end
  local at = clock.http_date(value)
  return tonumber(value) or at and (at - (clock.http_date(response:header "Date" or "") or clock.now())) / 1e6
end

-- Waits before the next attempt, saying so when it is for a limit's sake.
local function pause(self, seconds, limited, why)
  local stats = self.stats
  stats.retries = stats.retries + 1
  if seconds > 0 then stats.waits, stats.waited = stats.waits + 1, stats.waited + seconds end
  if limited and airbyte.rate_limited and self.stream then airbyte.rate_limited(clock.now() + math.floor(seconds * 1e6)) end
  self:log("INFO", ("%s; again in %.1f s"):format(why, seconds))
  tasks.sleep(seconds)
end

---@class answer what one attempt came to
---@field response table?
---@field value any? what `accept` made of it
---@field message string?
---@field failure_type string?
---@field again boolean? may succeed when asked again
---@field status integer? other than 200
---@field scope string? what the token needs for what was refused
---@field smaller integer? the page size that the server asks for
---@field code string? of the HTTP module, or of a page that is none

local function no_answer(self, request, message, code)
  self:tell(request, nil, message)
  return {
    message = ("%s: %s (%s)%s"):format(request, message, code, advice[code] or ""), code = code,
    failure_type = kinds[code] or "transient_error", again = retried_codes[code],
  }
end

local function refused(self, request, response, scope)
  local text = response:text() or ""
  local message, kind = self.api.explain(response, text, scope, self.own)
  self:tell(request, response, message)
  local status = response.status
  return {
    response = response, status = status, scope = scope, failure_type = kind,
    message = ("%s; the request was %s"):format(message, request),
    smaller = status == 400 and self.api.smaller_page(text) or nil,
    again = retried_statuses[status] or status >= 500,
  }
end

local function send(self, request, early)
  self.stats.requests = self.stats.requests + 1
  return http.get(self.config.base_url .. request.path, {
    query = request.query, headers = self.api.headers(self.config), endpoint = request.endpoint or request.path, early = early,
  })
end

---Sends what will probably be requested next: a task, for `prefetched` of fetch.
---@param request request
---@return table task
function client:prefetch(request)
  return tasks.spawn(send, self, request, true)
end

---How many requests to an endpoint may go out now, and how many at once at the most, as far as is known.
---@param endpoint string
---@return integer slots
---@return integer max
function client:slots(endpoint)
  return http.slots(self.config.base_url, endpoint)
end

-- The whole response; `on_headers` sees its headers as soon as they are there.
local function response_to(self, request, prefetched)
  local response, message, code
  if prefetched then
    response, message, code = prefetched:join()
  else
    response, message, code = send(self, request, request.on_headers ~= nil)
  end
  if not response then return nil, message, code end
  if request.on_headers and response.status == 200 then request.on_headers(response) end
  return response:wait()
end

-- One attempt, as an `answer`.
local function attempt(self, request, prefetched)
  local response, message, code = response_to(self, request, prefetched)
  if not response then return no_answer(self, self:request(request.path, request.query), message, code) end
  self.stats.bytes = self.stats.bytes + response.bytes
  if response.status ~= 200 then return refused(self, self:request(request.path, request.query), response, request.scope) end
  local value, why, detail = request.accept(response)
  if value and not self:told() then return { response = response, value = value } end
  local name = self:request(request.path, request.query)
  self:tell(name, response, why, value and detail, value)
  if value then return { response = response, value = value } end
  return {
    message = ("%s: %s%s"):format(name, why, advice[detail] or ""), code = detail,
    failure_type = kinds[detail] or "transient_error", again = retried_pages[detail],
  }
end

-- Seconds to wait before a limited request is made again; nil: for longer than anyone should. What counts is the time
-- since the first limit was to end: a server that always names a new end would hold us for ever.
local function limit_wait(self, answer, tries)
  local seconds = self.api.wait(answer.response) or retry_after(answer.response)
  seconds = seconds and math.min(math.max(seconds, 0), LONGEST_LIMIT)
  local now = clock.now()
  tries.limited_at = tries.limited_at or now + math.floor((seconds or 0) * 1e6)
  tries.limits = tries.limits + 1
  if now - tries.limited_at > self.patience * 1e6 then return nil, ("limited for more than %g s"):format(self.patience) end
  return seconds and seconds + math.random() * self.base or backoff(self, math.min(tries.limits, 6))
end

-- Seconds to wait before another attempt; nil: no more of them, and why.
local function next_wait(self, answer, tries)
  if not answer.again then return nil end
  if answer.status == 429 then return limit_wait(self, answer, tries) end
  tries.count = tries.count + 1
  if tries.count >= self.attempts then return nil, tries.count > 1 and ("asked %d times"):format(tries.count) or nil end
  local after = answer.response and retry_after(answer.response)
  return math.max(after and math.min(after, LONGEST_WAIT) or 0, backoff(self, tries.count))
end

---@class request
---@field path string below the API's base
---@field query table?
---@field accept fun(response): any?, string?, string|integer|nil makes a value of a good response, with a note and the
---number of rows for the log; or nil, message, code
---@field scope string? what the token needs, for messages
---@field endpoint string? what its limits are counted by; default: the path
---@field on_headers (fun(response))? sees the headers of each good response before its body has come
---@field prefetched table? the task that sent this very request before

---Sends a request until there is a response that `accept` takes, or no sense in another attempt.
---@param request request
---@return any? value
---@return string? message
---@return string? failure_type
---@return answer answer the last attempt
function client:fetch(request)
  local tries = { count = 0, limits = 0 }
  local prefetched = request.prefetched
  while true do
    local answer = attempt(self, request, prefetched)
    prefetched = nil
    if answer.value then return answer.value, nil, nil, answer end
    self.last_message = answer.message
    local seconds, enough = next_wait(self, answer, tries)
    if not seconds then
      return nil, answer.message .. (enough and " (" .. enough .. ")" or ""), answer.failure_type, answer
    end
    pause(self, seconds, answer.status == 429, answer.message)
  end
end

---Fetches a JSON document.
---@param template string a path with `{placeholders}`, filled from the config
---@param query table?
---@param scope string?
function client:document(template, query, scope)
  local json = require "json"
  local path, missing = url.fill(template, self.config)
  if not path then return nil, missing, "config_error", {} end
  return self:fetch { path = path, query = query, scope = scope, endpoint = template, accept = function(response)
    local text, why, code = response:text()
    if not text then return nil, why, code end
    local value, wrong, malformed = json.decode(text)
    if malformed then return nil, (text:find "^%s*<" and "an HTML page came instead of the API's answer" or wrong), malformed end
    return value
  end }
end

return client
