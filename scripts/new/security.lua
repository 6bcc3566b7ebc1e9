-- Where the secrets of an API stand, by a document's security schemes.
local address = require "lib.address"
local drafted_auth = require "new.drafted_auth"
local json_kind = require "new.json_kind"
local parameters = require "new.parameters"

local security = {}

local is_table, table_or_none = json_kind.is_table, json_kind.table_of

local function schemes_of(document)
  if document.old then return table_or_none(document.root.securityDefinitions) end
  return table_or_none(table_or_none(document.root.components).securitySchemes)
end

-- ---- OAuth 2

-- Swagger 2 has one flow a scheme, and other names for them.
local function flows_of(scheme)
  if is_table(scheme.flows) then return scheme.flows end
  return scheme.flow == "application" and { clientCredentials = scheme } or { [tostring(scheme.flow)] = scheme }
end

local function client_credentials(scheme)
  local flow = scheme.type == "oauth2" and flows_of(scheme).clientCredentials
  return is_table(flow) and type(flow.tokenUrl) == "string" and flow or nil
end

local function login(made, flow, context)
  local url = address.text(address.resolve(address.parse(context.base), address.parse(flow.tokenUrl)))
  local host = url:match "^https?://[^/?#]+"
  if not host then return nil end
  local scopes = {}
  for _, scope in ipairs(context.scopes) do scopes[#scopes + 1] = type(scope) == "string" and scope or nil end
  made.login = { url = url, form = { grant_type = "client_credentials",
    client_id = context.draft:secret(context.secret .. "_client_id", host),
    client_secret = context.draft:secret(context.secret .. "_client_secret", host),
    scope = scopes[1] and table.concat(scopes, " ") or nil } }
  return "the client's id and secret may have to stand in basic = { user = …, password = … } of `login` in place of its form"
end

-- ---- the others

local function bearer(made, context)
  made.headers.Authorization = "Bearer " .. context.draft:secret(context.secret, context.host)
end

local kinds = {}

function kinds.http(made, scheme, context)
  local word = type(scheme.scheme) == "string" and scheme.scheme:lower() or "bearer"
  if word == "basic" then
    made.basic = drafted_auth.basic(context.draft, context.secret, context.host)
  else
    bearer(made, context)
    if word ~= "bearer" then return ("the scheme is `%s`, which may want another word than Bearer"):format(word) end
  end
end

function kinds.basic(made, _, context) return kinds.http(made, { scheme = "basic" }, context) end

function kinds.apiKey(made, scheme, context)
  local name = type(scheme.name) == "string" and scheme.name ~= "" and scheme.name or "Authorization"
  local several = context.count > 1 and "_" .. name:lower():gsub("[^%w]+", "_"):gsub("^_*(.-)_*$", "%1") or ""
  local text = context.draft:secret(context.secret .. several, context.host)
  if scheme["in"] == "query" then made.query[name] = text
  elseif scheme["in"] == "cookie" then made.headers.Cookie = name .. "=" .. text
  else made.headers[name] = text end
  if name:lower() == "authorization" and scheme["in"] == "header" then
    return "a word may have to stand before the secret, such as Bearer or Token"
  end
end

function kinds.oauth2(made, scheme, context)
  local flow = client_credentials(scheme)
  if flow then return login(made, flow, context) end
  bearer(made, context)
  return "the secret is an access token of OAuth 2; where it ends soon, `login` with a refresh token gets new ones"
end

function kinds.openIdConnect(made, _, context) return bearer(made, context) end

-- Of several ways the one that a program can go by itself.
local function rank_of(scheme)
  if client_credentials(scheme) then return 3 end
  local ranks = { http = 6, apiKey = 5, basic = 4, oauth2 = 2, openIdConnect = 1 }
  if scheme.type == "http" and tostring(scheme.scheme):lower() == "basic" then return 4 end
  if scheme.type == "apiKey" and scheme["in"] == "query" then return 4 end
  if scheme.type == "apiKey" and scheme["in"] == "cookie" then return 1 end
  return ranks[scheme.type] or 0
end

-- Each requirement is a table of schemes that are all needed.
local function best_requirement(requirements, schemes, follow)
  local best, most, optional
  for _, requirement in ipairs(requirements) do
    local least, names = math.huge, {}
    for name in pairs(table_or_none(requirement)) do
      names[#names + 1] = name
      least = math.min(least, rank_of(table_or_none(follow(schemes[name]))))
    end
    table.sort(names)
    if #names == 0 then optional = true
    elseif least > 0 and (not most or least > most) then best, most = { names = names, given = requirement }, least end
  end
  return best, optional
end

local function requirements_of(document, operation, schemes)
  local said = operation.spec.security or document.root.security
  if is_table(said) then return said, true end
  local names = {}
  for name in pairs(schemes) do names[#names + 1] = { [name] = {} } end
  table.sort(names, function(a, b) return next(a) < next(b) end)
  return names, false
end

-- Documents tell of secrets as parameters, too: those count where one is needed, or nothing else is told.
local function add_named(made, draft, secret, list, told)
  local host, some = draft.fields.base:match "^https?://[^/]+", false
  for _, parameter in ipairs(list) do
    if parameters.is_secret(parameter) and (parameter.required or not told) then
      local place = parameter.place == "query" and made.query or made.headers
      some = true
      if not place[parameter.name] then
        place[parameter.name] = draft:secret(secret, host)
        draft:remark("auth", ("guessed: %s is a secret, by its name"):format(parameter.name))
      end
    end
  end
  return some
end

---Fills in the draft's `auth`.
---@param draft draft
---@param document openapi_document
---@param operation openapi_operation
---@param secret string what the configuration may call the secret
---@param headers table<string, string> further headers that each request has to have
---@param list table[] as document:parameters gives them
function security.describe(draft, document, operation, secret, headers, list)
  local schemes = schemes_of(document)
  local requirements, said = requirements_of(document, operation, schemes)
  local best, optional = best_requirement(requirements, schemes, document.resolve)
  local base = draft.fields.base
  local made = { headers = headers, query = {} }
  for _, name in ipairs(best and best.names or {}) do
    local scheme = table_or_none(document:follow(schemes[name]))
    local context = { draft = draft, secret = secret, host = base:match "^https?://[^/]+", base = base, count = #best.names,
      scopes = table_or_none(best.given[name]) }
    local remark = kinds[scheme.type] and kinds[scheme.type](made, scheme, context)
    if remark then draft:remark("auth", remark) end
  end
  if best and not said then
    draft:remark("auth", "guessed: the document describes this, and does not say that it is needed here")
  end
  if best and optional then draft:remark("auth", "the documentation says that it may be left out") end
  local named = add_named(made, draft, secret, list, best ~= nil)
  if not best and not named and next(headers) == nil then
    draft:remark("auth", ("the document names no secret. Where one is needed: auth = { Authorization = 'Bearer {secrets.%s}' }")
      :format(secret))
  end
  drafted_auth.set(draft, made)
end

return security
