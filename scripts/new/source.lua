-- What a stream can be made of: a document of OpenAPI, or a recording. Each holds lists to choose from, and drafts one.
local archive = require "new.archive"
local exchange_draft = require "new.exchange_draft"
local files = require "files"
local json = require "json"
local openapi = require "new.openapi"
local operation = require "new.operation"
local recorded_test = require "new.recorded_test"

local source = {}

---@class source
---@field list choosable[]
---@field draft fun(one: choosable, name: string, secret: string): draft
---@field secret fun(one: choosable): string what the configuration may call the secret of its API
---@field test (fun(one: choosable, draft: draft, script: string): integer?, string?)? makes a test of what was recorded

local YAML = [[%s is YAML; JSON can be read. To convert it:
  python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout, default=str)' <%s >openapi.json
  (Debian's package is python3-yaml), or: yq -o=json %s >openapi.json]]

local function looks_like_yaml(text)
  return ("\n" .. text:sub(1, 4000)):find "\n%-%-%-%s" or ("\n" .. text:sub(1, 4000)):find "\n%s*[\"']?openapi[\"']?%s*:%s"
    or ("\n" .. text:sub(1, 4000)):find "\n%s*swagger%s*:%s"
end

---A name for an API's secret, by the address: `https://api.stripe.com/v1/` is stripe's.
---@param base string
---@return string
function source.secret_name(base)
  local host = (base:match "^%a+://([^/:?#]+)" or ""):lower()
  if host:find "^[%d.]+$" or host:find "^%[" then return "api" end
  local labels = {}
  for label in host:gmatch "[^.]+" do labels[#labels + 1] = label end
  local last = #labels - 1
  if last > 1 and #labels[last] <= 3 and #labels[#labels] == 2 then last = last - 1 end
  local made = (labels[math.max(last, 1)] or "api"):gsub("[^%w_-]", "_")
  return made:find "^%a" and made or "api"
end

local function of_document(document)
  local list = {}
  for i, given in ipairs(document:operations()) do
    local place = operation.place(document, given)
    list[i] = { path = given.path, method = "GET", id = given.id, name = (operation.name(given.path)), words = given.words,
      kind = place.single and "one record" or place.unknown and "unknown" or place.bare and "values" or "list", given = given }
  end
  return {
    list = list,
    draft = function(one, name, secret) return operation.draft(document, one.given, name, secret) end,
    secret = function(one) return source.secret_name((document:base(one.given))) end,
  }
end

local function of_recording(recorded)
  local list = {}
  for i, one in ipairs(recorded.lists) do
    local pages = #one.exchanges == 1 and "one page" or #one.exchanges .. " pages"
    list[i] = { path = one.first.path, method = one.first.method, name = one.name, words = pages, given = one,
      kind = one.place.single and "one record" or one.place.bare and "values" or "list" }
  end
  table.sort(list, function(a, b)
    if (a.kind == "list") ~= (b.kind == "list") then return a.kind == "list" end
    return a.path < b.path
  end)
  return {
    list = list,
    draft = function(one, name, secret) return exchange_draft.make(recorded, one.given, name, secret) end,
    secret = function(one) return source.secret_name(one.given.first.origin) end,
    test = function(one, draft, script) return recorded_test.make(draft, script, recorded, one.given) end,
  }
end

---@param path string of the file
---@return source?
---@return string? message
function source.read(path)
  if path:find "^https?://" then
    return nil, ("--from names a file: fetch it first, as by curl -o openapi.json '%s'"):format(path)
  end
  local text, unreadable = files.read(path)
  if not text then return nil, ("%s: %s"):format(path, unreadable) end
  local file = path:match "[^/]+$" or path
  local root, malformed = json.decode(text)
  if root == nil then
    if looks_like_yaml(text) then return nil, YAML:format(path, path, path) end
    return nil, ("%s is no JSON: %s"):format(path, malformed)
  end
  local document, wrong = openapi.new(root, file)
  if wrong then return nil, wrong end
  if document then
    local made = of_document(document)
    if #made.list > 0 then return made end
    return nil, ("%s describes no GET that answers with JSON, lines of JSON or CSV"):format(path)
  end
  local recorded, lacking = archive.new(root, file)
  if recorded then return of_recording(recorded) end
  return nil, lacking or ("%s is neither a document of OpenAPI (it has no `openapi` or `swagger`) nor a recording (a HAR has "
    .. "`log.entries`)"):format(path)
end

return source
