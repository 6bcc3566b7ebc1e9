-- PyAirbyte: its default read of the five streams of airbyte/source-sentry into DuckDB and PostgreSQL, and what these hold of odd
-- values. What is lost is lost there: the lines that perigee printed have it (docs/clients.md).
local cjson = require "cjson"
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local postgres = require "spec.support.postgres"
local pyairbyte = require "spec.support.pyairbyte"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

local read, databases = pyairbyte.read, pyairbyte.databases

-- ---- whole streams

local HELD = { events = 120, issues = 40, project_detail = 1, projects = 8, releases = 20 }
local LATER = { events = 10, issues = 4, projects = 1, releases = 2 }

-- The type of a column, by what its stream's schema says.
local TYPES = {
  DuckDB = { string = "VARCHAR", time = "TIMESTAMP", integer = "BIGINT", number = "DECIMAL(38,9)", boolean = "BOOLEAN",
    nested = "JSON" },
  PostgreSQL = { string = "character varying", time = "timestamp without time zone", integer = "bigint", number = "numeric",
    boolean = "boolean", nested = "json" },
}

local function kind_of(property)
  local kinds = {}
  for _, kind in ipairs(type(property.type) == "table" and property.type or { property.type }) do
    if kind ~= "null" then kinds[#kinds + 1] = kind end
  end
  if #kinds ~= 1 then return property.airbyte_type and "nested" end -- else PyAirbyte decides
  if kinds[1] == "object" or kinds[1] == "array" then return "nested" end
  return property.format == "date-time" and "time" or kinds[1]
end

local function assert_types(database, catalog, rows, schema)
  local checked = 0
  for _, stream in ipairs(catalog.streams) do
    local types = {}
    for _, row in ipairs(rows(("SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = '%s'"
      .. " AND table_name = '%s'"):format(schema, stream.name), schema)) do types[row[1]] = row[2] end
    for name, property in pairs(HELD[stream.name] and stream.json_schema.properties or {}) do
      local kind, column = kind_of(property), pyairbyte.column(name)
      assert.is_string(types[column], ("%s.%s has no column"):format(stream.name, name))
      if kind then assert.equal(TYPES[database][kind], types[column], ("%s.%s"):format(stream.name, name)) end
      checked = checked + 1
    end
  end
  assert.is_true(checked > 200)
end

-- ---- odd values: column, JSON text, and what each database gives of it, as text

local DROPPED = "the record is not there" -- and nothing says so
local REFUSED = "the read fails"
local LONG = ("x"):rep(300000)
local VALUES = {
  { "text", [[""]], "" },
  { "text", [["\u0000"]], "\0", REFUSED },
  { "text", [["a\u0000b"]], "a\0b", REFUSED },
  { "text", [["\ud83d"]], DROPPED },
  { "text", [["\ud83d\ude00"]], "😀" },
  { "text", [["\u001b[31m"]], "\27[31m" },
  { "text", [["line\nline\r\n\ttab"]], "line\nline\r\n\ttab" },
  { "text", [["\"\\ '; DROP TABLE odd; --"]], [["\ '; DROP TABLE odd; --]] },
  { "text", [["null"]], "null" },
  { "text", [["NaN"]], "NaN" },
  { "text", [[" blank "]], " blank " },
  { "text", "null", "NULL" },
  { "text", ('"%s"'):format(LONG), LONG },
  { "whole", "0", "0" },
  { "whole", "-0", "0" },
  { "whole", "9007199254740993", "9007199254740993", "9007199254740992" },
  { "whole", "9223372036854775807", "9223372036854775807", REFUSED },
  { "whole", "9223372036854775808", REFUSED },
  { "whole", "1e3", "1000" },
  { "number", "1700000000.123456", "1700000000.123456000" },
  { "number", "0.30000000000000004", "0.300000000" },
  { "number", "1E400", "NULL" },
  { "number", "1e-7", "0.000000100" },
  { "number", "123456789012345678901234567890", REFUSED },
  { "number", "-0.0", "0.000000000" },
  { "time", [["2026-01-31T18:21:07.123456Z"]], "2026-01-31 18:21:07.123456" },
  { "time", [["2026-01-31T18:21:07+02:00"]], "2026-01-31 18:21:07" },
  { "time", [["not a time"]], REFUSED },
  { "object", [[{"b":1,"a":[],"":{},"B":null}]], [[{"b":1,"a":[],"":{},"B":null}]], [[{"b": 1, "a": [], "": {}, "B": null}]] },
  { "object", "null", "NULL", "null" },
  { "list", [=[[1,"1",null,[[]],1.50]]=], [=[[1,"1",null,[[]],1.5]]=], [=[[1, "1", null, [[]], 1.5]]=] },
  { "flag", "true", "true" },
  { "several", [[""]], [[""]] },
  { "several", [["text"]], [["text"]] },
  { "several", "1", "1" },
  { "several", "false", "false" },
  { "several", [=[[1,"a"]]=], [=[[1,"a"]]=], [=[[1, "a"]]=] },
  { "several", [[{"a":""}]], [[{"a":""}]], [[{"a": ""}]] },
  { "several", "null", "NULL", "null" },
  { "unmarked", [[""]], "" },
  { "unmarked", "1", "1" },
  { "unmarked", "false", "false" },
  { "unmarked", "[1,2]", "[1,2]", "{1,2}" },
  { "unmarked", [[{"a":1}]], [[{"a":1}]], REFUSED },
}

local COLUMNS = { "text", "whole", "number", "time", "object", "list", "flag", "several", "unmarked" }
for i, name in ipairs(COLUMNS) do COLUMNS[name] = i + 1 end -- behind the id

-- A stream of these records, in which each value has the column that is declared for it.
local SCRIPT = [==[
local json, page = require "json", require "page"
return {
  name = "odd", primary_key = "id",
  schema = json.decode([[{"type":"object","properties":{"id":{"type":"integer"},"text":{"type":["null","string"]},
    "whole":{"type":["null","integer"]},"number":{"type":["null","number"]},"time":{"type":["null","string"],
    "format":"date-time"},"object":{"type":["null","object"]},"list":{"type":["null","array"]},
    "flag":{"type":["null","boolean"]},"digits":{"type":["null","string"]},"version":{"type":["null","string"]},
    "date":{"type":["null","string"]},"made_at":{"type":["null","string"]},"unmarked":{SEVERAL},
    "several":{SEVERAL,"airbyte_type":"object"}}}]]),
  read = function(context)
    context:emit(assert(page.of([=====[PAGE]=====], { fields = { "id" }, key = { "id" } })))
  end,
}]==]

SCRIPT = SCRIPT:gsub("SEVERAL", '"type":["null","string","integer","boolean","array","object"]')

-- Texts of a table that has no others in these columns, and what PostgreSQL has of them.
local LONE = { digits = { "007", "7" }, version = { "1.10", "1.1" }, date = { "2026-01-31", "2026-01-31 00:00:00" },
  made_at = { "2026-01-31", "2026-01-31 00:00:00" } }

local function row_of(i) return ('{"id":%d,"%s":%s}'):format(i, VALUES[i][1], VALUES[i][2]) end

local function expected_in(database, value) return database == "PostgreSQL" and value[4] or value[3] end

describe("PyAirbyte", function()
  setup(postgres.start)
  teardown(function()
    postgres.stop()
    perigee.cleanup()
  end)

  for database, open in pairs(databases) do
    it(("reads whole streams into %s, and then what is new, with no row too few or too many"):format(database), function()
      local to, rows = open()
      local scenario = sentry.scenario { dialect = "hosted", limits = false, data = { events = 120, issues = 40, projects = 8,
        releases = 20 } }
      local config = sentry.config(scenario)
      local function assert_held(held)
        for name, count in pairs(held) do
          local row = rows(("SELECT count(*), count(DISTINCT id) FROM %s"):format(name), "sentry")[1]
          assert.same({ tostring(count), tostring(count) }, { row[1], row[2] }, name)
        end
      end
      local plan = { to = to, schema = "sentry", config = config, streams = streams.of_peer, times = 1 }
      assert.same({ { read = { 189 } } }, read { plan })
      assert_held(HELD)
      local later = { later = { LATER } }
      for name, value in pairs(scenario.spec.data) do later[name] = value end
      scenario.change { data = later }
      plan.times = 2
      local outcome = read({ plan })[1]
      assert.is_true(outcome.read[1] >= 18 and outcome.read[1] < 100, "an incremental read")
      local held = {}
      for name, count in pairs(HELD) do held[name] = count + (LATER[name] or 0) end
      assert_held(held)
      local catalog = perigee.run(connector.words("discover", scenario)).of("CATALOG")[1]
      assert_types(database, catalog, rows, "sentry")
    end)

    it(("keeps, changes, drops or refuses each odd value in %s as the documents say"):format(database), function()
      local to, rows = open()
      local scenario, plans, batch, refused = sentry.scenario {}, {}, {}, {}
      local function plan(schema, page)
        local script = SCRIPT:gsub("PAGE", function() return "[" .. table.concat(page, ",") .. "]" end)
        local config = sentry.config(scenario, { custom_streams = { { name = "odd", script = script } } })
        plans[#plans + 1] = { to = to, schema = schema, config = config, streams = { "odd" }, times = 1 }
      end
      for i, value in ipairs(VALUES) do
        if expected_in(database, value) ~= REFUSED then batch[#batch + 1] = row_of(i)
        else
          refused[#refused + 1] = i
          plan("odd" .. i, { row_of(i), '{"id":0}' })
        end
      end
      local lone = {}
      for name, value in pairs(LONE) do lone[name] = value[1] end
      plan("lone", { (cjson.encode(lone):gsub("^{", '{"id":1,')) })
      plan("odd", batch)
      local outcomes = read(plans)
      for n, i in ipairs(refused) do assert.is_string(outcomes[n].failed, "not refused: " .. VALUES[i][2]) end
      assert.is_nil(outcomes[#outcomes].failed)
      for name, value in pairs(LONE) do
        local found = rows(("SELECT CAST(%s AS VARCHAR) FROM odd"):format(name), "lone")[1][1]
        assert.equal(database == "PostgreSQL" and value[2] or value[1], found, name)
      end
      local columns, held = { "CAST(id AS VARCHAR)" }, {}
      for n, name in ipairs(COLUMNS) do columns[n + 1] = ("'=' || coalesce(CAST(%s AS VARCHAR), 'NULL')"):format(name) end
      for _, row in ipairs(rows(("SELECT %s FROM odd"):format(table.concat(columns, ", ")), "odd")) do
        held[tonumber(row[1])] = row
      end
      for i, value in ipairs(VALUES) do
        local expected = expected_in(database, value)
        local found = held[i] and held[i][COLUMNS[value[1]]]:sub(2) or DROPPED
        if expected ~= REFUSED then assert.equal(expected, found, value[2]:sub(1, 60)) end
      end
    end)
  end
end)
