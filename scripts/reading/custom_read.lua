-- Streams that read by themselves: a script's `read(context)` asks, emits and checkpoints as it likes. What it asks for is
-- paced and asked again as for any other stream; what it emits goes through the same hooks.
local clients = require "api.client"
local contexts = require "reading.context"
local emitter = require "reading.emitter"
local json = require "json"
local keys = require "keys"
local merged = require "lib.merged"
local left_out = require "stream.left_out"
local outgoing = require "api.outgoing"
local page_module = require "page"
local retry = require "api.retry"
local stream_state = require "reading.stream_state"
local url = require "lib.url"

local custom_read = {}

local MOST_REQUESTS = 1000 -- in a row without anything new: such a script does not end
local SEEN = 100000 -- keys of what was emitted

-- A failed request, which scripts may catch: its fields tell status, message and failure_type.
local failure = { __tostring = function(self) return self.message end, __name = "failure" }

local function fail(message, kind, outcome)
  error(setmetatable({ message = message, failure_type = kind, status = outcome and outcome.status,
    scope = outcome and outcome.scope }, failure), 0)
end

---@class own_context: context
local methods = {}

-- The same client for addresses below another base.
local function client_at(client, base)
  local config = merged(client.config, { base_url = base, configured_url = false })
  return setmetatable({ config = config }, { __index = client })
end

-- The client for a path, or for a whole address: another host than the stream's own gets none of its headers.
local function client_for(run, target)
  local client = run.client
  if not target:find "^%a+://" then return client, target end
  local base, configured = client.config.base_url, client.config.configured_url
  if target:sub(1, #base) == base then return client, target:sub(#base + 1) end
  if configured and target:sub(1, #configured) == configured then
    return client_at(client, configured), target:sub(#configured + 1)
  end
  local elsewhere = client_at(client, "")
  elsewhere.api = setmetatable({
    headers = function() return { Accept = "application/json" } end, lacking = function() end, auth = function() end,
  }, { __index = client.api })
  return elsewhere, target
end

local function ask(context, target, params, accept, sends)
  local run = context.run
  run.idle = run.idle + 1
  if run.idle > MOST_REQUESTS then
    fail(("%d requests in a row brought nothing new; this `read` does not end"):format(MOST_REQUESTS), "config_error")
  end
  local client, path = client_for(run, target)
  local filled, missing = url.fill(path, contexts.values(context))
  if not filled then fail(missing, "config_error") end
  local value, message, kind, outcome = client:fetch {
    path = filled, query = params, accept = accept, scope = run.stream.scope, endpoint = path:match "^[^?]*",
    sends = sends,
  }
  if value == nil then fail(message, kind, outcome) end
  return value[1], outcome.response
end

-- As a list of one: a document may be false.
local function document_of(response)
  if retry.is_without_content(response.status) then return { json.null } end
  local document, wrong, code = clients.decode(response)
  if document == nil then return nil, wrong, code end
  return { document }
end

-- A document that is none, by what the script says of it, is requested again as one that was cut.
local function checked_by(find_wrong)
  return function(response)
    local document, why, code = document_of(response)
    if document == nil then return nil, why, code end
    local wrong = find_wrong(document[1])
    if wrong then return nil, wrong, "not_rows" end
    return document
  end
end

---Fetches a JSON document; null where there is no content (204, 205). Raises when that fails, after all retries.
---@param target string a path below the base, with {placeholders}; or a whole address
---@param params table?
---@param find_wrong (fun(document: any): string?)? what is wrong with a document, which is then requested again
---@return any document
---@return response response
function methods:get(target, params, find_wrong)
  if find_wrong ~= nil and type(find_wrong) ~= "function" then
    error(("get takes a function that says what is wrong with a document, not a %s"):format(type(find_wrong)), 2)
  end
  return ask(self, target, params, find_wrong and checked_by(find_wrong) or document_of)
end

local function answer_of(response)
  if response.bytes == 0 then return { json.null } end
  return document_of(response)
end

---Sends a request of any method, and returns the JSON document of its response; null where that is empty. Raises when it fails.
---@param given own_request
---@return any document
---@return response response
function methods:request(given)
  outgoing.check(given, 2)
  return ask(self, given.path, given.query, answer_of, outgoing.of(given))
end

---Fetches a page of records, which are not decoded. Raises when that fails.
---@param target string
---@param params table?
---@param records string? where the array is in the response
---@return page page to be emitted
---@return response response
function methods:page(target, params, records)
  local run = self.run
  return ask(self, target, params, function(response)
    local settings = { fields = run.fields, key = run.fields, reads = run.stream.reads, records_path = records,
      without = run.without }
    local page, why, code = response:page(settings)
    if not page then return nil, why, code end
    return { page }, nil, page:count()
  end)
end

local function page_of(run, records)
  local list = records[1] ~= nil and records or { records }
  local texts = {}
  for i, record in ipairs(list) do
    if type(record) ~= "table" then error(("a record must be a table, not a %s"):format(type(record)), 3) end
    local ok, text = pcall(json.encode, record)
    if not ok then error("a record cannot go out: " .. text, 3) end
    texts[i] = text
  end
  local settings = { fields = run.fields, key = run.fields, reads = run.stream.reads, without = run.without }
  local page, wrong = page_module.of("[" .. table.concat(texts, ",") .. "]", settings)
  if not page then error("what was emitted is no record: " .. wrong, 3) end
  return page
end

-- Records without a key cannot be told from others, and count as new.
local function note_progress(run, page)
  local before = run.seen:count()
  page:remember(run.seen, "all")
  local new = #run.fields == 0 or run.seen:count() ~= before or before >= SEEN
  if new and page:count() > 0 then run.idle = 0 end
end

---Emits a record, a list of them, or a page, whole or not at all.
---@param records table|page
function methods:emit(records)
  local run = self.run
  local given = type(records) == "userdata"
  if not given and type(records) ~= "table" then
    error(("emit takes a record, a list of records, or a page, not a %s"):format(type(records)), 2)
  end
  if not given and next(records) == nil then return end
  local page = given and records or page_of(run, records)
  run.client.stats.nulls = run.client.stats.nulls + page:nulls()
  run.emitter:emit(page, self)
  note_progress(run, page)
  page:close()
  if run.probing then fail(run.probing) end
end

---Writes a state, which covers all records emitted until now.
---@param state table
function methods:checkpoint(state)
  if type(state) ~= "table" or state[1] ~= nil then error("a state must be a table with names", 2) end
  if not self.run.probing then self.run.emitter:state(state) end
end

---Writes a line into the log.
---@param level "INFO"|"WARN"
---@param message string
function methods:log(level, message) self.run.client:log(level, message) end

local function new_context(stream, client, job)
  local state = job.state ~= json.null and job.state or nil
  if not job.incremental then state = nil end
  local context = contexts.new(job.config, nil, state)
  context.run = {
    stream = stream, client = client, emitter = job.emitter, idle = 0, seen = keys.set(SEEN), fields = stream.identity,
    without = left_out.paths(stream, job.config.include_secrets),
  }
  return setmetatable(context, { __index = methods })
end

-- Errors of requests are the world's, and end the stream with their own words; all others are the script's.
local function call(stream, context)
  local ok, result, message, kind = pcall(stream.read, context)
  if not ok and getmetatable(result) == failure then return nil, result.message, result.failure_type, result end
  if not ok then error(result, 0) end
  if result == nil and type(message) == "string" then return nil, message, kind or "system_error" end
  return true
end

---@param stream stream
---@param client client
---@param job {config: table, state: table?, incremental: boolean, emitter: emitter}
---@return string? ended
---@return string? message
---@return string? failure_type
function custom_read.read(stream, client, job)
  local before = emitter.ended_before(job)
  if before then return before end
  local ok, message, kind = call(stream, new_context(stream, client, job))
  if not ok then return nil, message, kind end
  if not job.incremental then job.emitter:state { [stream_state.FINISHED] = true } end
  return "read by the script's own `read`"
end

---Reads up to the first records, and writes nothing.
---@return integer? records
---@return string? message
---@return string? failure_type
---@return {status: integer?, scope: string?, code: string?}? refusal
function custom_read.probe(stream, client, job)
  local enough = "enough was read"
  job.emitter = { emit = function(_, page, context) emitter.hooks(stream, page, context) end }
  local context = new_context(stream, client, job)
  context.run.probing = enough
  local ok, message, kind, refusal = call(stream, context)
  if not ok and message ~= enough then return nil, message, kind, refusal end
  return 1
end

---Any object is a state of such a stream.
---@return true?
---@return string? message
function custom_read.understand(stream, state)
  if state == nil or state == json.null or type(state) == "table" and state[1] == nil then return true end
  return nil, ("the state of the stream '%s' cannot be understood: it must be an object"):format(stream.name)
end

return custom_read
