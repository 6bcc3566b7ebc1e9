-- Where secrets stood in recorded requests. Their values are looked at to tell their kind, and go nowhere.
local drafted_auth = require "new.drafted_auth"
local json_kind = require "new.json_kind"
local recording = require "recording"
local shape = require "new.shape"

local secrets_seen = {}

-- Fields of a login that are no secrets.
local PLAIN = { grant_type = true, scope = true, audience = true, resource = true }
local TOKENS = { "access_token", "accessToken", "token", "auth_token", "authToken", "id_token", "jwt" }
local EXPIRES = { "expires_in", "expiresIn", "expires_at", "expiresAt", "expires" }
local NEVER = { cookie = true, ["proxy-authorization"] = true }

---@param name string of a parameter
---@return boolean
function secrets_seen.is_secret(name) return recording.is_secret("parameter", name) end

local function is_masked(value) return value:find "^%*+$" ~= nil end

-- ---- logins

local is_object = json_kind.is_object

-- Where a response has its token, at its top or one object further down.
local function token_of(document)
  if not is_object(document) then return nil end
  for _, name in ipairs(TOKENS) do
    if type(document[name]) == "string" then return document[name], shape.join(nil, name), document end
  end
  for outer, inner in pairs(document) do
    for _, name in ipairs(is_object(inner) and TOKENS or {}) do
      if type(inner[name]) == "string" then return inner[name], shape.join(shape.join(nil, outer), name), inner end
    end
  end
end

---Is it a login: a POST that is answered with a token?
---@param one exchange
---@return boolean
function secrets_seen.is_login(one)
  return one.method == "POST" and (one.form ~= nil or is_object(one.json) or one.headers.authorization ~= nil)
    and token_of(one.document) ~= nil
end

local function fields_of(draft, fields, secret, host)
  local made = {}
  for name, value in pairs(fields) do
    if PLAIN[name] then made[name] = value
    elseif type(value) == "string" then
      made[name] = draft:secret(secret .. "_" .. name:gsub("[^%w_]+", "_"), host)
    elseif type(value) ~= "table" then made[name] = value
    end
  end
  return made
end

local function login_of(draft, one, secret)
  local host = one.origin
  local _, path, around = token_of(one.document)
  local made = { __order = { "url", "basic", "form", "json", "token", "expires" }, url = one.origin .. one.path }
  if (one.headers.authorization or "") ~= "" then made.basic = drafted_auth.basic(draft, secret .. "_login", host) end
  if one.form then made.form = fields_of(draft, one.form, secret, host)
  elseif is_object(one.json) then made.json = fields_of(draft, one.json, secret, host) end
  if path ~= "access_token" then made.token = path end
  for _, name in ipairs(EXPIRES) do
    if around[name] ~= nil then
      local expires = path:find "[%.%[]" and shape.join(path:match "^(.*)%.[^.]*$", name) or shape.join(nil, name)
      if expires ~= "expires_in" then made.expires = expires end
      break
    end
  end
  return made
end

-- ---- what each request carries

local function from_login(one, logins)
  local sent = one.headers.authorization or ""
  for _, login in ipairs(logins) do
    local token = token_of(login.document)
    if token and sent ~= "" and (sent:find(token, 1, true) or is_masked(sent) or is_masked(token)) then return login end
  end
end

local function authorization(draft, made, value, secret, host)
  if is_masked(value) then
    made.headers.Authorization = "Bearer " .. draft:secret(secret, host)
    return draft:remark("auth", "the recording has asterisks in place of it: Bearer is a guess, and a user and password stand in "
      .. "basic = { user = …, password = … }")
  end
  local word = value:match "^(%a[%w_-]*)%s+%S"
  if word and word:lower() == "basic" then made.basic = drafted_auth.basic(draft, secret, host) return end
  made.headers.Authorization = (word and #word <= 12 and word .. " " or "") .. draft:secret(secret, host)
end

local function add_header(draft, made, one, name, secret)
  local value = one.headers[name]
  if name == "authorization" then return authorization(draft, made, value, secret, one.origin) end
  local own = secret .. "_" .. name:gsub("^x%-", ""):gsub("[^%w]+", "_")
  made.headers[one.names[name]] = draft:secret(own, one.origin)
end

---Fills in the draft's `auth`.
---@param draft draft
---@param one exchange a request of the list
---@param logins exchange[]
---@param secret string what the configuration may call the secret
---@param headers table<string, string> further ones, which are no secrets
function secrets_seen.describe(draft, one, logins, secret, headers)
  local made, names = { headers = headers, query = {} }, {}
  for name in pairs(one.headers) do names[#names + 1] = name end
  table.sort(names)
  local login = from_login(one, logins)
  if login then made.login = login_of(draft, login, secret) end
  for _, name in ipairs(names) do
    local csrf = name:find "csrf" or name:find "xsrf"
    local taken = login and name == "authorization"
    if one.headers[name] ~= "" and recording.is_secret("header", name) and not NEVER[name] and not csrf and not taken then
      add_header(draft, made, one, name, secret)
    end
  end
  for _, parameter in ipairs(one.query) do
    if secrets_seen.is_secret(parameter.name) then
      made.query[parameter.name] = draft:secret(secret .. "_" .. parameter.name:gsub("[^%w]+", "_"), one.origin)
    end
  end
  if next(made.headers) == nil and not (made.basic or made.login or next(made.query)) then
    draft:remark("auth", one.headers.cookie and ("the recording is of a session with a cookie, which ends: an API's own token is "
      .. "better. With the cookie: auth = { Cookie = '{secrets.%s}' }"):format(secret)
      or ("the recording shows no secret. Where one is needed: auth = { Authorization = 'Bearer {secrets.%s}' }"):format(secret))
  end
  drafted_auth.set(draft, made)
end

---Texts that are secrets, which must stand nowhere else.
---@param exchanges exchange[]
---@return table<string, true>
function secrets_seen.values(exchanges)
  local values = {}
  local function add(value)
    if type(value) == "string" and #value >= 6 and not is_masked(value) then values[value] = true end
  end
  for _, one in ipairs(exchanges) do
    for name, value in pairs(one.headers) do
      if recording.is_secret("header", name) then
        add(value)
        for part in value:gmatch "[^%s;,=]+" do add(#part >= 8 and part or nil) end
      end
    end
    for _, parameter in ipairs(one.query) do
      if secrets_seen.is_secret(parameter.name) then add(parameter.value) end
    end
    for name, value in pairs(one.form or {}) do
      if secrets_seen.is_secret(name) then add(value) end
    end
    add((token_of(one.document)))
  end
  return values
end

return secrets_seen
