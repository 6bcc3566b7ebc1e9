-- What a request sends besides its address: method, headers, and a body from `json`, `form` or `body`.
local auth = require "api.auth"
local json = require "json"
local suggest = require "lib.suggest"
local url = require "lib.url"

local outgoing = {}

---@class outgoing
---@field method string
---@field headers table<string, string>
---@field body string?
---@field repeatable boolean it may be sent twice, as the server does nothing more for it the second time

-- RFC 9110, 9.2.2; the last four change nothing.
local idempotent = {
  GET = true, HEAD = true, OPTIONS = true, PUT = true, DELETE = true, QUERY = true, SEARCH = true, PROPFIND = true, REPORT = true,
}

local kinds = {
  json = { "application/json", json.encode },
  form = { "application/x-www-form-urlencoded", url.encode_fields },
  body = { "application/octet-stream", function(text) return text end },
}

local function has_header(headers, wanted)
  for name in pairs(headers or {}) do
    if tostring(name):lower() == wanted then return true end
  end
  return false
end

---@param given {method: string?, headers: table?, json: any, form: table?, body: string?, idempotent: boolean?}
---@return outgoing
function outgoing.of(given)
  local made = { method = given.method or "GET", headers = {} }
  for name, kind in pairs(kinds) do
    if given[name] ~= nil then
      made.body = kind[2](given[name])
      if not has_header(given.headers, "content-type") then made.headers["Content-Type"] = kind[1] end
    end
  end
  for name, value in pairs(given.headers or {}) do made.headers[name] = value end
  made.repeatable = given.idempotent
  if made.repeatable == nil then made.repeatable = idempotent[made.method] == true end
  return made
end

local fields = {
  method = "string", path = "string", query = "table", headers = "table", json = "any", form = "table", body = "string",
  idempotent = "boolean",
}
local names = { "body", "form", "headers", "idempotent", "json", "method", "path", "query" }

---Raises where a script's request is none.
---@param given any
---@param level integer where the script is
function outgoing.check(given, level)
  if type(given) ~= "table" then
    error(("a request is a table, such as { path = 'jobs' }, not a %s"):format(type(given)), level + 1)
  end
  for name, value in pairs(given) do
    local kind = fields[name]
    if not kind then
      error(("a request has no field '%s'%s"):format(tostring(name), suggest.hint(tostring(name), names)), level + 1)
    end
    if kind ~= "any" and type(value) ~= kind then
      error(("a request's '%s' must be a %s, not a %s"):format(name, kind, type(value)), level + 1)
    end
  end
  local secret = auth.misplaced { given.headers, given.query, given.json, given.form }
  if secret then
    error(("a request's fields have %s, and no secret is filled in there; in a header, write context.config%s"):format(secret,
      (secret:gsub("^{(.*)}$", ".%1"))), level + 1)
  end
  if not given.path then error("a request needs a 'path'", level + 1) end
  local bodies = (given.json ~= nil and 1 or 0) + (given.form and 1 or 0) + (given.body and 1 or 0)
  if bodies > 1 then error("a request has one of 'json', 'form' and 'body'", level + 1) end
end

return outgoing
