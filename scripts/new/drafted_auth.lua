-- A draft's `auth`: where secrets stand, gathered in `headers`, `query`, `basic` and `login`.
local drafted_auth = {}

---A user and a password, both of the configuration.
---@param draft draft
---@param secret string what the names of both begin with
---@param host string
---@return table
function drafted_auth.basic(draft, secret, host)
  return { __order = { "user", "password" }, user = draft:secret(secret .. "_user", host),
    password = draft:secret(secret .. "_password", host) }
end

---Puts it into the draft, in the short form where there are headers alone; an empty one is none.
---@param draft draft
---@param made {headers: table, query: table, basic: table?, login: table?}
function drafted_auth.set(draft, made)
  local given = { headers = next(made.headers) and made.headers or nil, query = next(made.query) and made.query or nil,
    basic = made.basic, login = made.login }
  local short = given.headers and not (given.query or given.basic or given.login)
  draft:set("auth", short and given.headers or next(given) and given or nil)
end

return drafted_auth
