-- Addresses taken apart and put together (RFC 3986), as far as what follows a list's page needs it.
local address = {}

---@class address
---@field scheme string? in lower case
---@field authority string? as it stands: user, host and port
---@field path string
---@field query string?

---@param text string an address, or a reference to one; a fragment is left out
---@return address
function address.parse(text)
  local rest = text:match "^[^#]*"
  local scheme, after = rest:match "^(%a[%w+.-]*):(.*)$"
  rest = after or rest
  local authority, behind = rest:match "^//([^/?]*)(.*)$"
  local path, query = (behind or rest):match "^([^?]*)%??(.*)$"
  return {
    scheme = scheme and scheme:lower(), authority = authority, path = path,
    query = (behind or rest):find("?", 1, true) and query or nil,
  }
end

-- Without `.` and `..` (5.2.4): each step takes one segment off.
local function without_dots(path)
  local kept, absolute = {}, path:sub(1, 1) == "/"
  local last
  for segment in path:gmatch "[^/]*" do
    if segment == ".." then kept[#kept] = nil
    elseif segment ~= "." then kept[#kept + 1] = segment end
    if absolute and #kept == 0 then kept[1] = "" end
    last = segment
  end
  if last == "." or last == ".." then kept[#kept + 1] = "" end
  return table.concat(kept, "/")
end

local function merged(base, path)
  if base.authority and base.path == "" then return "/" .. path end
  return (base.path:match "^(.*/)" or "") .. path
end

---What a reference means that stands in a document of this address (5.2.2).
---@param base address
---@param reference address
---@return address
function address.resolve(base, reference)
  local found = { scheme = reference.scheme or base.scheme, query = reference.query }
  if reference.scheme or reference.authority then
    found.authority, found.path = reference.authority, without_dots(reference.path)
    return found
  end
  found.authority = base.authority
  if reference.path == "" then
    found.path, found.query = base.path, reference.query or base.query
  else
    found.path = without_dots(reference.path:sub(1, 1) == "/" and reference.path or merged(base, reference.path))
  end
  return found
end

---@param of address
---@return string
function address.text(of)
  return (of.scheme and of.scheme .. ":" or "") .. (of.authority and "//" .. of.authority or "") .. of.path
    .. (of.query and "?" .. of.query or "")
end

local usual = { http = "80", https = "443" }

---The host of an address that is http, and its port; nil: it is none, or names a user.
---@param of address
---@return string? host in lower case
---@return string? port
---@return boolean? named does it name the port?
function address.host(of)
  if not usual[of.scheme] or not of.authority or of.authority:find "[@\\]" then return nil end
  local host, port = of.authority:match "^(%[[%x:.]+%])(.*)$"
  if not host then host, port = of.authority:match "^([^:%[%]]+)(.*)$" end
  if not host then return nil end
  local number = port:match "^:(%d+)$"
  if not number and port ~= "" and port ~= ":" then return nil end
  return host:lower(), number or usual[of.scheme], number ~= nil
end

return address
