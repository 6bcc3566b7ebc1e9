-- What a sample of a stream's records shows beyond its schema, for `discover --observe`.
local airbyte = require "airbyte"
local counted = require "lib.counted"
local infer = require "try.infer"
local json = require "json"
local streams = require "stream.registry"

local observation = {}

local MOST_RECORDS, MOST_REQUESTS = 100, 20

-- The functions that take the sample (airbyte.capture): what returns false ends the read.
local function takers_of(sample)
  return {
    record = function(text)
      sample.records = sample.records + 1
      infer.see(sample.shape, assert(json.decode(text)))
      return sample.records < MOST_RECORDS
    end,
    observe = function(text)
      if json.decode(text).request then sample.requests = sample.requests + 1 end
      return sample.requests < MOST_REQUESTS
    end,
    summary = function() end, -- else it is logged; what a read warns of is no matter of a catalogue
  }
end

local function kinds_of(schema)
  local types = schema.type
  return type(types) == "table" and types or { types }
end

local merge

local function merge_properties(declared, met, place, found)
  local names = {}
  for name in pairs(met) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if declared[name] then merge(declared[name], met[name], place .. name, found)
    else
      declared[name] = met[name]
      found[#found + 1] = place .. name
    end
  end
end

-- A schema without a type allows any kind.
local function widen(declared, met, place, found)
  if not declared.type then return end
  local kinds, known, wider = kinds_of(declared), {}, json.array()
  for i, kind in ipairs(kinds) do
    known[kind], wider[i] = true, kind
    if kind == "number" then known.integer = true end
  end
  for _, kind in ipairs(kinds_of(met)) do
    if not known[kind] and kind ~= "null" then wider[#wider + 1] = kind end
  end
  if #wider == #kinds then return end
  declared.type = wider
  found[#found + 1] = ("%s (%s)"):format(place, table.concat(wider, " or "))
end

-- An object that declares no member is one of names that nobody knows.
merge = function(declared, met, place, found)
  widen(declared, met, place, found)
  if declared.items and met.items then merge(declared.items, met.items, place .. "[]", found) end
  if declared.properties and next(declared.properties) then
    merge_properties(declared.properties, met.properties or {}, place .. ".", found)
  end
end

---Reads a sample of a stream: a hundred records at most, by twenty requests at most.
---@param name string
---@param settings table the checked configuration, its projects settled
---@param options table
---@param is_incremental boolean
---@return table? shape of what came (try/infer.lua)
---@return string? message why none came
function observation.sample(name, settings, options, is_incremental)
  local sample = { records = 0, requests = 0, shape = infer.new() }
  local output = airbyte.capture(name, nil, takers_of(sample))
  local done, message = streams.run(output, { job = "try", name = name, config = settings, options = options,
    incremental = is_incremental, limit = MOST_RECORDS })
  if sample.records > 0 then return sample.shape end
  if done then return nil, "it has no record" end
  return nil, output:stopped() and ("%s brought no record"):format(counted(sample.requests, "request")) or message
end

---Puts what a sample showed into a stream's entry of the catalogue: fields, and kinds of values, that its schema lacks.
---@param text string the entry, JSON
---@param shape table
---@return string text
---@return string[] found what was added
function observation.add(text, shape)
  local entry, found = json.decode(text), {}
  local schema = entry.json_schema
  schema.properties = schema.properties or {}
  merge_properties(schema.properties, infer.schema(shape, true).properties, "", found)
  infer.mark(schema.properties)
  return #found > 0 and json.encode(entry) or text, found
end

return observation
