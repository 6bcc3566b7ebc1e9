--- What the shipped streams send of the records that the fake Sentry holds: without their secrets, and with the fields that they
--- add. Records are texts with their members in order, so that equal ones are equal texts.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local explore = require "sentry.explore"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

local stream_truth = {}

--- The shipped streams' scripts, by name.
---@type table<string, table>
stream_truth.scripts = {}
for _, name in ipairs(streams.shipped) do stream_truth.scripts[name] = dofile("scripts/streams/" .. name .. ".lua") end

local scripts = stream_truth.scripts

--- Streams of Explore for the configuration, by the names of the fake Sentry's lists: of all that each row there has.
stream_truth.explore = {
  { name = "explored_errors", dataset = "errors", fields = { "title", "project", "level" } },
  { name = "explored_logs", dataset = "logs", fields = { "message", "severity", "trace" }, key = "sentry.item_id",
    slice = "PT1H" },
  { name = "explored_spans", dataset = "spans", fields = { "project", "span.op", "span.duration" }, sort = "-span.duration" },
}
for _, given in ipairs(stream_truth.explore) do scripts[given.name] = explore.described(given) end

-- The fake Sentry serves them in rooms of their own.
local FIRST = { events = true, issues = true, projects = true, releases = true }

-- ---- records

---@param value any
---@return string
local function canonical(value)
  if type(value) ~= "table" then return cjson.encode(value) end
  local parts = {}
  if #value > 0 then
    for i, item in ipairs(value) do parts[i] = canonical(item) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for name, item in pairs(value) do parts[#parts + 1] = cjson.encode(name) .. ":" .. canonical(item) end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

local function without(record, path)
  local name, rest = path:match "^([^.]*)%.?(.*)$"
  if rest == "" then record[name] = nil
  elseif type(record[name]) == "table" then without(record[name], rest) end
end

-- What an added field stands for: the project, or a member of the parent's record.
local function added(value, held, parent)
  local path = value:match "^{parent%.(.*)}$"
  if not path then return value == "{project}" and held.project:match "^[^/]*" or value end
  for name in path:gmatch "[^.]+" do parent = parent[name] end
  return parent
end

local function without_secrets(stream, text)
  local record = cjson.decode(text)
  local secrets = scripts[stream].secrets or {}
  for _, path in ipairs(type(secrets) == "table" and secrets or { secrets }) do without(record, path) end
  return record
end

local function as_sent(stream, held, places)
  local record = without_secrets(stream, held.text)
  for name, value in pairs(scripts[stream].add or {}) do
    local parents = places[scripts[stream].parent]
    record[name] = added(value, held, parents and (parents[held.project] or parents[held.project:match "[^/]*$"]))
  end
  return record
end

-- Of each list that others hang on, its records as they are sent, by what names them in paths. Those whose own lists hang on
-- others come after these.
local function places_of(truth)
  local found, deeper = {}, {}
  local function note(stream)
    found[stream] = {}
    for _, row in ipairs(truth[stream]) do
      local record = as_sent(stream, row, found)
      for _, name in ipairs { "id", "slug", "version", "key" } do
        if record[name] then found[stream][record[name]] = record end
      end
      if record.key then found[stream][("%s/%s"):format(row.project, record.key)] = record end
    end
  end
  for stream in pairs(truth) do
    if scripts[stream].parent then deeper[#deeper + 1] = stream else note(stream) end
  end
  for _, stream in ipairs(deeper) do
    if found[scripts[stream].parent] then note(stream) end
  end
  return found
end

local known_places = setmetatable({}, { __mode = "k" }) -- of each truth

--- The records that a stream sends of all that the server holds.
---@param stream string
---@param truth table<string, FakeRecord[]>
---@return string[]
function stream_truth.expected(stream, truth)
  known_places[truth] = known_places[truth] or places_of(truth)
  local list, places = {}, known_places[truth]
  for i, held in ipairs(truth[stream]) do list[i] = canonical(as_sent(stream, held, places)) end
  return list
end

--- Records as a run sent them.
---@param texts string[]
---@return string[]
function stream_truth.came(texts)
  local list = {}
  for i, text in ipairs(texts) do list[i] = canonical(cjson.decode(text)) end
  return list
end

--- A record without what its stream adds: as the server held it.
---@param stream string
---@param text string
---@return string
function stream_truth.as_held(stream, text)
  local record = without_secrets(stream, text)
  for name in pairs(scripts[stream].add or {}) do record[name] = nil end
  return canonical(record)
end

--- The fields of a stream's primary key.
---@param stream string
---@return string[]
function stream_truth.key_names(stream)
  local key, names = scripts[stream].primary_key, {}
  for i, name in ipairs(type(key) == "table" and key or { key }) do names[i] = name:match '^%["(.*)"%]$' or name end
  return names
end

--- The text of a record's primary key.
---@param stream string
---@param text string
---@return string
function stream_truth.key_of(stream, text)
  local record, parts = cjson.decode(text), {}
  for i, name in ipairs(stream_truth.key_names(stream)) do
    local value = record[name]
    parts[i] = type(value) == "number" and cjson.encode(value) or tostring(value) -- 1, and not 1.0
  end
  return table.concat(parts, "/")
end

---@param stream string
---@param texts string[]
---@return table<string, true>
function stream_truth.keys_of(stream, texts)
  local set = {}
  for _, text in ipairs(texts) do set[stream_truth.key_of(stream, text)] = true end
  return set
end

--- Those texts that are none of others.
---@param texts string[]
---@param others string[]
---@return string[]
function stream_truth.without_all(texts, others)
  local held, left = {}, {}
  for _, text in ipairs(others) do held[text] = true end
  for _, text in ipairs(texts) do left[#left + 1] = not held[text] and text or nil end
  return left
end

-- ---- streams

--- The streams whose lists a server holds, in order.
---@param truth table<string, FakeRecord[]>
---@param with_first boolean? those of the first five streams, too
---@return string[]
function stream_truth.listed(truth, with_first)
  local names = {}
  for name in pairs(truth) do
    if with_first or not FIRST[name] then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

---@param names string[]
---@param wanted fun(name: string): any
---@return string[]
function stream_truth.chosen(names, wanted)
  local list = {}
  for _, name in ipairs(names) do list[#list + 1] = wanted(name) and name or nil end
  return list
end

--- Is a stream one whose rows the fake Sentry can add to, and change?
function stream_truth.has_cursor(name)
  return scripts[name].cursor ~= nil and name ~= "teams" and not scripts[name].follow_parent
end

function stream_truth.follows(name) return scripts[name].follow_parent == true end

--- Does an incremental read see that a row has changed, however old it is?
function stream_truth.sees_changes(name)
  local cursor = scripts[name].cursor
  return cursor and cursor.changes and not cursor.ordered_by and not cursor.slice
end

--- A catalog of streams: those with a cursor in `mode`.
---@param names string[]
---@param mode "incremental"|"full_refresh"
---@return table[]
function stream_truth.entries(names, mode)
  local list = {}
  for i, name in ipairs(names) do list[i] = { name, scripts[name].cursor and mode or "full_refresh" } end
  return list
end

-- ---- the server

--- A scenario's callers: one who sees all, and is of two of the teams.
stream_truth.callers = { [sentry.token] = { kind = "owner", scopes = sentry.all_scopes, teams = { "backend", "data" } } }

local ALL = { project = "", num_workers = 4, explore = stream_truth.explore }

--- Reads these streams of all projects to their end.
---@param scenario FakeScenario
---@param names string[]
---@param mode "incremental"|"full_refresh"
---@param state table?
---@return result
function stream_truth.read(scenario, names, mode, state)
  local result = connector.read(scenario, stream_truth.entries(names, mode), { config = ALL, state = state })
  assert(result.status == 0, connector.failures(result))
  return result
end

--- Has one more thing happen to a scenario's records at once: a batch of `data.later`.
---@param scenario FakeScenario
---@param ... table
function stream_truth.add_later(scenario, ...)
  local data = {}
  for name, value in pairs(scenario.spec.data) do data[name] = value end
  data.later = { table.unpack(data.later or {}) }
  for _, batch in ipairs { ... } do data.later[#data.later + 1] = batch end
  scenario.change { data = data }
end

return stream_truth
