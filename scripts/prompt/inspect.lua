-- What the prompt has done in a stream's own state (stream/worker.lua): the prompt itself gets data alone, so that a
-- script can do there no more than in a read.
local contexts = require "reading.context"
local emitter = require "reading.emitter"
local json = require "json"
local lists = require "reading.list"

local inspect = {}

local DEEPEST = 10 -- of tables in a definition; beyond, one holds itself
local hidden = { api = true, reads = true, body_names = true } -- made by perigee, not written by anybody

-- JSON has no functions, no infinity, and names for keys only.
local function as_data(value, depth)
  if type(value) == "function" then return "function" end
  if math.type(value) == "float" and value - value ~= 0 then return tostring(value) end
  if type(value) ~= "table" then return value end
  if depth > DEEPEST then return "…" end
  local copy, count = {}, 0
  for key, item in pairs(value) do copy[key], count = as_data(item, depth + 1), count + 1 end
  if count > 0 and count == #copy then return json.array(copy) end
  local named = {}
  for key, item in pairs(copy) do named[tostring(key)] = item end
  return named
end

---The stream's table with all defaults, as data: in place of a function stands the word.
---@param stream stream
---@return table
function inspect.definition(stream)
  local definition = {}
  for name, value in pairs(stream) do
    if not hidden[name] then definition[name] = as_data(value, 1) end
  end
  return definition
end

---@class position how far the pages of a list were followed
---@field cursor string? of the page that follows
---@field rows integer? the page size
---@field path string? which may be the stream's fallback by now

-- The list at a position, as the last job left it.
local function list_at(stream, client, job)
  local position = job.position
  return lists.new(stream, client, contexts.new(job.config, job.parent), { page_size = position.rows, path = position.path })
end

-- A page as data: its records as they would go out, each a text.
local function page_of(list, raw)
  local response = list.last_response
  emitter.hooks(list.stream, raw, list.context)
  local records = json.array()
  for i = 1, raw:count() do
    local text, goes_out = raw:record(i)
    if goes_out then records[#records + 1] = text end
  end
  return {
    request = response.url, status = response.status, ms = response.ms, bytes = response.bytes, count = raw:count(),
    held = raw:count() - #records, cursor = list.next, headers = response:headers(), records = records,
  }
end

---@class inspected what came of fetching a page
---@field position position from where the next job goes on
---@field page table? none: `message` and `failure_type` say why
---@field message string?
---@field failure_type string?
---@field requests integer
---@field bytes integer received

---Fetches the page at job.position; with job.open, only looks whether the list can be asked for at all.
---@param stream stream
---@param client client
---@param job {config: table, parent: table?, position: position, open: boolean?}
---@return inspected?
---@return string? message
---@return string? failure_type
function inspect.page(stream, client, job)
  local list, wrong, kind = list_at(stream, client, job)
  if not list then return nil, wrong, kind end
  local result = {}
  if not job.open then
    local raw, message, failure_type = list:fetch { token = job.position.cursor }
    result.message, result.failure_type = message, failure_type
    result.page = raw and page_of(list, raw)
  end
  result.position = { cursor = list.next, rows = list.page_size.current, path = list.source.path }
  result.requests, result.bytes = client.stats.requests, client.stats.bytes
  return result
end

return inspect
