-- Streams of what Sentry's Explore shows, as the configuration describes them: a dataset, its fields, a query. They are read in
-- slices of time, because no list of them goes beyond ten thousand rows.
local slice_step = require "reading.slice_step"

local explore = { module = "sentry.explore" }

local MOST_ROWS, MOST_FIELDS = 10000, 20
local TIME, FORM = "timestamp", "%Y-%m-%dT%H:%M:%S"

-- By what each dataset tells its rows apart; nil: the configuration says that.
local KEYS = { errors = "id", spans = "id", logs = "id", tracemetrics = "id" }
local datasets = { errors = true, spans = true, logs = true, tracemetrics = true, profile_functions = true,
  uptime_results = true }
local FIELDS = { name = true, dataset = true, fields = true, query = true, sort = true, key = true, slice = true }

local function names_of(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, ", ")
end

local function is_text(value) return type(value) == "string" and value ~= "" end

local function has(list, name)
  for _, one in ipairs(list) do
    if one == name then return true end
  end
  return false
end

local function key_of(given)
  local key = given.key or KEYS[given.dataset]
  return type(key) == "table" and key or { key }
end

-- With the key and the time, without which nothing could be read.
local function fields_of(given)
  local list, more = table.move(given.fields, 1, #given.fields, 1, {}), key_of(given)
  for _, name in ipairs { TIME, table.unpack(more) } do
    if not has(list, name) then list[#list + 1] = name end
  end
  return list
end

local function wrong_fields(given)
  if type(given.fields) ~= "table" or #given.fields == 0 then return "fields must be a list of names" end
  for _, name in ipairs(given.fields) do
    if not is_text(name) then return "fields must be a list of names" end
  end
  if #fields_of(given) > MOST_FIELDS then
    return ("fields: Sentry gives %d at most, the key and %s among them"):format(MOST_FIELDS, TIME)
  end
end

---What is wrong with an entry of the configuration, besides its name.
---@param given table
---@return string?
function explore.wrong(given)
  for name in pairs(given) do
    if not FIELDS[name] then return ("there is no field '%s'; there are %s"):format(tostring(name), names_of(FIELDS)) end
  end
  if not datasets[given.dataset] then return "dataset must be one of " .. names_of(datasets) end
  for _, name in ipairs { "query", "sort", "key" } do
    if given[name] ~= nil and not is_text(given[name]) then return name .. " must be a non-empty string" end
  end
  if not given.key and not KEYS[given.dataset] then
    return ("key is missing: the field that tells rows of %s apart"):format(given.dataset)
  end
  if given.slice ~= nil and (type(given.slice) ~= "string" or not slice_step.read(given.slice)) then
    return 'slice must be a duration such as "P1D" or "PT1H"'
  end
  return wrong_fields(given)
end

-- By what the list is sorted, the key as the last: the event store sorts rows that are equal in all of it anew for each answer.
local function sorts_of(given)
  local list = { given.sort or "-" .. TIME }
  for _, name in ipairs(key_of(given)) do
    if not has(list, name) and not has(list, "-" .. name) then list[#list + 1] = "-" .. name end
  end
  return list
end

local function quoted(name) return name:find "[.%[]" and ('["%s"]'):format(name) or name end

local function schema_of(fields)
  local properties = {}
  for _, name in ipairs(fields) do properties[name] = { type = { "null", "string", "number", "boolean" } } end
  properties[TIME] = { type = { "null", "string" }, format = "date-time" }
  return { type = "object", additionalProperties = true, properties = properties }
end

---The stream of a dataset.
---@param given {name: string, dataset: string, fields: string[], query: string?, sort: string?, key: string|string[]|nil,
---slice: string?}
---@return table stream as a script returns it
function explore.stream(given)
  local fields, sorts, key = fields_of(given), sorts_of(given), {}
  for i, name in ipairs(key_of(given)) do key[i] = quoted(name) end
  return {
    name = given.name,
    path = "organizations/{organization}/events/",
    params = { dataset = given.dataset, field = fields, query = given.query, sort = sorts, project = -1 },
    records = "data",
    primary_key = key,
    cursor = { field = TIME, start = { start = FORM }, stop = { ["end"] = FORM }, slice = given.slice or "P1D",
      ordered_by = sorts[1] == "-" .. TIME and TIME or nil, most_rows = MOST_ROWS },
    scope = "org:read",
    seen = false,
  }
end

---The stream of an entry of the configuration: it is read where nobody names one, as streams of the user's own are.
---@param given table
---@return table stream
function explore.described(given)
  local stream = explore.stream(given)
  stream.schema, stream.default, stream.suggested = schema_of(stream.params.field), true, true
  return stream
end

return explore
