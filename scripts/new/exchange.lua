-- One exchange of a recording: what was asked, with the parameters of its query and its body, and the JSON that came.
local address = require "lib.address"
local digest = require "digest"
local json = require "json"
local json_kind = require "new.json_kind"

local exchange = {}

local DEEPEST = 8 -- objects in a body that is sent

---@class exchange
---@field method string
---@field url string
---@field origin string such as https://api.example.com
---@field path string as it stands behind that
---@field query {name: string, value: string}[] decoded
---@field headers table<string, string> of the request, by their names in lower case
---@field names table<string, string> these names as they were written
---@field json any? the body that was sent, where it is JSON
---@field form table<string, string>? or where it is a form
---@field status integer
---@field response_headers table<string, string>
---@field document any? the JSON that came
---@field entry table of the HAR

local is_table, is_object, text_of = json_kind.is_table, json_kind.is_object, json_kind.text_of

local function decode(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function pairs_of(text)
  local list = {}
  for part in text:gmatch "[^&]+" do
    local name, value = part:match "^([^=]*)=?(.*)$"
    if name ~= "" then list[#list + 1] = { name = decode(name), value = decode(value) } end
  end
  return list
end

local function headers_of(list)
  local headers, names = {}, {}
  for _, header in ipairs(is_table(list) and list or {}) do
    local name = is_table(header) and text_of(header.name) or ""
    if name ~= "" and name:sub(1, 1) ~= ":" then
      local lower = name:lower()
      headers[lower] = (headers[lower] and headers[lower] .. ", " or "") .. text_of(header.value)
      names[lower] = name
    end
  end
  return headers, names
end

local function content_of(response)
  local content = is_table(response.content) and response.content or {}
  local text = text_of(content.text)
  if content.encoding == "base64" then return digest.from_base64(text) or "" end
  return text
end

local function read_payload(made, posted)
  local kind, text = text_of(posted.mimeType):lower(), text_of(posted.text)
  if kind:find "json" or text:find "^%s*[%[{]" then
    made.json = json.decode(text)
  elseif kind:find "form%-urlencoded" then
    made.form = {}
    local fields = text ~= "" and pairs_of(text) or is_table(posted.params) and posted.params or {}
    for _, field in ipairs(fields) do
      if is_table(field) and type(field.name) == "string" then made.form[field.name] = text_of(field.value) end
    end
  end
end

---@param entry any of a HAR's log.entries
---@return exchange? nil: it is no request by HTTP
function exchange.of(entry)
  local request = is_table(entry) and entry.request
  local response = is_table(entry) and entry.response
  if not is_table(request) or not is_table(response) or type(request.url) ~= "string" then return nil end
  local at = address.parse(request.url)
  local host = (at.authority or ""):gsub("^.*@", "")
  if (at.scheme ~= "http" and at.scheme ~= "https") or host == "" then return nil end
  local made = { method = text_of(request.method):upper(), url = request.url, origin = at.scheme .. "://" .. host, path = at.path,
    query = pairs_of(at.query or ""), entry = entry, status = math.tointeger(response.status) or 0 }
  made.headers, made.names = headers_of(request.headers)
  made.response_headers = headers_of(response.headers)
  if is_table(request.postData) then read_payload(made, request.postData) end
  local text = content_of(response)
  made.empty = text == ""
  if text:find "^[%s\xEF\xBB\xBF]*[%[{]" then made.document = json.decode((text:gsub("^\xEF\xBB\xBF", ""))) end
  return made
end

-- ---- its parameters

---@class seen_parameter
---@field key string what tells it apart from the others
---@field name string
---@field value any
---@field path string[]? of the body's member; nil: it stands in the query

local function add_members(list, value, path, depth)
  for name, member in pairs(value) do
    local own = table.move(path, 1, #path, 1, {})
    own[#own + 1] = name
    local has_members = is_object(member) and next(member) ~= nil
    if has_members and depth < DEEPEST then
      add_members(list, member, own, depth + 1)
    else
      list[#list + 1] = { key = "body " .. table.concat(own, "\0"), name = tostring(name), value = member, path = own }
    end
  end
end

---Those of the query, in their order, then those of the body, in the order of their paths.
---@param given exchange
---@return seen_parameter[]
function exchange.parameters(given)
  local list, body = {}, {}
  for _, one in ipairs(given.query) do list[#list + 1] = { key = "query " .. one.name, name = one.name, value = one.value } end
  if is_object(given.json) then add_members(body, given.json, {}, 0) end
  table.sort(body, function(a, b) return a.key < b.key end)
  return table.move(body, 1, #body, #list + 1, list)
end

---The address of an exchange, and what a list's next address may leave out of it.
---@param given exchange
---@param reference string
---@param is_secret fun(name: string): boolean
---@return boolean same does the reference lead there, from `from`?
function exchange.leads_to(from, reference, given, is_secret)
  local at = address.resolve(address.parse(from.url), address.parse(reference))
  if at.path ~= given.path then return false end
  local wanted, count = {}, 0
  for _, one in ipairs(pairs_of(at.query or "")) do wanted[one.name], count = one.value, count + 1 end
  if count == 0 and at.path == from.path then return false end
  for _, one in ipairs(given.query) do
    if not is_secret(one.name) and wanted[one.name] ~= one.value then return false end
    wanted[one.name] = nil
  end
  for name in pairs(wanted) do
    if not is_secret(name) then return false end
  end
  return true
end

return exchange
