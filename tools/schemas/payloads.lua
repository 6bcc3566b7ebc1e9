-- Answers of real servers, as the files NAME.http (the request's line, status and headers) and NAME.json (the body): the records
-- that streams make of them.
local emitter = require "reading.emitter"
local files = require "tools.files"
local merged = require "lib.merged"
local page = require "page"

local payloads = {}

---@class payload
---@field from string the folder's name and the file's
---@field folder string
---@field path string of the request, below the API's root
---@field query string
---@field body string

-- Nil: it is no answer with records.
local function payload_of(folder, name)
  local head = files.read(("%s/%s.http"):format(folder, name))
  local path, query, status = head:match "^GET https?://[^/]+/api/0/([^%s?]*)%??(%S*)%s+HTTP[%d./]* (%d+)"
  if status ~= "200" then return nil end
  local server = folder:match "([^/]+)/*$"
  return { from = server .. "/" .. name, folder = server, path = path, query = query,
    body = files.read(("%s/%s.json"):format(folder, name)) }
end

---All of a folder, in the order of their names.
---@param folder string
---@return payload[]
function payloads.of(folder)
  local list = {}
  for _, name in ipairs(files.names(folder, "%.http$")) do
    list[#list + 1] = payload_of(folder, name:match "^(.*)%.http$")
  end
  return list
end

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

-- What stands for each placeholder of a template in a path; nil: the path is another's.
local function values_of(template, path)
  local names, pattern = {}, ""
  for literal, name in (template .. "{}"):gmatch "(.-){([^}]*)}" do
    pattern = pattern .. literal:gsub("%p", "%%%0") .. (name ~= "" and "([^/]+)" or "")
    names[#names + 1] = name ~= "" and name or nil
  end
  local found = { path:match("^" .. pattern .. "$") }
  if #found == 0 then return nil end
  local values = {}
  for i, name in ipairs(names) do values[name] = decoded(found[i]) end
  return values
end

-- Those by which a server chooses and sorts rows; all others may change what is in one.
local OF_ROWS = { project = true, sort = true, sortBy = true, per_page = true, limit = true, query = true, status = true }

---Was it asked for as the stream asks, as far as that may change what is in a row?
---@param stream stream
---@param payload payload
---@return boolean
function payloads.is_asked_alike(stream, payload)
  local given = "&" .. payload.query .. "&"
  for name, value in pairs(type(stream.params) == "table" and stream.params or {}) do
    local plain = type(value) ~= "table" and not OF_ROWS[name]
    if plain and not given:find(("&%s=%s&"):format(name, tostring(value)), 1, true) then return false end
  end
  return true
end

local function context_of(values, parent)
  local context = { config = {}, parent = parent }
  for name, value in pairs(values) do
    local of_parent = name:match "^parent%.(.+)$"
    if not of_parent then context.config[name] = value
    elseif parent[of_parent] == nil then parent[of_parent] = value end -- a record's own value has the right kind
  end
  return context
end

local function records_of(stream, payload, context)
  local noted = { table.unpack(stream.identity) }
  noted[#noted + 1] = stream.cursor and stream.cursor.field
  local split, wrong = page.of(payload.body, { fields = noted, key = noted, reads = stream.reads, single = stream.single,
    records_path = stream.records, unwrap = stream.unwrap })
  if not split then return nil, wrong end
  emitter.hooks(stream, split, context)
  local records = {}
  for i = 1, split:count() do
    local text, goes_out = split:record(i)
    if goes_out then records[#records + 1] = text end
  end
  return records
end

---The records of a stream in a payload, as they would go out; nil: it is not the stream's, and the message where it should be.
---@param stream stream
---@param payload payload
---@param parent table? a record of the parent: what hooks, and what is added, take of it
---@return string[]? records
---@return string? message
function payloads.records(stream, payload, parent)
  if stream.read or stream.base then return nil end
  for _, template in ipairs { stream.path, stream.fallback or stream.path, stream.through and stream.through.path } do
    local values = values_of(template, payload.path)
    if values then
      local ok, records, wrong = pcall(records_of, stream, payload, context_of(values, merged(parent or {})))
      if ok and records then return records end
      return nil, ("%s: %s"):format(payload.from, ok and wrong or records)
    end
  end
end

return payloads
