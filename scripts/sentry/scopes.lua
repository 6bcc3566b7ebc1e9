-- What a token may read, by its scopes: a server's root answers them in one request.
local set_of = require "lib.set_of"

local scopes = {}

-- Besides those of more rights, any of which holds the right to read: what a Sentry 23.7.1 takes in a scope's place.
local INSTEAD = {
  ["project:releases"] = { "project:read", "project:write", "project:admin" },
  ["org:integrations"] = { "org:read", "org:write", "org:admin" },
}

---The token's scopes; nil: the server does not tell them, as GlitchTip does not.
---@param client client
---@return table<string, true>?
function scopes.of(client)
  local root = client:document ""
  local auth = type(root) == "table" and type(root.auth) == "table" and root.auth
  if not auth or type(auth.scopes) ~= "table" then return nil end
  return set_of(auth.scopes)
end

---Do these scopes allow what wants that one? A stream that names none is allowed as far as is known.
---@param held table<string, true>
---@param wanted string?
---@return boolean
function scopes.allow(held, wanted)
  if not wanted or held[wanted] then return true end
  local of = wanted:match "^(%w+):read$"
  for _, other in ipairs(of and { of .. ":write", of .. ":admin" } or INSTEAD[wanted] or {}) do
    if held[other] then return true end
  end
  return false
end

return scopes
