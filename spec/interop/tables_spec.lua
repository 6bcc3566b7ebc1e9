-- What docs/sync.md tells of a file of SQLite and a database of PostgreSQL, run as it stands there: DuckDB, Parquet, pandas.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local document = require "spec.support.document"
local perigee = require "spec.support.perigee"
local postgres = require "spec.support.postgres"
local sentry = require "spec.support.sentry"
local venv = require "spec.support.venv"

local ADDRESS = "postgresql://reader@db.example.com/warehouse"

-- The blocks of these languages, with a database of ours in the place of the one that is named.
local function blocks()
  local list = {}
  for _, block in ipairs(document.blocks "docs/sync.md") do
    if block.language == "sql" or block.language == "python" then
      local text = table.concat(block.lines, "\n")
      local at, stop = text:find(ADDRESS, 1, true)
      if at then text = text:sub(1, at - 1) .. postgres.address() .. text:sub(stop + 1) end
      list[#list + 1] = { language = block.language, text = text }
    end
  end
  return list
end

describe("what a sync kept", function()
  local file, printed, written
  setup(function()
    postgres.start()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { events = 120, issues = 30 } }
    file = perigee.folder "tables" .. "/sentry.db"
    for _, to in ipairs { file, postgres.address() } do
      local synced = perigee.run(connector.words("sync", scenario, { words = { "--to", to } }))
      assert(synced.status == 0, synced.err)
    end
    local script = os.getenv "PWD" .. "/spec/interop/tables.py"
    local result = perigee.run { binary = venv.programs "tables" .. "/python", "-B", script, perigee.write(blocks()),
      cwd = file:match "^(.*)/", longest = 600, env = { HOME = perigee.folder() } }
    assert(result.status == 0, result.err:sub(-2000))
    printed = {}
    for i, line in ipairs(result.lines) do printed[i] = cjson.decode(line) end
    written = table.remove(printed)
  end)
  teardown(function()
    postgres.stop()
    perigee.cleanup()
  end)

  -- The same by the sqlite3 program.
  local function by_sqlite(sql)
    local rows = database.rows(file, sql)
    for _, row in ipairs(rows) do row[2] = math.tointeger(tonumber(row[2])) end
    return rows
  end

  local function sorted(rows)
    table.sort(rows, function(a, b) return a[1] < b[1] end)
    return rows
  end

  it("is read by DuckDB from SQLite, with a view, and from PostgreSQL", function()
    assert.equal(3, #printed)
    assert.same(by_sqlite "SELECT date(dateCreated), count(*) FROM events GROUP BY 1 ORDER BY 1", printed[1])
    local browsers = by_sqlite "SELECT value, count(*) FROM events_tags WHERE key = 'browser' GROUP BY value ORDER BY value"
    assert.is_true(#browsers > 0)
    assert.same(browsers, sorted(printed[2]))
    assert.same(browsers, sorted(printed[3]))
  end)

  it("becomes Parquet with types by DuckDB and by pandas", function()
    assert.same({ rows = 30, types = { id = "string", title = "string", lastSeen = "timestamp[us, tz=UTC]" } },
      written["issues.parquet"])
    local types = written["pandas.parquet"].types
    assert.equal(30, written["pandas.parquet"].rows)
    assert.matches("^timestamp%[%ws, tz=UTC%]$", types.lastSeen)
    assert.equal("int64", types.numComments)
  end)
end)
