--- Looks for secrets in whatever was written, in each form in which a program may come to write one.
local base64 = require "lib.base64"
local files = require "spec.support.files"
local tree = require "spec.support.tree"

local secret_search = {}

local function spelled(text, format)
  return (text:gsub(".", function(c) return format:format(c:byte()) end))
end

-- The bytes that a URL may not have as they are (RFC 3986).
local function in_url(text, format)
  return (text:gsub("[^%w%-._~]", function(c) return format:format(c:byte()) end))
end

local function in_json(text)
  return (text:gsub('[\\"]', "\\%0"))
end

-- The digits that are the secret's alone, whatever stands before it and behind.
local function in_base64(text, before)
  local digits = base64.encode(("x"):rep(before) .. text)
  return digits:sub((before * 4 + 2) // 3 + 1, (before + #text) * 4 // 3)
end

local function in_base64_of_urls(text, before)
  return (in_base64(text, before):gsub("[+/]", { ["+"] = "-", ["/"] = "_" }))
end

--- Each form of a secret by its name.
---@param secret string
---@return table<string, string>
function secret_search.forms(secret)
  local found = {
    plain = secret, reversed = secret:reverse(), json = in_json(secret), ["json, slashes too"] = in_json(secret):gsub("/", "\\/"),
    ["json, by number"] = spelled(secret, "\\u%04x"), ["JSON, by number"] = spelled(secret, "\\u%04X"),
    hex = spelled(secret, "%02x"), HEX = spelled(secret, "%02X"),
    percent = in_url(secret, "%%%02x"), PERCENT = in_url(secret, "%%%02X"), ["percent twice"] = in_url(secret, "%%25%02X"),
    ["percent, all"] = spelled(secret, "%%%02x"), ["PERCENT, all"] = spelled(secret, "%%%02X"),
  }
  for before = 0, 2 do
    found["base64 after " .. before] = in_base64(secret, before)
    found["base64 of URLs after " .. before] = in_base64_of_urls(secret, before)
  end
  return found
end

---@param text string
---@param secrets string[]
---@return {form: string, secret: string, at: integer}? place the first one, or nil: the text holds none
function secret_search.find(text, secrets)
  for _, secret in ipairs(secrets) do
    for form, spelling in pairs(secret_search.forms(secret)) do
      local at = text:find(spelling, 1, true)
      if at then return { form = form, secret = secret, at = at } end
    end
  end
end

local function content(path)
  if not path:find "%.gz$" then return files.read(path) end
  local pipe = assert(io.popen(("gzip -dc '%s'"):format(path), "r"))
  local text = pipe:read "a"
  assert(pipe:close())
  return text
end

--- The same in all files of a folder, unpacked, and in their names.
---@param folder string
---@param secrets string[]
---@return string[] told a line for each file that holds one
---@return integer bytes that were looked at
function secret_search.folder(folder, secrets)
  local told, bytes = {}, 0
  for _, path in ipairs(tree.files(folder, "")) do
    local text = path .. "\n" .. content(path)
    local place = secret_search.find(text, secrets)
    bytes = bytes + #text
    local from = place and math.max(place.at - 60, 1)
    if place then told[#told + 1] = ("%s: %s (%s)"):format(path, place.form, text:sub(from, place.at + 20)) end
  end
  return told, bytes
end

return secret_search
