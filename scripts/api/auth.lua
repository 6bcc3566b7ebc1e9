-- Where a stream's `auth` says that secrets stand in its requests: in headers, in the query, as Basic, or in a login, whose token
-- the requests carry. Handles stand for secrets here; they are exchanged in C, each towards its own host.
local json = require "json"
local member = require "lib.member"
local sorted_names = require "lib.sorted_names"
local suggest = require "lib.suggest"

local auth = {}

local DEEPEST = 100 -- a table may hold itself
local PLACES = { "basic", "headers", "login", "query" }
local is_place = { basic = true, headers = true, login = true, query = true }

-- ---- is it one?

local function is_text(value) return type(value) == "string" and value ~= "" end

local function has_texts(value)
  if type(value) ~= "table" or next(value) == nil then return false end
  for name, text in pairs(value) do
    if not is_text(name) or not is_text(text) then return false end
  end
  return true
end

local function is_basic(value)
  return has_texts(value) and value.user ~= nil and value.password ~= nil and next(value, next(value, next(value))) == nil
end

local function is_url(value) return is_text(value) and value:find "^https?://[^/%s?#@]+[^%s#]*$" ~= nil end

local function is_fields(value)
  if type(value) ~= "table" then return false end
  for name, field in pairs(value) do
    local plain = type(field) == "string" or type(field) == "boolean" or json.is_number(field)
    if not is_text(name) or not plain then return false end
  end
  return true
end

local login_fields = {
  url = { is_url, "an address such as https://auth.example.com/token" },
  form = { is_fields, "a table of fields, such as { grant_type = 'client_credentials', client_id = … }" },
  json = { function(value) return type(value) == "table" end, "a table" },
  basic = { is_basic, "{ user = …, password = '{secrets.NAME}' }" },
  headers = { has_texts, "a table of headers" },
  token = { member.is_path, "where the response has the token, such as 'access_token'" },
  expires = { member.is_path, "where the response says how long it lasts, such as 'expires_in'" },
  refresh = { member.is_path, "where form and response have the refresh token, such as 'refresh_token'" },
  header = { is_text, "a header's name" },
  prefix = { function(value) return type(value) == "string" end, "a text, such as 'Bearer '" },
}

local function wrong_login(given)
  for _, name in ipairs(sorted_names(given)) do
    local field = login_fields[name]
    if not field then return ("`login` has no field '%s'%s"):format(name, suggest.hint(name, sorted_names(login_fields))) end
    if not field[1](given[name]) then return ("`login.%s` must be %s"):format(name, field[2]) end
  end
  if not given.url then return "`login.url` is missing" end
  if given.form and given.json then return "`login` has a `form` or `json`, not both" end
end

local WANTED = "a table of headers, such as { Authorization = 'Bearer {secrets.NAME}' }, or of `headers`, `query`, `basic` and "
  .. "`login`"

---What is wrong with a stream's `auth`; nil: nothing.
---@param given any
---@return string?
function auth.wrong(given)
  if type(given) ~= "table" then return WANTED end
  for _, name in ipairs(sorted_names(given)) do
    local value = given[name]
    if type(value) == "table" and not is_place[name] then return WANTED .. suggest.hint(name, PLACES) end
    if type(value) ~= "table" and not is_text(value) then return WANTED end
    if is_place[name] and type(value) ~= "table" then return ("a table whose `%s` is a table, too"):format(name) end
  end
  for _, name in ipairs { "headers", "query" } do
    if given[name] and not has_texts(given[name]) then return ("a table whose `%s` has names and texts"):format(name) end
  end
  if given.basic and not is_basic(given.basic) then
    return "a table whose `basic` is { user = …, password = '{secrets.NAME}' }"
  end
  local wrong = given.login and wrong_login(given.login)
  return wrong and "as docs/streams.md has it: " .. wrong or nil
end

-- ---- what it comes to

-- Secrets stay handles.
local function filled(value, config)
  if type(value) == "table" then
    local copy = {}
    for name, item in pairs(value) do copy[name] = filled(item, config) end
    return copy
  elseif type(value) ~= "string" then
    return value
  end
  return (value:gsub("{secrets%.([%w_-]+)}", function(secret)
    local handle = type(config.secrets) == "table" and config.secrets[secret]
    if type(handle) == "string" then return (handle:gsub("%%", "%%%%")) end
    if config.is_recorded then return "none" end
    error(("the stream's `auth` needs the secret '%s'; put it into `secrets` in the configuration"):format(secret), 0)
  end))
end

---The headers of a request, whose values hold handles.
---@param given table in which nothing is wrong
---@param config table
---@return table<string, string>
function auth.headers(given, config)
  local headers = {}
  for name, value in pairs(given) do
    if type(value) == "string" then headers[name] = filled(value, config) end
  end
  for name, value in pairs(given.headers or {}) do headers[name] = filled(value, config) end
  return headers
end

---The rest, for http.request; nil: there is none.
---@param given table
---@param config table
---@return string?
function auth.places(given, config)
  local places = {}
  for _, name in ipairs { "query", "basic", "login" } do
    if given[name] then places[name] = filled(given[name], config) end
  end
  return next(places) and json.encode(places) or nil
end

---A secret that a table names where none is filled in; nil: it names none.
---@param value any
---@param depth integer?
---@return string?
function auth.misplaced(value, depth)
  depth = depth or 0
  if type(value) == "string" then return value:match "{secrets%.[%w_-]+}" end
  for _, item in pairs(type(value) == "table" and depth < DEEPEST and value or {}) do
    local found = auth.misplaced(item, depth + 1)
    if found then return found end
  end
end

---The host of a stream's login.
---@param given table?
---@return string?
function auth.host(given)
  local login = given and given.login
  return login and login.url:match "^%a+://[^/?#]*" or nil
end

return auth
