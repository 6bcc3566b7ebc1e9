-- Where a list is asked for, and with which query. Its views share it.
local added = require "stream.added"
local auth = require "api.auth"
local body = require "api.body"
local contexts = require "reading.context"
local merged = require "lib.merged"
local narrowing = require "stream.narrowing"
local url = require "lib.url"

local list_source = {}
list_source.__index = list_source

local SECRET = "'params' has %s, and no secret is filled in there; write auth = { query = { … } }"

---@class list_source
---@field body table? as the stream says it, or its function
---@field template string what is asked, as the stream has it
---@field path string
---@field other string? the template of what is asked in its place, where the server has given it up
---@field known api_fallback? what is known of the list, where it is asked in another's place
---@field only {path: string, texts: string[], others: string}[] what the list's records say
---@field prepared boolean
---@field params table
---@field width {holds: boolean?} whether the widest list has shown records: then an empty range of it is empty
---@field narrowed string? what is to be said once the list turns out to hold records
---@field since table<string, string>? the parameter by which the server gives only what is new
---@field range range? of the cursor's values, which alone is asked for
---@field page_size page_size
---@field stream stream

-- Asks for the list at a template from now on.
local function turn_to(self, template, other)
  local known = self.stream.api.fallbacks
  self.template, self.other, self.path = template, other, url.fill(template, self.values)
  self.known = known and template == self.stream.fallback and known[template] or nil
  self.params, self.only, self.prepared = self.given, {}, self.known == nil or not self.known.prepare
end

-- Is the server known to have the fallback, and to be about to give up the other one?
local function prefers_fallback(stream, values)
  local known = stream.fallback and stream.api.fallbacks and stream.api.fallbacks[stream.fallback]
  return known ~= nil and known.preferred ~= nil and values.base_url ~= nil
    and known.preferred(values.base_url)
end

-- What the body lacks, if it does: later pages lack no more.
local function fill_body(self, context)
  local stream = self.stream
  if not stream.body then return nil end
  self.body = type(stream.body) == "function" and stream.body(context) or stream.body
  if type(self.body) ~= "table" then return "'body' must return a table, not a " .. type(self.body) end
  return select(2, body.fill(self.body, stream.body_names, {}, self.values))
end

local UNSENDABLE = "'params' holds texts, numbers and booleans, or lists of them; its '%s' is a %s"

-- A parameter that no query holds.
local function unsendable(params)
  for name, value in pairs(params) do
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      if type(one) == "function" or type(one) == "table" then
        return UNSENDABLE:format(tostring(name), type(one))
      end
    end
  end
end

---@param stream stream
---@param context context
---@param page_size page_size
---@param asked string? the path that was asked last, which may be the fallback
---@param fallen boolean? the server is known to have the fallback alone
---@return list_source? source
---@return string? message
---@return string? failure_type
function list_source.new(stream, context, page_size, asked, fallen)
  local values, fallback = contexts.values(context), nil
  local path, missing = url.fill(stream.path, values)
  if path and stream.fallback then fallback, missing = url.fill(stream.fallback, values) end
  if missing then return nil, missing, "config_error" end
  local params = type(stream.params) == "function" and stream.params(context) or stream.params
  if type(params) ~= "table" then return nil, "'params' must return a table, not a " .. type(params), "config_error" end
  params = narrowing.params(stream, context.config, params)
  local odd = unsendable(params)
  if odd then return nil, odd, "config_error" end
  local secret = auth.misplaced(params)
  if secret then return nil, SECRET:format(secret), "config_error" end
  local made = setmetatable({ stream = stream, given = params, values = values, page_size = page_size, width = {} },
    list_source)
  local lacks = fill_body(made, context) or stream.add and select(2, added.text(stream, context, contexts.values))
  if lacks then return nil, lacks, "config_error" end
  if fallback and (asked == fallback or fallen) then turn_to(made, stream.fallback)
  elseif not asked and prefers_fallback(stream, values) then turn_to(made, stream.fallback, stream.path)
  else turn_to(made, stream.path, not asked and stream.fallback or nil) end
  return made
end

---Finds out what the list has to be asked, where that is not known yet.
---@param client client
---@return true? ready
---@return string? message
---@return string? failure_type
---@return outcome? refusal
function list_source:prepare(client)
  if self.prepared then return true end
  local query, message, kind, refusal = self.known.prepare(client, self.values)
  if not query then return nil, message, kind, refusal end
  self.params, self.only, self.prepared = merged(self.given, query.params), query.only, true
  return true
end

-- Rows of JSON or CSV may end at any line: only the response can tell that they are all there.
local function is_framed(stream) return stream.format == "ndjson" or stream.format == "csv" end

---@param ask {token: string?, from: integer?, to: integer?, size: integer?}
---@return table
function list_source:query(ask)
  local query, stream = merged(self.params), self.stream
  for name, text in pairs(self.range and self.range.parameters or self.since or {}) do
    query[name] = body.is_named(name) and math.tointeger(tonumber(text)) or text
  end
  if ask.to then stream.api.windows.put(query, ask.from, ask.to) end
  if stream.single then return query end
  self.page_size:put(query, ask.size)
  stream.api.turn(query, ask.token)
  return query
end

---The same list, asked for one range of the cursor's values.
---@param range range
---@return list_source
function list_source:within(range)
  local source = setmetatable(merged(self), list_source)
  source.range = range
  return source
end

-- The parameters that stand in the stream's body leave the query for it.
local function sends_of(self, query)
  local stream = self.stream
  if not stream.method and not stream.body then return nil end
  local method = stream.method or "POST"
  if not stream.body then return { method = method, headers = {}, repeatable = true } end
  local text, wrong = body.fill(self.body, stream.body_names, query, self.values)
  return text and { method = method, headers = { ["Content-Type"] = "application/json" }, body = text, repeatable = true }, wrong
end

---The request for a page.
---@param ask {token: string?, from: integer?, to: integer?, size: integer?}
---@return {path: string, query: table, endpoint: string, sends: outgoing?, framed: boolean} request
function list_source:request(ask)
  local path_of, query = self.stream.api.path_of, self:query(ask)
  local path = ask.token and path_of and path_of(ask.token) or self.path
  return { path = path, query = query, endpoint = self.template, sends = sends_of(self, query),
    framed = is_framed(self.stream) }
end

-- A list may be asked for more widely than each server allows. Returns how it is.
local function widest(self)
  local found = self.known and self.known.widest or self.stream.api.widest
  local value = found and self.params[found.parameters[1]]
  return value ~= nil and (found.value == nil or tostring(value) == tostring(found.value)) and found or nil
end

---The list's first page was refused, or is empty, where it is asked for more widely than by default: the default is asked
---for from now on. An empty page that another one follows shows nothing: its rows may have been filtered out.
---@param page page? nil: it was refused
---@param outcome outcome
---@param follows any the token of the page that follows
---@return boolean
function list_source:narrow(page, outcome, follows)
  local wide = widest(self)
  local refused = wide and wide.statuses[outcome.status] and not outcome.smaller
  local empty = page and page:count() + page:nulls() == 0
  if wide and page and not empty then self.width.holds = true end
  if not wide or not refused and (not empty or follows or self.width.holds) then return false end
  local params = merged(self.params)
  for _, name in ipairs(wide.parameters) do params[name] = nil end
  self.params = params
  self.narrowed = ("%s; the list is read without %s, %s"):format(refused and outcome.message
    or "the first page is empty", wide.words, wide.without)
  return true
end

---What may be missing from a page, as it could not be asked for more widely; told once, nil where nothing is.
---@param page page
---@return string?
function list_source:take_narrowed(page)
  local words = page:count() > 0 and self.narrowed or nil
  if words then self.narrowed = nil end
  return words
end

---Drops what the list holds and was not asked for.
---@param page page
---@param say fun(words: string, others: string) told what such records are
function list_source:drop_others(page, say)
  for _, one in ipairs(self.only) do
    if page:only(one.path, one.texts) > 0 then say("the list holds " .. one.others .. "; they are left out", one.path) end
  end
end

---What a list that came to its end does not reach.
---@param page page its last one
---@param now integer the server's clock
---@return string?
function list_source:says_at_end(page, now)
  return self.known and self.known.ends and self.known.ends(page, now)
end

local function known_other(self)
  return self.other and self.stream.api.fallbacks and self.stream.api.fallbacks[self.other]
end

---What the token needs for what is asked.
---@return string?
function list_source:scope() return self.known and self.known.scope or self.stream.scope end

---The path that is asked, as the stream has it, where that is in another list's place.
---@return string?
function list_source:stands_in() return self.known and self.template end

---Is there another list that holds as much, to be asked at once where this one is gone?
---@return boolean
function list_source:replaceable()
  local known = known_other(self)
  return known ~= nil and known.complete == true or self.other == self.stream.path
end

---The server says with a good response that the list is to go: where another one is known to hold as much, that is asked
---from now on, and where it is missing, this one again.
---@param response response
---@return boolean
function list_source:take_notice(response)
  local known = known_other(self)
  if not known or not known.announced or not self.stream.api.deprecation(response) then return false end
  turn_to(self, self.other, self.stream.path)
  return true
end

---The server has given up the path (410; 404): the other one is asked from now on.
---@param outcome outcome
---@return boolean
function list_source:fall_back(outcome)
  if not self.other or outcome.status ~= 410 and outcome.status ~= 404 then return false end
  turn_to(self, self.other)
  return true
end

return list_source
