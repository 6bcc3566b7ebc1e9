-- PyAirbyte: its default read of all streams that perigee ships into DuckDB and PostgreSQL, three times: as many rows as perigee
-- prints, none twice, and each object, list and value of several kinds as it was.
local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local postgres = require "spec.support.postgres"
local pyairbyte = require "spec.support.pyairbyte"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

local DATA = { events = 12, issues = 4, projects = 3, releases = 4, categories = { feedback = 2 } }
local LATER = { events = 3, issues = 2, releases = 1 }
local EMPTY = { uptime_results = true } -- the fake Sentry has none

local function scenario_of()
  return sentry.scenario { dialect = "hosted", limits = false, data = DATA,
    callers = { [sentry.tokens.owner] = { kind = "owner", scopes = sentry.all_scopes, teams = { "backend" } } } }
end

-- The streams' entries in the catalogue, by name.
local function entries_of(scenario)
  local entries = {}
  for _, line in ipairs(perigee.run(connector.words("discover", scenario)).lines) do
    local message = json.decode(line)
    for _, entry in ipairs(message.type == "CATALOG" and message.catalog.streams or {}) do entries[entry.name] = entry end
  end
  return entries
end

-- The records that perigee itself prints now, by stream.
local function printed(scenario)
  local result, records = connector.read(scenario, streams.shipped), {}
  assert.equal(0, result.status, connector.failures(result))
  for _, name in ipairs(streams.shipped) do
    records[name] = {}
    for i, text in ipairs(result.records(name)) do records[name][i] = json.decode(text) end
  end
  return records
end

local function is_nested(property)
  local types = type(property.type) == "table" and property.type or { property.type }
  local is_one = property.airbyte_type == "object"
  for _, kind in ipairs(types) do is_one = is_one or #types == 2 and (kind == "object" or kind == "array") end
  return is_one
end

-- All at once, as each query of DuckDB is a process.
local function query(rows, list, schema) return rows(table.concat(list, "\nUNION ALL "), schema) end

-- Rows of each table, and different keys in it.
local function assert_counts(rows, schema, entries, records)
  local list, found, wanted = {}, {}, {}
  for name, entry in pairs(entries) do
    local key = {}
    for i, path in ipairs(entry.source_defined_primary_key or {}) do key[i] = pyairbyte.column(table.concat(path, ".")) end
    local distinct = #key > 0 and ("count(DISTINCT (%s))"):format(table.concat(key, ", ")) or "count(*)"
    list[#list + 1] = ("SELECT '%s', count(*), %s FROM %s"):format(name, distinct, name)
    wanted[name] = ("%d rows, %d keys"):format(#records[name], #records[name])
  end
  for _, row in ipairs(query(rows, list, schema)) do found[row[1]] = ("%s rows, %s keys"):format(row[2], row[3]) end
  assert.same(wanted, found)
end

local function note(values, field, value)
  values[field] = values[field] or {}
  table.insert(values[field], json.encode(value))
end

-- The values of each field whose column holds JSON, in any order.
local function assert_nested(rows, schema, entries, records)
  local list, found, wanted = {}, {}, {}
  for name, entry in pairs(entries) do
    for field, property in pairs(entry.json_schema.properties) do
      if #records[name] > 0 and is_nested(property) then
        local place = name .. "." .. field
        list[#list + 1] = ([[SELECT '%s', CAST("%s" AS VARCHAR) FROM %s]]):format(place, pyairbyte.column(field), name)
        for _, record in ipairs(records[name]) do note(wanted, place, record[field] == nil and json.null or record[field]) end
      end
    end
  end
  for _, row in ipairs(query(rows, list, schema)) do
    local text = (row[2] == "" or row[2] == "NULL") and "null" or row[2]
    assert.is_true(json.valid(text), row[1] .. ": " .. text)
    note(found, row[1], json.decode(text))
  end
  assert.is_true(#list > 100, #list)
  for place, values in pairs(wanted) do
    table.sort(values)
    table.sort(found[place])
    assert.same(values, found[place], place)
  end
end

describe("PyAirbyte", function()
  setup(postgres.start)
  teardown(function()
    postgres.stop()
    perigee.cleanup()
  end)

  for database, open in pairs(pyairbyte.databases) do
    it(("reads all streams into %s with no row too few or too many, also what is new"):format(database), function()
      local to, rows = open()
      local scenario = scenario_of()
      local entries = entries_of(scenario)
      local plan = { to = to, schema = "whole", config = sentry.config(scenario), streams = "*", times = 2 }
      for _, later in ipairs { false, LATER } do
        if later then
          local data = { later = { later } }
          for name, value in pairs(DATA) do data[name] = value end
          scenario.change { data = data }
        end
        local outcome = pyairbyte.read { plan }[1]
        assert.is_nil(outcome.failed)
        local records = printed(scenario)
        for _, name in ipairs(streams.shipped) do assert.equal(EMPTY[name] or false, #records[name] == 0, name) end
        assert_counts(rows, plan.schema, entries, records)
        assert_nested(rows, plan.schema, entries, records)
        plan.times = 1
      end
    end)
  end
end)
