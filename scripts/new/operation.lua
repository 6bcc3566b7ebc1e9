-- One operation of an OpenAPI document, as the draft of a stream.
local json_schema = require "new.json_schema"
local list_draft = require "new.list_draft"
local literal = require "new.literal"
local new_draft = require("new.draft").new
local parameters = require "new.parameters"
local schema_node = require "new.schema_node"
local security = require "new.security"
local shape = require "new.shape"

local operation = {}

-- The path's last word that is no placeholder, and the one before it.
local function words_of(path)
  local words = {}
  for part in path:gmatch "[^/]+" do
    if not part:find "[{}]" then words[#words + 1] = part:gsub("%.json$", ""):gsub("^.*[.:]", "") end
  end
  return words
end

---What the records are called: the path's last word.
---@param path string
---@return string name letters, digits and _ alone
---@return string? before the word before it
function operation.name(path)
  local words = words_of(path)
  local function plain(word)
    local made = (word or ""):gsub("(%l)(%u)", "%1_%2"):lower():gsub("[^%w_]+", "_"):gsub("^[_%d]+", ""):gsub("_+$", "")
    return made ~= "" and made:sub(1, 60) or nil
  end
  return plain(words[#words]) or "records", plain(words[#words - 1])
end

-- Does the path name one record?
local function is_of_one(path) return path:find "}/?$" ~= nil or path:find "}%.json$" ~= nil end

---Is it a list, or one record?
---@param document openapi_document
---@param given openapi_operation
---@return record_place
function operation.place(document, given)
  if given.response.kind ~= "json" then return { item = given.response.schema or {}, sure = true } end
  local schema = given.response.schema
  if schema == nil then return { item = {}, unknown = true } end
  return shape.of(schema, document.resolve, schema_node.plain((operation.name(given.path))), is_of_one(given.path))
end

-- A list of which each record has such a list: /customers is one of /customers/{customer}/cards.
local function parent_of(document, given)
  local before = given.path:match "^(.*)/{[^{}/]+}/"
  if not before then return nil end
  for _, other in ipairs(document:operations()) do
    if other.path:gsub("/$", "") == before and not operation.place(document, other).single then return other end
  end
end

local function tell_parent(draft, document, given)
  local parent = parent_of(document, given)
  if not parent then return end
  local name = operation.name(parent.path)
  local own = draft.fields.path:match "^.*{([%w_]+)}/"
  local fields = document:node(operation.place(document, parent).item).properties
  local field = fields[own] and own or fields[own:match "[^_]+$"] and own:match "[^_]+$" or "id"
  local path = draft.fields.path:gsub("^(.*){[%w_]+}(/)", ("%%1{parent.%s}%%2"):format(field))
  draft:remark("path", ("to read it for each record of %s, make a stream of that, and put here: parent = '%s', path = '%s'")
    :format(literal.line(parent.path), name, path))
end

-- The address itself is what is asked: its last part is the path then.
local function root_path(base)
  local above, last = base:match "^(https?://.*/)([^/]+)/$"
  if above and above:find "^https?://[^/]+/" then return above, last end
  return base, "./"
end

local function query_of(list)
  local found = {}
  for _, parameter in ipairs(list) do
    if parameter.place == "query" then found[#found + 1] = parameter end
  end
  return found
end

local function has_link(headers)
  for name in pairs(headers) do
    if type(name) == "string" and name:lower() == "link" then return true end
  end
  return false
end

---@param document openapi_document
---@param given openapi_operation
---@param name string of the stream
---@param secret string what the configuration may call its secret
---@return draft
function operation.draft(document, given, name, secret)
  document.outside = nil
  local draft = new_draft(("GET %s of %s"):format(given.path, document.file))
  draft.what = given.words
  draft:set("name", name)
  local base, remark = document:base(given)
  local path = parameters.path(draft, given.path)
  if path == "" then base, path = root_path(base) end
  draft:set("base", base, remark)
  draft:set("path", path)
  tell_parent(draft, document, given)
  local place, list = operation.place(document, given), document:parameters(given)
  if given.response.kind ~= "json" then draft:set("format", given.response.kind) end
  local used = list_draft.fill(draft, { place = place, response = given.response.schema, resolve = document.resolve,
    parameters = query_of(list), link = has_link(given.response.headers), one = place.single, format = draft.fields.format,
    about = schema_node.plain((operation.name(given.path))) })
  local headers = parameters.describe(draft, list, used)
  security.describe(draft, document, given, secret, headers, list)
  list_draft.tell_limits(draft, given.response.headers)
  draft.schema = json_schema(place.item, document.resolve)
  if document.outside then
    draft:remark("limits", ("%s is in another document: what it holds is not known here"):format(literal.line(document.outside)))
  end
  return draft
end

return operation
