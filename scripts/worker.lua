-- What is done in a stream's own state: describe it, probe it, or read it. Called with JSON, returns text (host.run).
local airbyte = require "airbyte"
local contract = require "contract"
local host = require "host"
local json = require "json"
local nearest = require "nearest"

local jobs = {} -- each requires what it needs by itself: describing a stream needs no client and no walk

-- Newlines stand between tokens only, so what is left is the same JSON on one line.
local function one_line(text)
  return (text:gsub("%s*\n%s*", " "))
end

local function schema_of(stream)
  if type(stream.schema) == "table" then return json.encode(stream.schema) end
  local text, why = host.resource(stream.schema or stream.name .. ".json")
  if text then return one_line(text) end
  if stream.schema then return nil, ("its schema %s: %s"):format(stream.schema, why) end
  local properties = {}
  for _, name in ipairs(stream.primary_key) do properties[name] = { type = { "null", "string", "number" } } end
  if stream.cursor then properties[stream.cursor.field] = { type = { "null", "string" }, format = "date-time" } end
  return json.encode { type = "object", additionalProperties = true, properties = properties }
end

local function key_paths(names)
  local paths = json.array()
  for i, name in ipairs(names) do paths[i] = { name } end
  return paths
end

---The stream's entry in the catalogue.
function jobs.describe(stream)
  local schema, wrong = schema_of(stream)
  if not schema then return nil, ("the script of the stream '%s': %s"):format(stream.name, wrong), "config_error" end
  local entry = {
    name = stream.name,
    supported_sync_modes = stream.cursor and { "full_refresh", "incremental" } or { "full_refresh" },
    source_defined_cursor = stream.cursor and true or nil,
    default_cursor_field = stream.cursor and { stream.cursor.field } or nil,
    source_defined_primary_key = #stream.primary_key > 0 and key_paths(stream.primary_key) or nil,
  }
  return (json.encode(entry):gsub("}$", function() return ',"json_schema":' .. schema .. "}" end))
end

---One request for one record.
function jobs.probe(stream, job)
  local client, reader = require "client", require "reader"
  local list, wrong, failure = reader.list(stream, client.new(stream.api, job.config, job.options))
  if not list then return nil, wrong, failure end
  list.rows = 1
  local page, message, kind = list:fetch {}
  if not page then return nil, message, kind end
  return tostring(page:count())
end

-- What became of a read, also where it raised.
local function tell(to, ended)
  local records, bytes = airbyte.written()
  local stats = to.stats
  local words = "%d records, %d bytes; %d requests, %d bytes received, %d retries, %d waits (%.1f s), %d repeats dropped, "
    .. "%d answers not needed; %s"
  to:log("INFO", words:format(records, bytes, stats.requests, stats.bytes, stats.retries, stats.waits, stats.waited,
    stats.repeats or 0, stats.needless, ended))
end

function jobs.read(stream, job)
  if job.incremental and not stream.cursor then
    return nil, ("the stream '%s' has no cursor; it can only be read in full"):format(stream.name), "config_error"
  end
  local client, reader = require "client", require "reader"
  local to = client.new(stream.api, job.config, job.options, stream.name)
  local ended
  local _ <close> = setmetatable({}, { __close = function(_, raised) tell(to, ended or "stopped: " .. tostring(raised)) end })
  local ok, message, kind = reader.read(stream, to, {
    state = job.state, incremental = job.incremental, checkpoint = job.options.checkpoint_records,
  })
  ended = ok or "stopped: " .. message
  if not ok then return nil, message, kind end
  return "done"
end

-- As a list, in the order given, or by name.
local function listed(tests)
  local list = {}
  for key, test in pairs(tests or {}) do
    list[#list + 1] = type(test) == "table" and { name = test[1], run = test[2] } or { name = tostring(key), run = test }
  end
  if tests and tests[1] == nil then table.sort(list, function(a, b) return a.name < b.name end) end
  return list
end

---Runs the tests that its script holds, each with the stream. JSON: a list of {name, message?}; a message where it failed.
function jobs.tests(stream)
  local results = json.array()
  for i, test in ipairs(listed(stream.tests)) do
    local ok, raised = pcall(test.run, stream)
    results[i] = { name = test.name, message = not ok and tostring(raised) or nil }
  end
  return json.encode(results)
end

---Whether its state can be read: says what is wrong with it, or "understood".
function jobs.understand(stream, job)
  local _, wrong = require "reader".understand(stream, job.state)
  return wrong or "understood"
end

-- What no run of it may come to: a name that is not there, in a branch that is seldom taken.
local function find_undefined(job)
  local list = host.undefined(job.name, job.script)
  local told, names = {}, {}
  for name in pairs(_G) do names[#names + 1] = name end
  for i, one in ipairs(list or {}) do
    local meant = nearest(one.name, names)
    told[i] = ("line %d: undefined global '%s'%s"):format(one.line, one.name,
      meant and (" (did you mean '%s'?)"):format(meant) or "; declare it with `local`")
  end
  if #told > 0 then return table.concat(told, ", ") end
end

---@param text string JSON: job, name, and what the job needs
---@return string? result
---@return string? message
---@return string? failure_type
return function(text)
  local job = json.decode(text)
  local name = ("'%s'%s"):format(job.name, job.about and " (" .. job.about .. ")" or "")
  local undefined = job.strict and find_undefined(job)
  if undefined then return nil, ("the script of the stream %s: %s"):format(name, undefined), "config_error" end
  local given, message, code = host.stream(job.name, job.script)
  if code then return nil, message, "config_error" end
  local stream, wrong = contract.check(given, job.name)
  local granted, no_host = true, nil
  if stream and stream.hosts then granted, no_host = host.grant(stream.hosts) end
  if not granted then stream, wrong = nil, "hosts: " .. no_host end
  if not stream then return nil, ("the script of the stream %s: %s"):format(name, wrong), "config_error" end
  return jobs[job.job](stream, job)
end
