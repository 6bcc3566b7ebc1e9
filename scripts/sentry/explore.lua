-- Streams of what Sentry's Explore shows, as the configuration describes them: a dataset, its fields, a query. They are read in
-- slices of time, because no list of them goes beyond ten thousand rows.
local slice_step = require "reading.slice_step"

local explore = { module = "sentry.explore" }

local MOST_ROWS, MOST_FIELDS = 10000, 20
local TIME, FORM = "timestamp", "%Y-%m-%dT%H:%M:%S"

-- By what each dataset tells its rows apart; nil: the configuration says that.
local KEYS = { errors = "id", spans = "id", logs = "sentry.item_id", tracemetrics = "sentry.item_id" }
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

-- With the key and the time, without which nothing could be read.
local function fields_of(given)
  local list = table.move(given.fields, 1, #given.fields, 1, {})
  for _, name in ipairs { given.key or KEYS[given.dataset] or false, TIME } do
    if name and not has(list, name) then list[#list + 1] = name end
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

local function quoted(name) return name:find "[.%[]" and ('["%s"]'):format(name) or name end

local function schema_of(fields)
  local properties = {}
  for _, name in ipairs(fields) do properties[name] = { type = { "null", "string", "number", "boolean" } } end
  properties[TIME] = { type = { "null", "string" }, format = "date-time" }
  return { type = "object", additionalProperties = true, properties = properties }
end

---The stream of an entry.
---@param given table
---@return table stream as a script returns it
function explore.stream(given)
  local fields, sort = fields_of(given), given.sort or "-" .. TIME
  return {
    name = given.name,
    path = "organizations/{organization}/events/",
    params = { dataset = given.dataset, field = fields, query = given.query, sort = sort, project = -1 },
    records = "data",
    primary_key = quoted(given.key or KEYS[given.dataset]),
    cursor = { field = TIME, start = { start = FORM }, stop = { ["end"] = FORM }, slice = given.slice or "P1D",
      ordered_by = sort == "-" .. TIME and TIME or nil, most_rows = MOST_ROWS },
    scope = "org:read",
    schema = schema_of(fields),
    default = true,
    suggested = true,
    seen = false,
  }
end

return explore
