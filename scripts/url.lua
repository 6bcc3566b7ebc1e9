-- Addresses, as scripts put them together.
local url = {}

---Percent-encodes one part of a path.
---@param text string
---@return string
function url.encode(text)
  return (text:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

---Fills in `{name}` from a table; each value is percent-encoded.
---@param template string such as "projects/{organization}/{project}/"
---@param values table<string, any>
---@return string? path
---@return string? message names what is missing
function url.fill(template, values)
  local missing
  local path = template:gsub("{([%w_]+)}", function(name)
    local value = values[name]
    if type(value) ~= "string" and type(value) ~= "number" then missing = missing or name end
    return url.encode(tostring(value))
  end)
  if missing then return nil, ("the path %s needs '%s', which is not there"):format(template, missing) end
  return path
end

return url
