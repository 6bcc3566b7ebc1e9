-- A recording (HTTP Archive): its exchanges, put together to lists of which each is one or more pages.
local exchange = require "new.exchange"
local json = require "json"
local json_kind = require "new.json_kind"
local link = require "api.link"
local operation = require "new.operation"
local sample = require "new.sample"
local schema_node = require "new.schema_node"
local secrets_seen = require "new.secrets_seen"
local set_of = require "lib.set_of"
local shape = require "new.shape"

local archive = {}

local METHODS = set_of { "GET", "POST", "PUT", "QUERY", "SEARCH", "REPORT" }
-- Words of a path that say what is done, and not of what.
local VERBS = set_of { "graphql", "search", "_search", "query", "list", "rpc", "find", "filter", "index", "rows", "items",
  "records", "data" }
local AROUND = set_of { "edges", "nodes", "node", "hits", "results", "values", "*", "result" }

---@class recorded_list
---@field exchanges exchange[] in the order in which they were made
---@field first exchange
---@field place record_place
---@field response table a schema of the responses
---@field about string
---@field name string what a stream of it may be called

local function is_usable(one)
  local sends = one.method == "GET" or json_kind.is_table(one.json) and METHODS[one.method]
  local good = one.status // 100 == 2 and one.status ~= 206 and json_kind.is_table(one.document)
  return good and sends and not secrets_seen.is_login(one)
end

-- Of GraphQL, the query tells which list is meant.
local function key_of(one)
  local query = json_kind.is_table(one.json) and type(one.json.query) == "string" and one.json.query or ""
  return ("%s %s%s %s"):format(one.method, one.origin, one.path, query)
end

local function next_of(one)
  local found = one.response_headers.link and link.next(one.response_headers.link)
  local list = { found and found.url }
  sample.each_mark(one.document, {}, function(_, value)
    if type(value) == "string" and value:find "[/?]" then list[#list + 1] = value end
  end)
  return list
end

-- A next address may lead to another path.
local function follows(list, one)
  local last = list.exchanges[#list.exchanges]
  if last.method ~= "GET" or one.method ~= "GET" or last.origin ~= one.origin or last.path == one.path then return false end
  for _, reference in ipairs(next_of(last)) do
    if exchange.leads_to(last, reference, one, secrets_seen.is_secret) then return true end
  end
  return false
end

local function is_again(list, one)
  for _, other in ipairs(list.exchanges) do
    if other.url == one.url and json.encode(other.json or {}) == json.encode(one.json or {}) then return true end
  end
  return false
end

local function name_of(list)
  local word, before = operation.name(list.first.path)
  local plain = list.first.path:match "([^/]+)/?$" or ""
  if not VERBS[plain:lower()] then return word end
  local last
  for _, name in ipairs(list.place.path and json.path(list.place.path) or {}) do
    if not VERBS[name] and not AROUND[name] then last = name:gsub("[^%w_]+", "_") end
  end
  return last and last:find "^%a" and last or before or word
end

local function finish(list)
  local documents = {}
  for i, one in ipairs(list.exchanges) do documents[i] = one.document end
  list.about = schema_node.plain((operation.name(list.first.path)))
  list.response = sample.schema(documents)
  list.place = shape.of(list.response, schema_node.as_it_is, list.about)
  list.name = name_of(list)
  return list
end

local function group(exchanges)
  local lists, at = {}, {}
  for _, one in ipairs(exchanges) do
    if is_usable(one) then
      local list = at[key_of(one)]
      for i = #lists, 1, -1 do
        if not list and follows(lists[i], one) then list = lists[i] end
      end
      if not list then
        list = { exchanges = {}, first = one }
        lists[#lists + 1], at[key_of(one)] = list, list
      end
      if not is_again(list, one) then list.exchanges[#list.exchanges + 1] = one end
    end
  end
  for _, list in ipairs(lists) do finish(list) end
  return lists
end

local NO_JSON = "%s has no good response that is JSON; a stream of CSV, lines of JSON or XML is written by hand (`format`)"

---@class recorded
---@field file string
---@field exchanges exchange[]
---@field lists recorded_list[]
---@field logins exchange[]

---@param root any a decoded document
---@param file string
---@return recorded? recorded nil: it is no recording
---@return string? message what is wrong with it
function archive.new(root, file)
  local log = json_kind.is_table(root) and root.log
  if not json_kind.is_table(log) or not json_kind.is_table(log.entries) then return nil end
  local exchanges, logins, bodies = {}, {}, 0
  for _, entry in ipairs(log.entries) do
    local one = exchange.of(entry)
    if one then
      exchanges[#exchanges + 1] = one
      if not one.empty then bodies = bodies + 1 end
      if secrets_seen.is_login(one) then logins[#logins + 1] = one end
    end
  end
  if #exchanges > 0 and bodies == 0 then
    return nil, ("%s has no response's body: save it with its content (in Chrome `Save all as HAR with content`)"):format(file)
  end
  local made = { file = file, exchanges = exchanges, logins = logins, lists = group(exchanges) }
  if #made.lists > 0 then return made end
  return nil, NO_JSON:format(file)
end

return archive
