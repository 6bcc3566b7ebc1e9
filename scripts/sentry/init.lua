-- Sentry as an API: its addresses, headers, paging and words. Its page tokens and windows have files of their own.
local cursors = require "sentry.cursors"
local link = require "api.link"
local refusal = require "api.refusal"
local regions = require "sentry.regions"

local sentry = {}

---What it is called in scripts, and for people.
sentry.name, sentry.title = "sentry", "Sentry"

---The largest page that all servers give, and the parameters that ask for one: hosted Sentry reads per_page (issues:
---limit), GlitchTip limit alone. Each ignores the other.
sentry.page_size = { default = 100, parameters = { "per_page", "limit" } }

---The headers in which it tells how fast each endpoint may be sent requests.
sentry.limits = {
  limit = "X-Sentry-Rate-Limit-Limit",
  remaining = "X-Sentry-Rate-Limit-Remaining",
  reset = "X-Sentry-Rate-Limit-Reset",
  concurrent_limit = "X-Sentry-Rate-Limit-ConcurrentLimit",
}

---Which endpoints have limits of their own; all others count in one. It follows hosted Sentry's source; where a server
---counts otherwise, its responses say so.
sentry.own_limits = {
  "projects/*/*/events/", "projects/*/*/events/*/", "organizations/*/events/",
  "projects/*/*/issues/", "organizations/*/issues/", "organizations/*/issues/*/", "issues/*/",
  "organizations/*/issues/*/events/*/", "issues/*/events/*/",
  "organizations/*/releases/", "organizations/*/releases/*/files/", "projects/*/*/releases/", "organizations/*/repos/",
  "organizations/*/project-keys/", "projects/*/*/keys/", "projects/*/*/keys/*/stats/", "organizations/*/stats_v2/",
}

---What kind a token is of, by how it begins; older ones of users and integrations tell nothing.
sentry.token_kinds = { sntryu_ = "user", sntrys_ = "organization", sntryi_ = "integration", sntrya_ = "application" }

---The part of each limit that is used where the configuration does not say: a user's are also the browser's.
sentry.rate_shares = { user = 0.75 }

---Members of its responses that hold secrets, besides the names that other APIs have, too: recordings mask them.
sentry.secret_members = { "securityToken", "sentry:token", "sentry:symbol_sources", "webhookSecret" }

---Kinds that some servers give these fields besides those of the schemas, as JSON Schema calls them: no drift. GlitchTip's
---projectID is a number.
sentry.other_kinds = { projectID = { "integer" } }

---What is said of what stands in a token's place.
sentry.token_flaws = {
  address = "is an address, such as a DSN, by which programs send events; a token is made under Settings > Auth Tokens",
}

---Members of a list's records that change by themselves: they alone make no record another.
---@param path string the stream's path, with its placeholders
---@return string[] names, or paths of names joined by dots
function sentry.changing(path) return require "sentry.changing"[path:match "([^/]*)/*$"] or {} end

---The member that says when the server received a record, where it gives that.
sentry.arrival = "dateReceived"

---How its lists' cursors are read.
sentry.page_tokens = cursors

---An organization's list means the projects whose teams the token's user is in, unless it is asked for all that the token
---may see. Servers that do not know that, or do not allow it, refuse the request; a list can also be empty by it alone.
sentry.widest = {
  parameters = { "project" }, value = -1, words = "project=-1", statuses = { [400] = true, [403] = true },
  without = "so it holds only records of projects that are in a team of the token's user; those of others may be missing",
}

---How a list is asked for a window in time.
sentry.windows = require "sentry.windows"

local SLASHES = "must have two slashes behind its scheme, as https://sentry.example.com has"

-- What is wrong with a host name; nil: nothing that shows.
local function find_flaw(name)
  if name:find "^https?:/" or name:find "^https?/" then return SLASHES end
  if name:find "^[^/]*@" then
    return "holds a user or a password, which are never sent; write it without what stands before the @"
  end
  if name:find "[\x80-\xFF]" then
    return "has letters beyond ASCII; write it as name servers know it (xn--…), as a browser's address does when it is copied"
  end
  if name:find "^%x*:%x*:[%x:.]*$" then return ("is an IPv6 address, which stands in brackets: [%s]"):format(name) end
  if name:find "[@%s?#\\]" or name:find "^/" or name:find ":$" then
    return "must be a host name, host:port, or a base URL such as https://sentry.example.com/prefix"
  end
end

---The address below which all paths are, from the configured host name: empty (sentry.io), host, host:port, or a base
---URL with scheme and path, for self-hosted servers.
---@param hostname string?
---@return string? base ends with a slash
---@return string? message
function sentry.base(hostname)
  local name = (hostname or ""):gsub("^%s+", ""):gsub("[%s/]+$", "")
  if name == "" then name = sentry.default_host end
  local scheme, rest = name:match "^(%a[%w+.-]*)://(.*)$"
  scheme = scheme and scheme:lower()
  if scheme and scheme ~= "http" and scheme ~= "https" then return nil, "hostname: the scheme must be https or http" end
  rest = rest or name
  local flaw = scheme and rest:find "^/" and SLASHES or find_flaw(rest)
  if flaw then return nil, "hostname " .. flaw end
  rest = rest:gsub("/api/0$", "")
  return ("%s://%s/api/0/"):format(scheme or "https", rest)
end

---@param config table
---@return table<string, string> headers of every request; the token is a handle, exchanged in C
function sentry.headers(config)
  return { Authorization = "Bearer " .. config.auth_token, Accept = "application/json" }
end

---Where a page of a list ends: the cursor of the page after it, or nil after the last.
---@param response table
---@return string? cursor
---@return string? message what is wrong with the response
function sentry.next_token(response)
  local header = response:header "Link"
  if not header then return nil, "the response has no Link header, so whether more pages follow cannot be known" end
  local next_link, unreadable = link.next(header)
  if not next_link then
    return nil, unreadable or "the response's Link header names no next page: " .. header:sub(1, 200)
  end
  if next_link.results == "false" then return nil end
  if next_link.results ~= "true" then return nil, "the next link does not say whether it has results" end
  if (next_link.cursor or "") == "" then return nil, "the next link has results but no cursor" end
  return next_link.cursor
end

---@param response table
---@return boolean
function sentry.is_unpaged(response) return response:header "Link" == nil end

---The cursor of the rows that are older than the first one of a page, where the server names it (GlitchTip).
---@param response table
---@return string?
function sentry.below(response)
  local previous = link.previous(response:header "Link" or "")
  return previous and cursors.below(previous.cursor)
end

---The next page is known before the body has come.
sentry.next_in_header = true

---Has a query request the page at a cursor.
---@param query table
---@param cursor string?
function sentry.turn(query, cursor) query.cursor = cursor end

---How many rows the server estimates for the whole list.
---@param response table
---@return integer?
---@return boolean? at_least it counts no further
function sentry.hits(response)
  local hits = math.tointeger(tonumber(response:header "X-Hits"))
  if not hits or hits < 0 then return nil end
  return hits, hits == tonumber(response:header "X-Max-Hits")
end

---How much a list holds and how fast it is given, where its answers do not tell.
sentry.volume = require "sentry.volume"

---The smaller page that a 400 demands ("Invalid per_page value. Must be between 1 and 50."), or nil.
---@param detail string
---@return integer?
function sentry.smaller_page(detail)
  if not detail:find "per_page" and not detail:find "limit" then return nil end
  return math.tointeger(tonumber(detail:match "between %d+ and (%d+)"))
end

---The fields of the configuration that a failure is likely about, by its status or code.
sentry.blamed = {
  [401] = { "auth_token" }, [403] = { "auth_token", "organization" }, [404] = { "organization", "project" },
  dns = { "hostname" }, connect = { "hostname" }, scheme = { "hostname" }, redirect = { "hostname" },
}

local reasons = {
  [400] = { "refused the request", "system_error" },
  [401] = { "does not accept the authentication token, which may be mistyped or revoked%s; make a new one under Settings > "
    .. "Auth Tokens and put it into auth_token", "config_error" },
  [403] = { "does not allow this to the token; it lacks the scope %s, or belongs to another organization",
    "config_error" },
  [404] = { "knows no such organization or project, or the token may not see it%s; check organization and project in "
    .. "the configuration", "config_error" },
  [410] = { "no longer has this endpoint", "system_error" },
}

local no_path = "knows no such path, organization or project, or the token may not see it; check the path, and "
  .. "organization and project in the configuration"

-- A path that a server does not have: it says so without a word, whatever the token.
local NO_DATASET = "does not have this dataset of Explore, which Sentry has in other versions only"
local NO_ENDPOINT = "has no such endpoint, which Sentry has in other versions only; or hostname leads to another server"

---What is said of an endpoint that is to go.
---@param response response
---@return string? words nil: it is not to go
function sentry.deprecation(response) return require "sentry.deprecation"(response) end

---Lists that are asked in another's place, by their paths.
sentry.fallbacks = require "sentry.fallbacks"

---Does the server not have this path at all, whatever the token? Of what has gone, it says so in words; of datasets of Explore
---that a later version has, which those are that it has.
---@param response response
---@param text string its body
---@return boolean
function sentry.absent(response, text)
  return response.status == 404 and text == "" or response.status == 400 and text:find("dataset must be one of", 1, true) ~= nil
end

-- What the server does, after its name, and the failure type.
local function explain(response, text, scope, custom)
  local of_address, kind = refusal.of_address(response, text)
  if of_address then return of_address, kind end
  local of_user = require "sentry.refusals"(response, text)
  if of_user then return of_user, "config_error" end
  local status = response.status
  local reason = reasons[status] or {}
  if custom and status == 404 then return no_path, reason[2] end
  if sentry.absent(response, text) then return status == 400 and NO_DATASET or NO_ENDPOINT, reason[2] end
  local more = (status == 401 or status == 404) and regions.hint(response.url) or scope or "it needs"
  return reason[1] and reason[1]:format(more), reason[2]
end

---Words and failure type of a response that refuses a request.
---@param response table
---@param text string its body
---@param scope string? what the token needs for it
---@param custom boolean? the path is the user's
---@return string message
---@return string failure_type
function sentry.explain(response, text, scope, custom)
  local words, kind = explain(response, text, scope, custom)
  local deprecated = response.status == 410 and sentry.deprecation(response)
  return refusal.message(response, text, words) .. (deprecated and "; " .. deprecated or ""),
    kind or refusal.failure_type(response.status)
end

---What a token lacks that was refused: Sentry does not say, and GlitchTip, whose words these are, wants another scope for
---events than Sentry's, project:read.
---@param scope string? what the stream declares
---@param response table
---@param text string its body
---@return string?
function sentry.scope(scope, response, text)
  local glitchtip = refusal.detail(text) == "Permission denied"
  local other = glitchtip and response.url:find "/events/%f[%z?]" and (scope or "project:read") == "project:read"
  return other and "event:read" or scope
end

---What a token may read, by its scopes.
sentry.scopes = require "sentry.scopes"

---Why nothing can be asked: the configuration is for streams of other APIs alone.
---@param config table
---@return string?
function sentry.lacking(config)
  if config.auth_token then return nil end
  return "this stream asks Sentry, and the configuration has no auth_token, organization and project"
end

---Whether the configured organization and project can be read.
---@param client client
---@param config table
---@param told told? what came of the request for the organization's document, where that was made
---@return true? found
---@return string? message
---@return string[]? lacking what the token may not read, with the scopes for it
---@return string? code of the HTTP module, where no response came
---@return boolean? refused the project is there, as far as is known, and the token may not read it
function sentry.check(client, config, told) return require "sentry.check"(client, config, told) end

---Which project was probably meant by one that the server does not know.
---@param client client
---@param config table
---@return string? words
function sentry.meant(client, config) return require "sentry.meant".project(client, config) end

---The server that is meant where none is named.
sentry.default_host = regions.domain

---Finds out which server the organization is on, and has requests go there (region.lua).
---@param config table
---@param options table
---@param client client?
---@param seconds number?
---@return told?
function sentry.settle_place(config, options, client, seconds)
  return require "sentry.region".settle(config, options, client, seconds)
end

---Does the configured host alone answer this path, where the organization is on another server?
sentry.is_central = regions.is_central

---Is a state of one host of the other, too?
sentry.share_states = regions.share_states

---Streams that a configuration describes by what is looked for.
sentry.explore = require "sentry.explore"

---Which organizations and projects a token sees.
sentry.places = require "sentry.places"

---Where a configuration comes from when no file holds one.
function sentry.environment() return require "sentry.environment" end

---What a new stream's script has for examples.
---@param name string the stream's
---@return table<string, string>
function sentry.examples(name) return require "sentry.examples"(name) end

---What a person asks it by at the prompt.
---@return {new: fun(client: client): table, help: string}
function sentry.prompt() return require "sentry.prompt" end

---The path that tells whether what a list is about exists: an empty list alone does not (GlitchTip answers [] for
---projects that do not exist).
---@param path string the stream's path, with its placeholders
---@return string?
---@return string? scope that the token needs for that
function sentry.confirm(path)
  if path:find("{project}", 1, true) then return "projects/{organization}/{project}/", "project:read" end
  if path:find("{organization}", 1, true) then return "organizations/{organization}/", "org:read" end
end

return sentry
