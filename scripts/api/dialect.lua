-- The API that a stream is of: the default one, or another that its `base`, `auth`, `paging` and `page_size` describe.
local auth = require "api.auth"
local default = require "api.default"
local refusal = require "api.refusal"
local retry = require "api.retry"
local set_of = require "lib.set_of"

local api = {}

---@class api_volume
---@field most_rows fun(path: string, params: table, address: string): integer? the most rows that a page will have
---@field window fun(path: string): integer seconds of the windows of a list's limit
---@field count fun(client: client, path: string, from: integer?, now: integer): integer? records since then, by requests

---@class api what client.lua and the reading of lists need of an API
---@field address string? the address below which its paths are; nil: the configured host's
---@field page_size {default: integer?, parameters: string[]} default: nil: it is not known
---@field windows api_windows? how a list is asked for a window in time
---@field limits table? in which headers it says how fast it may be sent requests
---@field limits_by_403 boolean? a 403 may be a limit, where it says so
---@field statuses {retry: table<integer, true>, stop: table<integer, true>, skip: table<integer, true>}? of a stream's own
---@field page_tokens {read: fun(token: string): place}
---@field headers fun(config: table): table
---@field auth (fun(config: table): string?)? where secrets stand besides headers (api/auth.lua)
---@field logs_in boolean? its requests carry the token of a login
---@field next_token fun(response: response, page: page?, page_size: integer?, token: string?): string?, string?, string?
---@field is_unpaged (fun(response: response): boolean)|false|nil does it say nothing of pages?
---@field next_in_header boolean? next_token needs no page
---@field numbered boolean? its page tokens are numbers of pages
---@field file boolean? a response is a file of rows, which has no other pages
---@field one_page boolean? as far as its stream says, a list has one page
---@field declared_paging boolean? a stream's script says how its lists go on, and may be wrong
---@field counted boolean? its pages are counted, and one behind the last may be refused
---@field path_of (fun(token: string): string?)? the path that a page token leads to, below the host
---@field turn fun(query: table, token: string?)
---@field errors_at string? where a good response says what went wrong
---@field hits fun(response: response): integer?, boolean? how many records a list has; true: at least
---@field volume api_volume? how much a list holds and how fast it is given, where its answers do not tell
---@field smaller_page fun(detail: string): integer?
---@field explain fun(response: response, text: string, scope: string?, custom: boolean?): string, string
---@field absent (fun(response: response, text: string): boolean)? the server does not have this list, whatever the token
---@field confirm fun(path: string): string?, string?
---@field scope (fun(scope: string?, response: response, text: string): string?)? what a token lacks that was refused
---@field blamed table<integer|string, string[]>? fields of the configuration that a failure is likely about, by status or code
---@field arrival string? the member that says when the server received a record
---@field lacking (fun(config: table): string?)? why the configuration lets nobody ask
---@field changing (fun(path: string): string[])? members of a list's records that change by themselves
---@field deprecation (fun(response: response): string?)? what is said of an endpoint that is to go; with a 410: for a time
---@field fallbacks table<string, api_fallback>? lists that are asked in another's place, by their paths
---@field other_kinds table<string, string[]>? kinds that fields may have besides those of a schema

local reasons = {
  [400] = { "refused the request", "system_error" },
  [401] = { "does not accept the stream's `auth`; check the secrets in the configuration", "config_error" },
  [403] = { "does not allow this to the stream's `auth`", "config_error" },
  [404] = { "knows no such path; check the stream's `base` and `path`", "config_error" },
}

local LIMITED = "allows no more requests for now"
local MAYBE_LIMITED = "does not allow this to the stream's `auth`, or not so often; where it is a limit, "
  .. "statuses = { retry = { 403 } } in the stream has it tried again"

-- Some tell of a limit by a 403, and not all of them in a header.
local function about_limit(response, text)
  if retry.is_limit(response, true) then return { LIMITED, "transient_error" } end
  local said = response.status == 403 and text:lower()
  if not said then return nil end
  for _, words in ipairs { "rate limit", "rate_limit", "ratelimit", "too many" } do
    if said:find(words, 1, true) then return { MAYBE_LIMITED, "config_error" } end
  end
end

local LACKS = "does not allow this to the stream's `auth`; it lacks the scope %s"

local function explain(response, text, scope)
  local words, kind = refusal.of_address(response, text)
  local reason = words and { words, kind } or about_limit(response, text) or reasons[response.status] or {}
  if scope and reason == reasons[403] then reason = { LACKS:format(scope), "config_error" } end
  return refusal.message(response, text, reason[1]), reason[2] or refusal.failure_type(response.status)
end

local function nothing() end

local function with_auth(usual, given)
  return function(config)
    local headers = usual(config)
    for name, value in pairs(auth.headers(given, config)) do headers[name] = value end
    return headers
  end
end

-- A server's next address may repeat what stands in the query by `auth`, which is put there anew.
local function without(turn, names)
  return function(query, token)
    turn(query, token)
    for name in pairs(names) do query[name] = nil end
  end
end

local function use_auth(made, given)
  made.headers, made.logs_in = with_auth(made.headers, given), given.login ~= nil
  made.auth = function(config) return auth.places(given, config) end
  if given.query then made.turn = without(made.turn, given.query) end
end

local function accept() return { Accept = "application/json" } end

-- What a format is called differs from server to server.
local function accept_any() return { Accept = "*/*" } end

-- An API of which nothing is known but what the stream says.
local function other(base)
  return {
    address = base:match "^(.-)/*$" .. "/", page_size = { parameters = {} }, headers = accept,
    explain = explain, smaller_page = nothing, confirm = nothing, limits_by_403 = true,
  }
end

-- Of the default API, a list that has no pages on one server may have some on another: its header says so.
local function use_unpaged(made)
  made.next_token = function(response, ...)
    if default.is_unpaged(response) then return nil end
    return default.next_token(response, ...)
  end
  made.is_unpaged, made.declared_paging = false, true
end

local function use_paging(made, given, ordered)
  local way = require("api.paging").of(given, ordered)
  made.numbered, made.counted, made.path_of = way.numbered, way.counted, way.path
  made.next_token, made.turn, made.page_tokens, made.next_in_header = way.next, way.turn, { read = way.read }, false
  made.is_unpaged, made.declared_paging, made.one_page = false, true, given == "none"
end

-- A number, or the parameter with it.
local function size_of(given, usual)
  if type(given) == "number" then return { default = given, parameters = usual.parameters } end
  local parameter, records = next(given)
  return { default = records, parameters = { parameter } }
end

-- Headers by their names; or the beginning that all of them have, in the forms of RateLimit's drafts, too.
local function limits_of(given)
  if type(given) == "table" then return given end
  local function names(forms) return (forms:gsub("@", given)) end
  return {
    limit = names "@-Limit|@:limit|@-Policy:q", remaining = names "@-Remaining|@:remaining|@:r",
    reset = names "@-Reset|@:reset|@:t",
  }
end

local function statuses_of(given)
  local sets = {}
  for _, name in ipairs { "retry", "stop", "skip" } do sets[name] = set_of(given[name] or {}) end
  return sets
end

-- GraphQL says in a good response what it left out of `data`.
local function is_graphql(given)
  return type(given.body) == "table" and type(given.body.query) == "string" and (given.records or ""):find "^data%f[.%[]" ~= nil
end

---@param given table a stream's table
---@return api
function api.of(given)
  local made = given.base and other(given.base) or setmetatable({}, { __index = default })
  if not given.base and given.paging == "none" then use_unpaged(made)
  elseif given.base or given.paging then use_paging(made, given.paging or "none", given.cursor and given.cursor.ordered_by)
  end
  if given.format then made.headers = accept_any end
  made.file = given.format ~= nil and given.format ~= "xml" and (given.paging or "none") == "none" and not given.single or nil
  if given.auth then use_auth(made, given.auth) end
  made.errors_at = is_graphql(given) and "errors" or nil
  if given.limits then made.limits = limits_of(given.limits) end
  if given.statuses then made.statuses = statuses_of(given.statuses) end
  if given.page_size then made.page_size = size_of(given.page_size, made.page_size) end
  return made
end

return api
