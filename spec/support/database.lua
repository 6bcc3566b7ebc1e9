--- A SQLite file that a sync wrote, asked by the sqlite3 program: what it says owes nothing to perigee's own code.
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local sql_rows = require "spec.support.sql_rows"

local database = {}
local COLUMN, ROW = sql_rows.COLUMN, sql_rows.ROW
local count = 0

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

--- A text as SQL.
---@param text string
---@return string
function database.text(text) return "'" .. text:gsub("'", "''") .. "'" end

--- A name as SQL.
---@param name string
---@return string
function database.name(name) return '"' .. name:gsub('"', '""') .. '"' end

--- The rows of a query (several statements may stand in it), each a list of texts; NULL is an empty one. Raises what
--- sqlite3 complains of.
---@param path string
---@param sql string
---@return string[][]
function database.rows(path, sql)
  count = count + 1
  local input = perigee.write(sql, ("query%d.sql"):format(count))
  local pipe = assert(io.popen(("sqlite3 -batch -bail -separator %s -newline %s %s <%s 2>&1; echo $?"):format(quoted(COLUMN),
    quoted(ROW), quoted(path), quoted(input))))
  local text = pipe:read "a"
  pipe:close()
  local body, status = text:match "^(.*)\n?(%d+)\n$"
  assert(status == "0", "sqlite3: " .. tostring(body):sub(-500))
  return sql_rows.parse(body)
end

--- The one value of a query; a number where it is one.
---@return string|number
function database.value(path, sql)
  return sql_rows.value(database.rows(path, sql), sql)
end

-- What a column must hold of a value, by SQLite's own reading of the record. Times are compared as moments.
local MATCHES = [[CASE j.type
  WHEN 'null' THEN t.COLUMN IS NULL
  WHEN 'object' THEN json(t.COLUMN) IS json(j.value)
  WHEN 'array' THEN json(t.COLUMN) IS json(j.value)
  WHEN 'text' THEN t.COLUMN IS j.value OR (IS_TIME AND t.COLUMN GLOB '????-??-??T??:??:??.??????Z' AND
    abs(julianday(t.COLUMN) - julianday(j.value)) < 1e-8)
  ELSE t.COLUMN IS j.value OR (typeof(t.COLUMN) = 'text' AND CAST(t.COLUMN AS REAL) = j.value) END]]

-- The fields of all records, taken apart once; of a doubled field the last one counts.
local FIELDS = [[CREATE TEMP TABLE held AS SELECT s.rowid AS record, j.key AS field, j.value, j.type, max(j.id)
  FROM source s JOIN json_each(s.body) j GROUP BY s.rowid, j.key;
  CREATE INDEX temp.held_by_field ON held (field, record);]]
local KEYED = "FROM (SELECT record, value FROM held WHERE field = %s AND value IS NOT NULL) k"

--- Compares a table with the records that its source holds; raises where a row is missing, or doubled, or says something
--- else than its record. Records without a key are counted alone.
---@param path string
---@param stream string
---@param key string its field
---@param records FakeRecord[]
---@param skipped table<string, boolean>? fields that SQLite's own functions cannot read
function database.assert_holds(path, stream, key, records, skipped)
  local source = { "CREATE TEMP TABLE source (body TEXT); BEGIN;" }
  for _, record in ipairs(records) do
    source[#source + 1] = ("INSERT INTO source VALUES (%s);"):format(database.text(record.text))
  end
  source[#source + 1] = "COMMIT;"
  local wrong = {}
  local where = "stream = " .. database.text(stream)
  local columns = database.rows(path, ([[SELECT field, "column", type FROM _perigee_columns WHERE %s]]):format(where))
  local key_column, keyed = database.name(key), KEYED:format(database.text(key))
  local counted = "SELECT 'rows', count(*), count(DISTINCT %s), (SELECT count(*) %s) FROM %s;"
  local queries = { table.concat(source, "\n"), FIELDS, counted:format(key_column, keyed, database.name(stream)) }
  for _, column in ipairs(columns) do
    local matches = MATCHES:gsub("COLUMN", (database.name(column[2]):gsub("%%", "%%%%")))
      :gsub("IS_TIME", column[3]:find "date%-time" and "1" or "0")
    queries[#queries + 1] = ([[SELECT %s, count(*) %s JOIN held j ON j.record = k.record AND j.field = %s
      LEFT JOIN %s t ON t.%s = k.value WHERE t._row IS NULL OR NOT (%s);]]):format(database.text(column[1]), keyed,
      database.text(column[1]), database.name(stream), key_column, matches)
  end
  for i, row in ipairs(database.rows(path, table.concat(queries, "\n"))) do
    local expected = i == 1 and tostring(#records) or "0"
    local same = row[2] == expected and row[3] == row[4]
    if not same and not (skipped or {})[row[1]] then wrong[#wrong + 1] = table.concat(row, " ") end
  end
  assert(#wrong == 0, ("%s: %d records; %s"):format(stream, #records, table.concat(wrong, ", ")))
end

--- The bytes of a file that is to be no database.
database.read = files.read

return database
