-- The address of a list's next page, as a response names it: relative or whole, on any path, but of the list's own host. A
-- token is its path and query; an older one, of a state, the query alone.
local address = require "lib.address"

local next_address = {}

-- Behind a proxy that speaks TLS, servers name themselves by another scheme, and then mostly by no port: what is asked is the
-- list's own host all the same.
local function is_same_host(here, there)
  local host, port = address.host(here)
  local other, its_port, is_named = address.host(there)
  if not other or host ~= other then return false end
  return port == its_port or here.scheme ~= there.scheme and not is_named
end

---@param target string as the response has it
---@param response response
---@return string? token
---@return string? wrong
---@return string? code
function next_address.token(target, response)
  local here = address.parse(response.url)
  local there = address.resolve(here, address.parse((target:gsub("^%s+", ""):gsub("%s+$", ""))))
  if not is_same_host(here, there) then
    return nil, ("the response names a next page elsewhere, at %s; pages are requested from the host of `base` alone"):format(
      target:sub(1, 200)), "no_paging"
  end
  local path = there.path:gsub("[^!-~]", function(byte) return ("%%%02X"):format(byte:byte()) end)
  return (path:sub(1, 1) == "/" and path or "/" .. path) .. (there.query and "?" .. there.query or "")
end

---The path that a token leads to, below the host; nil: the list's own.
---@param token string
---@return string?
function next_address.path(token) return token:match "^(/[^?]*)" end

local function unescape(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

---Has a query be that of the next page.
---@param query table
---@param token string?
function next_address.turn(query, token)
  if not token then return end
  for name in pairs(query) do query[name] = nil end
  local text = token:sub(1, 1) == "/" and (token:match "%?(.*)$" or "") or token
  for name, value in text:gmatch "([^&=]+)=?([^&]*)" do
    local key, known = unescape(name), query[unescape(name)]
    if type(known) == "table" then known[#known + 1] = unescape(value)
    else query[key] = known and { known, unescape(value) } or unescape(value) end
  end
end

return next_address
