-- Sentry's OpenAPI document (openapi-derefed.json): what it says of the records of our streams.
local json = require "json"
local shape = require "tools.schemas.shape"

local openapi = {}

---The parts of it that are kept in the checkout, in its form.
openapi.KEPT = "spec/fixtures/openapi/sentry.json"

-- Path parameters are called otherwise there, and some are literals here.
local function normalized(path) return (path:gsub("^/", ""):gsub("^api/0/", ""):gsub("{[^}]*}", "{}"):gsub("/+$", "")) end

local function answers_of(document)
  local answers = {}
  for path, operations in pairs(document.paths) do
    local ok = operations.get and operations.get.responses and operations.get.responses["200"]
    local content = ok and ok.content and ok.content["application/json"]
    if content and content.schema then answers[normalized(path)] = { path = path, schema = content.schema } end
  end
  return answers
end

-- A literal of ours, such as `latest`, may be one value of a parameter there.
local function fits(ours, theirs)
  local pattern = theirs:gsub("[%-%.%+%?%*%[%]%^%$%%]", "%%%0"):gsub("{}", "[^/]+")
  return ours:find("^" .. pattern .. "$") ~= nil
end

local function find_answer(answers, path)
  path = normalized(path)
  if answers[path] then return answers[path] end
  local names = {}
  for name in pairs(answers) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if fits(path, name) then return answers[name] end
  end
end

-- Where the records are in an answer's schema; nil: the document does not say.
local function record_of(stream, schema)
  for _, name in ipairs(stream.records and json.path(stream.records) or {}) do
    local properties = schema.properties or {}
    schema = name == "*" and (schema.items or schema.additionalProperties) or properties[name]
    if type(schema) ~= "table" then return nil end
  end
  if schema.type == "array" then schema = schema.items end
  for _, name in ipairs(schema and stream.unwrap and json.path(stream.unwrap) or {}) do
    schema = schema and schema.properties and schema.properties[name]
  end
  return schema and schema.properties and schema or nil
end

local function paths_of(stream)
  local paths = { stream.path, stream.fallback, stream.through and stream.through.path }
  local list = {}
  for i = 1, 3 do list[#list + 1] = paths[i] end
  return list
end

-- A script's own `read` makes records of answers as it likes, and another API has another document.
local function answers_for(document, stream)
  local answers, found = answers_of(document), {}
  if stream.read or not stream.path or stream.base then return found end
  for _, path in ipairs(paths_of(stream)) do
    local answer = find_answer(answers, path)
    if answer and record_of(stream, answer.schema) then found[#found + 1] = answer end
  end
  return found
end

---What the document says of a stream's records, and on which of its paths; nil: nothing.
---@param document table
---@param stream stream
---@return table? shape
---@return string[] paths
function openapi.shape(document, stream)
  local ways, paths = {}, {}
  for i, answer in ipairs(answers_for(document, stream)) do
    ways[i], paths[i] = record_of(stream, answer.schema), answer.path
  end
  return ways[1] and shape.of_openapi { anyOf = ways }, paths
end

-- Of a schema no more than what it says of names and kinds.
local function bare(schema)
  local kept = { type = schema.type, format = schema.format, nullable = schema.nullable, enum = schema.enum }
  for _, way in ipairs { "oneOf", "anyOf", "allOf" } do
    if schema[way] then
      kept[way] = json.array()
      for i, one in ipairs(schema[way]) do kept[way][i] = bare(one) end
    end
  end
  if schema.items then kept.items = bare(schema.items) end
  if type(schema.additionalProperties) == "table" then kept.additionalProperties = bare(schema.additionalProperties) end
  if schema.properties then
    kept.properties = {}
    for name, member in pairs(schema.properties) do kept.properties[name] = bare(member) end
  end
  return kept
end

---The parts that tell of these streams, without words: what is kept.
---@param document table
---@param streams stream[]
---@return table
function openapi.extract(document, streams)
  local kept = { info = { title = document.info and document.info.title }, paths = {} }
  for _, stream in ipairs(streams) do
    for _, answer in ipairs(answers_for(document, stream)) do
      local content = { ["application/json"] = { schema = bare(answer.schema) } }
      kept.paths[answer.path] = { get = { responses = { ["200"] = { content = content } } } }
    end
  end
  return kept
end

---What is kept as text, with a line for each path.
---@param kept table
---@return string
function openapi.text(kept)
  local lines, names = {}, {}
  for path in pairs(kept.paths) do names[#names + 1] = path end
  table.sort(names)
  for i, path in ipairs(names) do lines[i] = ("%s:%s"):format(json.encode(path), json.encode(kept.paths[path])) end
  return ('{"info":%s,"paths":{\n%s\n}}\n'):format(json.encode(kept.info), table.concat(lines, ",\n"))
end

return openapi
