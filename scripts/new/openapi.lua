-- A document of OpenAPI 3 or Swagger 2: its references, where its API is, and its operations.
local address = require "lib.address"
local infer = require "try.infer"
local json_kind = require "new.json_kind"
local schema_node = require "new.schema_node"

local openapi = {}

local DEEPEST = 30 -- references that lead to references
local PLACEHOLDER = "https://api.example.com"

---@class openapi_document
---@field root table
---@field file string its name, for messages
---@field old boolean is it Swagger 2?
---@field outside string? a reference that leads out of it, which was met
---@field found openapi_operation[]? its operations, once they are known
local document = {}
document.__index = document

---@class openapi_operation
---@field path string as the document has it
---@field method string
---@field spec table
---@field item table the path's
---@field response {schema: any, kind: "json"|"ndjson"|"csv", headers: table}

local is_table, table_or_none = json_kind.is_table, json_kind.table_of
local function text_or(value, other) return type(value) == "string" and value ~= "" and value or other end

---@param root any a decoded document
---@param file string
---@return openapi_document? document
---@return string? message
function openapi.new(root, file)
  local version = is_table(root) and (root.openapi or root.swagger)
  if not version then return nil end
  version = tostring(version)
  local old = root.openapi == nil
  if not (old and version:find "^2" or not old and version:find "^3%.") then
    return nil, ("%s is of OpenAPI %s; 3.0, 3.1 and Swagger 2.0 can be read"):format(file, version)
  end
  if not is_table(root.paths) then return nil, ("%s has no `paths`: no operation is described in it"):format(file) end
  local made = setmetatable({ root = root, file = file, old = old }, document)
  function made.resolve(node) return made:follow(node) end
  return made
end

-- ---- references

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end):gsub("~1", "/"):gsub("~0", "~"))
end

function document:at(pointer)
  local value = self.root
  for part in pointer:gmatch "[^/]+" do
    if not is_table(value) then return nil end
    local name = unescape(part)
    local place = math.tointeger(tonumber(name))
    if value[name] ~= nil then value = value[name] else value = place and value[place + 1] end
  end
  return value
end

---What a node stands for, where it is a reference; nil: it leads nowhere, or out of the document.
---@param node any
---@return any
function document:follow(node)
  for _ = 1, DEEPEST do
    if not is_table(node) or type(node["$ref"]) ~= "string" then return node end
    local pointer = node["$ref"]:match "^#/?(.*)$"
    if not pointer then
      self.outside = node["$ref"]
      return nil
    end
    node = self:at(pointer)
  end
end

function document:node(schema) return schema_node.of(schema, self.resolve) end

-- ---- where the API is

-- `{region}` of a server's address has a default.
local function filled(server)
  local variables, open = table_or_none(server.variables), {}
  local text = server.url:gsub("{([^{}]+)}", function(name)
    local variable = table_or_none(variables[name])
    local value = text_or(variable.default, is_table(variable.enum) and text_or(variable.enum[1]))
    open[#open + 1] = name
    return value or name
  end)
  return text, open
end

local function old_server(root)
  local host, schemes = text_or(root.host), table_or_none(root.schemes)
  local scheme = "https"
  for _, one in ipairs(schemes) do scheme = (one == "https" or #schemes == 1) and text_or(one, scheme) or scheme end
  return { url = (host and scheme .. "://" .. host or "") .. text_or(root.basePath, "/") }
end

---The address below which an operation is, which ends with a /.
---@param operation openapi_operation
---@return string base
---@return string? remark what is to be checked
function document:base(operation)
  local server = self.old and old_server(self.root) or nil
  for _, place in ipairs(self.old and {} or { operation.spec, operation.item, self.root }) do
    local first = table_or_none(table_or_none(place.servers)[1])
    if not server and text_or(first.url) then server = first end
  end
  local url, open = filled(server or { url = "/" })
  local remark = open[1] and ("%s in it: put yours in the place of the default"):format("{" .. table.concat(open, "}, {") .. "}")
  if url:find "^//" then url = "https:" .. url end
  if not url:find "^https?://[^/]" then
    local whole = address.resolve(address.parse(PLACEHOLDER .. "/"), address.parse(url:find "^%a+:" and "/" or url))
    url, remark = address.text(whole), "the document does not name the API's host: put it in the place of api.example.com"
  end
  url = url:gsub("[?#].*$", ""):gsub("%s+", ""):gsub("^(https?://)[^/@]*@", "%1")
  return url:gsub("/*$", "") .. "/", remark
end

-- ---- operations

local function kind_of(media)
  local kind = media:lower():match "^%s*([^;%s]+)" or ""
  if kind:find "ndjson" or kind:find "jsonl" or kind:find "json%-seq" or kind:find "x%-json%-stream" then return "ndjson" end
  if kind:find "json" or kind == "*/*" then return "json" end
  return kind == "text/csv" and "csv" or nil
end

local RANK = { json = 3, ndjson = 2, csv = 1 }

-- JSON before lines, and `application/json` before other JSON.
local function content_of(response)
  local best, most, found = nil, 0, nil
  for media, content in pairs(table_or_none(response.content)) do
    local kind = type(media) == "string" and kind_of(media)
    local rank = kind and 10 * RANK[kind] + (media:find "^application/json" and 1 or 0)
    if rank and (rank > most or rank == most and media < best) then
      best, most, found = media, rank, { content = content, kind = kind }
    end
  end
  return found
end

-- The first good one: 200, else 201 and so on, else the default.
local function good_response(responses)
  for _, status in ipairs { "200", "201", "202", "203", "2XX", "2xx", "default" } do
    if responses[status] then return responses[status] end
  end
end

-- A document may show what it does not describe.
local function schema_of(schema, example)
  local says = is_table(schema) and next(schema) ~= nil
  if says or not is_table(example) then return says and schema or nil end
  local seen = infer.new()
  infer.see(seen, example)
  return infer.schema(seen)
end

local function example_of(document_, content)
  if content.example ~= nil then return content.example end
  local _, first = next(table_or_none(content.examples))
  return table_or_none(document_:follow(first)).value
end

function document:old_response(spec, response)
  local kinds, kind, example = table_or_none(spec.produces or self.root.produces), nil, nil
  for _, media in ipairs(#kinds > 0 and kinds or { "application/json" }) do
    local one = type(media) == "string" and kind_of(media)
    if one and (not kind or RANK[one] > RANK[kind]) then kind, example = one, table_or_none(response.examples)[media] end
  end
  local schema = schema_of(response.schema, example)
  return kind and schema and { schema = schema, kind = kind, headers = table_or_none(response.headers) } or nil
end

function document:response(spec)
  local response = self:follow(good_response(table_or_none(spec.responses)))
  if not is_table(response) then return nil end
  if self.old then return self:old_response(spec, response) end
  local found = content_of(response)
  if not found then return nil end
  local content = table_or_none(self:follow(found.content))
  local schema = schema_of(content.schema, example_of(self, content))
  return { schema = schema, kind = found.kind, headers = table_or_none(response.headers) }
end

---All that read: GET, and answer with JSON, lines or CSV; in the order of their paths.
---@return openapi_operation[]
function document:operations()
  if self.found then return self.found end
  local found = {}
  for path, item in pairs(self.root.paths) do
    item = self:follow(item)
    local spec = is_table(item) and type(path) == "string" and self:follow(item.get)
    local response = is_table(spec) and self:response(spec)
    if response then
      found[#found + 1] = { path = path, method = "GET", spec = spec, item = item, response = response,
        id = text_or(spec.operationId), words = text_or(spec.summary, text_or(spec.description)) }
    end
  end
  table.sort(found, function(a, b) return a.path < b.path end)
  self.found = found
  return found
end

---The parameters of an operation, those of its path among them; each has `name`, `place`, `required` and `node`.
---@param operation openapi_operation
---@return {name: string, place: string, required: boolean, node: schema_node, words: string?}[]
function document:parameters(operation)
  local list, at = {}, {}
  for _, place in ipairs { operation.item, operation.spec } do
    for _, given in ipairs(table_or_none(place.parameters)) do
      local parameter = table_or_none(self:follow(given))
      if type(parameter.name) == "string" and type(parameter["in"]) == "string" then
        local content = next(table_or_none(parameter.content))
        local schema = parameter.schema or content and parameter.content[content].schema or self.old and parameter or {}
        local node = self:node(schema)
        node.description = text_or(parameter.description, node.description)
        if node.example == nil then node.example = parameter.example end
        local one = { name = parameter.name, place = parameter["in"], required = parameter.required == true, node = node }
        local key = one.place .. " " .. one.name
        at[key] = at[key] or #list + 1
        list[at[key]] = one
      end
    end
  end
  return list
end

return openapi
