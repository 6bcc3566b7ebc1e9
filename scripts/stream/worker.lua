-- What is done in a stream's own state: describe it, probe it, or read it. Called with JSON, returns JSON (sandbox.run).
local airbyte = require "airbyte"
local allowed_hosts = require "allowed_hosts"
local json = require "json"
local loader = require "stream.loader"
local member = require "lib.member"
local stream_scripts = require "stream_scripts"
local suggest = require "lib.suggest"

-- Each requires what it needs by itself: describing a stream needs no client and no walk. A job returns its result; or
-- nil, message, failure type, and what else is known of the failure (registry.lua).
local jobs = {}

local OF_SCRIPT = { of_script = true }
local encode = json.encode -- as it is before a script can change it

-- Who reads a stream: its own script, one list for each parent, or one list; of that the part of this shard; and that for each
-- project.
local function way_of(stream, job)
  local way = require(stream.read and "reading.custom_read" or stream.parent and "reading.children" or "reading.reader")
  if job.options and job.options.shard or type(job.state) == "table" then way = require "reading.shards".over(way, job) end
  return require "reading.projects".over(way, stream, job.known)
end

local function client_of(stream, job, name)
  local client = require "reading.context".client(stream, job.config, job.options, name)
  client.custom = job.about ~= nil
  return client
end

local function key_paths(names)
  local paths = json.array()
  for i, name in ipairs(names) do paths[i] = member.names(name) end
  return paths
end

---Its JSON Schema, as JSON.
function jobs.schema(stream)
  local schema, wrong, kind, failure = require "stream.schema".of(stream)
  return schema and schema.text, wrong, kind, failure
end

-- `ask`: one record is asked for where the servers' keys differ; a stream of the user's own says which it has.
local function primary_key(stream, job)
  local key = job.ask and not job.about and require "stream.key"
  if not key or not key.differs(stream) then return stream.primary_key end
  local askable = job.config and not (stream.api.lacking and stream.api.lacking(job.config))
  local names, warning = key.find(stream, askable and client_of(stream, job, stream.name) or nil)
  if warning then airbyte.log("WARN", warning) end
  return names
end

-- Of a schema of the user's own, which is left as it is.
local function hint_at_undeclared(stream, job)
  local text = job.about and require "stream.schema".text(stream)
  local hint = text and require "stream.undeclared"(text)
  if hint then airbyte.log("INFO", ("%s: %s"):format(stream.name, hint)) end
end

---The stream's entry in the catalogue.
function jobs.describe(stream, job)
  local tracks = job.config and require "stream.period".tracks(stream, job.config)
  local schema, wrong, kind, failure = require "stream.schema".of(stream, tracks)
  if not schema then return nil, wrong, kind, failure end
  if job.ask then hint_at_undeclared(stream, job) end
  local key = primary_key(stream, job)
  local entry = {
    name = stream.name,
    supported_sync_modes = stream.cursor and { "full_refresh", "incremental" } or { "full_refresh" },
    source_defined_cursor = stream.cursor and true or nil,
    is_resumable = require "reading.resumable"(stream) or nil,
    default_cursor_field = stream.cursor and member.names(stream.cursor.field) or nil,
    source_defined_primary_key = #key > 0 and key_paths(key) or nil,
  }
  return (json.encode(entry):gsub("}$", function() return ',"json_schema":' .. schema.text .. "}" end))
end

---The entries of several streams, by name, in one state, for they are shipped ones: those that can be made.
function jobs.entries(_, job)
  local entries = {}
  for _, name in ipairs(job.names) do
    local stream = loader.load(name, job.known)
    entries[name] = stream and jobs.describe(stream, job) or nil
  end
  return entries
end

---One request for one record, which goes through the hooks; a user's own schema is looked at first. How many came; where
---`volume` is wanted, a table with that and with what is to be said of a long read.
function jobs.probe(stream, job)
  if job.strict then
    local schema, broken, kind, failure = require "stream.schema".of(stream)
    if not schema then return nil, broken, kind, failure end
  end
  local count, message, kind, refusal, volume = way_of(stream, job).probe(stream, client_of(stream, job, stream.name), job)
  if count and job.volume then return { count = count, volume = volume } end
  return count, message, kind, refusal
end

-- What became of a read, also where it raised.
local function summarize(to, ended, through)
  for _, drift in ipairs(through:drift()) do to:log("WARN", drift) end
  local refusable = through:refusable()
  if refusable then to:log("WARN", refusable) end
  local stats = to.stats
  if stats.nulls > 0 then
    to:log("WARN", ("null came %s in the place of a record that the server could not write (its log says why); "
      .. "it is skipped"):format(require "lib.counted"(stats.nulls, "time")))
  end
  airbyte.summary {
    requests = stats.requests, received = stats.bytes, retries = stats.retries, waits = stats.waits,
    waited_us = math.floor(stats.waited * 1e6), repeats = stats.repeats, needless = stats.needless, ended = ended,
  }
end

-- Some platforms ask every stream for what is new. What came of such a read before must not pass for a full read's end.
local function read_in_full(job, to)
  to:log("INFO", "is asked for what is new, has no cursor to tell it by, and is read in full")
  job.incremental, job.state = false, nil
end

-- A table says nothing by its address.
local function text_of(raised)
  if type(raised) ~= "table" or getmetatable(raised) then return tostring(raised) end
  local ok, text = pcall(encode, raised)
  return "a table was raised" .. (ok and ": " .. text or "")
end

-- What was raised, without the place in a script that Lua puts before it, and the traceback of a task: the ERROR trace has
-- both.
local function reason_of(raised) return (text_of(raised):match("^[^\n]*"):gsub("^[^:]+:%d+: ", "")) end

function jobs.read(stream, job, observer)
  local to = client_of(stream, job, stream.name)
  local through = require "reading.emitter".new(stream, observer, job.config and job.config.text == "clean")
  through.lands, to.part = job.lands, job.part
  if job.incremental and not stream.cursor then read_in_full(job, to) end
  hint_at_undeclared(stream, job)
  local ended
  local _ <close> = setmetatable({}, { __close = function(_, raised)
    summarize(to, ended or "stopped: " .. reason_of(raised), through)
  end })
  local refused = (job.options.shard or job.state) and require "reading.shards".refusal_of_all(stream, job)
  if refused then
    ended = "stopped: " .. refused
    return nil, refused, "config_error"
  end
  local ok, message, kind = way_of(stream, job).read(stream, to, {
    config = job.config, options = job.options, state = job.state, incremental = job.incremental,
    checkpoint = job.options.checkpoint_records, known = job.known, lands = job.lands,
    emitter = job.options.shard and require "reading.shards".emitter(job, through) or through,
  })
  ended = ok or "stopped: " .. message
  if not ok then return nil, message, kind, { blamed = to.blamed, status = to.refused } end
  return job.part and job.part.afresh and "afresh" or "done"
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

---The names of the tests that its script holds.
function jobs.tests(stream)
  local names = json.array()
  for i, test in ipairs(listed(stream.tests)) do names[i] = test.name end
  return names
end

---Runs one of them, by its place in that list; it gets the stream. Each is a job of its own: one may run for ever.
function jobs.test(stream, job)
  local ok, raised = pcall(listed(stream.tests)[job.test].run, stream)
  if ok then return true end
  return nil, text_of(raised), "config_error"
end

---The same, and a verb is shown each request, and the record that it looks for (tracer.lua).
function jobs.try(stream, job)
  return jobs.read(stream, job, require "try.tracer".watch(stream, job))
end

---Its table with all defaults, for the prompt.
function jobs.definition(stream) return require "prompt.inspect".definition(stream) end

---One page of its list, for the prompt.
function jobs.page(stream, job)
  return require "prompt.inspect".page(stream, client_of(stream, job), job)
end

---What a read would ask (try/plan.lua).
function jobs.plan(stream, job)
  return require "try.plan".make(stream, client_of(stream, job), job)
end

---What a destination makes its table of (sync/plan.lua).
function jobs.table(stream, job) return require "sync.plan".make(stream, job) end

---What is to be known of each of several streams, by its name (stream/outline.lua); in one state, for they are shipped ones.
function jobs.outlines(_, job)
  local outlines = {}
  for _, name in ipairs(job.names) do
    local stream, wrong = loader.load(name, job.known)
    if not stream then return nil, ("the script of the stream '%s': %s"):format(name, wrong), "config_error", OF_SCRIPT end
    outlines[name] = require "stream.outline".of(stream, job.known)
  end
  return outlines
end

---The same of one stream.
function jobs.outline(stream, job) return require "stream.outline".of(stream, job.known) end

---How many requests a full read takes, by the first page of its list.
function jobs.cost(stream, job)
  return require "reading.cost".of(stream, client_of(stream, job, stream.name))
end

---Whether its state can be read: `wrong` says why not.
function jobs.understand(stream, job)
  local _, wrong = way_of(stream, job).understand(stream, job.state)
  return { wrong = require "reading.shards".refusal_of_all(stream, job) or wrong }
end

-- A name that is not there may stand in a branch that no run comes to.
local function find_undefined(job)
  local list = stream_scripts.undefined(job.name, job.known.scripts[job.name])
  local found, names = {}, {}
  for name in pairs(_G) do names[#names + 1] = name end
  for i, one in ipairs(list or {}) do
    local hint = suggest.hint(one.name, names)
    found[i] = ("line %d: undefined global '%s'%s"):format(one.line, one.name,
      hint ~= "" and hint or "; declare it with `local`")
  end
  if #found > 0 then return table.concat(found, ", ") end
end

-- Loads the job's stream, and has the hosts that its script names be granted.
local function load(job)
  local undefined = job.strict and find_undefined(job)
  if undefined then return nil, undefined, "invalid" end
  local stream, wrong, code = loader.load(job.name, job.known)
  if not stream then return nil, wrong, code end
  local granted, wrong_grant = true, nil
  if stream.hosts then granted, wrong_grant = allowed_hosts.grant(stream.hosts) end
  if not granted then return nil, "hosts: " .. wrong_grant, "invalid" end
  if stream.methods then granted, wrong_grant = allowed_hosts.allow(stream.methods) end
  if not granted then return nil, "methods: " .. wrong_grant, "invalid" end
  return stream
end

local ASKS = { probe = true, read = true, try = true, page = true, plan = true, cost = true }

-- A script that reads by itself may ask others alone: what it cannot ask, it hears from its client.
local function find_lacking(stream, job)
  if not ASKS[job.job] or stream.read or not stream.api.lacking then return nil end
  return stream.api.lacking(job.config)
end

-- Of a state of several projects the parts stay as texts, which take a tenth of the memory, until each is read.
local function take_state(stream, job)
  if not json.is_text(job.state) then return end
  local text, parts = job.state, require "reading.project_parts"
  job.state = json.decode(text, parts.PLACES)
  if job.state.projects == nil then return end -- nothing was left as text
  if parts.several(job.state) and require "reading.projects".covers(stream, job.known) then return end
  job.state = json.decode(text)
end

local function run(job)
  local stream, wrong, code = load(job)
  if stream then take_state(stream, job) end
  local lacking = stream and find_lacking(stream, job)
  if lacking then return nil, lacking, "config_error" end
  if stream then return jobs[job.job](stream, job) end
  if code ~= "invalid" then return nil, wrong, "config_error" end
  local where = job.about and (" (%s)"):format(job.about) or ""
  return nil, ("the script of the stream '%s'%s: %s"):format(job.name, where, wrong), "config_error", OF_SCRIPT
end

local KEPT = { "state" }

---@param text string JSON: job, name, and what the job needs
---@return string outcome JSON: `result`; or `message`, `failure_type`, and what else is known of the failure
---@return string? result where that is a text, which may be long: it need not be quoted
return function(text)
  local job = json.decode(text, KEPT)
  text = nil -- luacheck: ignore 311 (it may be long, and would be held as long as the read takes)
  local result, message, failure_type, failure = run(job)
  if type(result) == "string" then return "{}", result end
  if result ~= nil then return encode { result = result } end
  failure = failure or {}
  return encode {
    message = message, failure_type = failure_type, of_script = failure.of_script, status = failure.status,
    scope = failure.scope, code = failure.code, blamed = failure.blamed, absent = failure.absent,
  }
end
