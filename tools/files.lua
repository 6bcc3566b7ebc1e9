-- Files of the checkout, for its tools: what cannot be read or written ends the tool with the reason.
local files = {}

---@param path string
---@return string
function files.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

---The text, or nil where there is no such file.
---@param path string
---@return string?
function files.text(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return text
end

---@param path string
---@param text string
function files.write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

---The names in a folder that fit the pattern, in order.
---@param folder string
---@param pattern string
---@return string[]
function files.names(folder, pattern)
  local names = {}
  local pipe = assert(io.popen(("LC_ALL=C ls '%s'"):format((folder:gsub("'", "'\\''")))))
  for name in pipe:lines() do names[#names + 1] = name:find(pattern) and name or nil end
  pipe:close()
  return names
end

return files
