--- A PostgreSQL server of the specs' own, and what a sync wrote there, read by psql: that owes nothing to perigee's code.
local perigee = require "spec.support.perigee"
local sql_rows = require "spec.support.sql_rows"

local postgres = {}
local COLUMN, ROW = sql_rows.COLUMN, sql_rows.ROW
local server -- { folder, bin, port }
local count = 0

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function output(command)
  local pipe = assert(io.popen(command .. " 2>&1; echo $?"))
  local body, status = pipe:read "a":match "^(.*)(%d+)\n$"
  pipe:close()
  body = body:gsub("\n$", "")
  return body, status == "0"
end

local function must(command)
  local body, ok = output(command)
  return assert(ok and body, ("%s: %s"):format(command:sub(1, 200), tostring(body):sub(-800)))
end

-- The server refuses to run as root.
local function as_its_user(command)
  return output "id -u" == "0" and "runuser -u postgres -- sh -c " .. quoted(command) or command
end

local function control(words)
  must(as_its_user(("cd %s && %s/pg_ctl -D data %s >/dev/null"):format(server.folder, server.bin, words)))
end

local HBA = [[
local all all trust
host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
]]

-- Whoever connects to somewhere meanwhile may be given a port that was free a moment before.
local function start_on_free_port()
  local ok, message
  for _ = 1, 5 do
    server.port = must [[python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])']]
    ok, message = pcall(postgres.resume)
    if ok then return end
  end
  error(message, 0)
end

--- Starts a server: a cluster of its own on a free port of loopback. The superuser `postgres` needs no password.
function postgres.start()
  local bin = must "ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1"
  server = { bin = bin, folder = must(as_its_user "mktemp -d /tmp/perigee-postgres.XXXXXX") }
  must(as_its_user(("%s/initdb -D %s/data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync"):format(bin, server.folder)))
  must(as_its_user(("printf %s >%s/data/pg_hba.conf"):format(quoted(HBA), server.folder)))
  start_on_free_port()
end

--- Starts the server again after postgres.pause.
function postgres.resume()
  control(("-w -l log -o %s start"):format(quoted(("-p %s -k %s -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60")
    :format(server.port, server.folder))))
end

--- Ends the server, and keeps what it has.
function postgres.pause() control "-w -m immediate stop" end

--- Restarts it: every connection is lost.
function postgres.restart() control "-w -m immediate restart" end

--- Ends it, by the process that its folder names, and removes it.
function postgres.stop()
  postgres.pause()
  os.execute("rm -rf " .. server.folder)
  server = nil
end

--- An address for `--to`.
---@param user string? default: postgres
---@param database string? default: postgres
---@param rest string? behind it, such as ?sslmode=disable
---@return string
function postgres.address(user, database, rest)
  return ("postgresql://%s@127.0.0.1:%s/%s%s"):format(user or "postgres", server.port, database or "postgres", rest or "")
end

--- The address of a port on which nobody listens.
function postgres.nobody() return "postgresql://postgres@127.0.0.1:1/postgres" end

--- A text as SQL.
function postgres.text(text) return "'" .. text:gsub("'", "''") .. "'" end

--- A name as SQL.
function postgres.name(name) return '"' .. name:gsub('"', '""') .. '"' end

--- The command of a session of psql, which reads further statements from its standard input.
---@param sql string what it does first
---@return string
function postgres.session(sql)
  return ("%s/psql -X -q -o /dev/null -h %s -p %s -U postgres -c %s -f - postgres"):format(server.bin, server.folder, server.port,
    quoted(sql))
end

--- Returns once a query gives this number; raises where it does not for a minute.
---@param sql string
---@param wanted integer
function postgres.wait_until(sql, wanted)
  local started = os.time()
  while postgres.value(sql) ~= wanted do
    assert(os.time() - started < 60, "it never came to " .. wanted .. ": " .. sql)
    os.execute "sleep 0.05"
  end
end

--- The rows of a query (several statements may stand in it, one of which gives rows), each a list of texts; NULL is an
--- empty one. Raises what psql complains of.
---@param sql string
---@param schema string? first in the search path
---@return string[][]
function postgres.rows(sql, schema)
  count = count + 1
  local path = "SET search_path TO " .. postgres.name(schema or "public") .. ";\n"
  local input = perigee.write(path .. sql, ("query%d.sql"):format(count))
  local body = must(("PGOPTIONS='-c client_min_messages=warning -c timezone=UTC' %s/psql -X -q -A -t -v ON_ERROR_STOP=1"
    .. " -F %s -R %s -h %s -p %s -U postgres -f %s postgres"):format(server.bin, quoted(COLUMN), quoted(ROW), server.folder,
      server.port, quoted(input)))
  return body == "" and {} or sql_rows.parse(body .. ROW)
end

--- The one value of a query; a number where it is one.
---@return string|number
function postgres.value(sql, schema)
  return sql_rows.value(postgres.rows(sql, schema), sql)
end

-- What a column must hold of a value, by PostgreSQL's own reading of the record: %1 is the column, %2 its type's test.
local AS_TEXT = "CASE json_typeof(j.v) WHEN 'string' THEN j.v #>> '{}' ELSE j.v::text END"
local TESTS = {
  text = "COLUMN = " .. AS_TEXT,
  bigint = "json_typeof(j.v) = 'number' AND COLUMN = j.v::text::numeric",
  numeric = "json_typeof(j.v) = 'number' AND COLUMN = j.v::text::numeric",
  boolean = "json_typeof(j.v) = 'boolean' AND COLUMN = j.v::text::boolean",
  ["timestamp with time zone"] = "json_typeof(j.v) = 'string' AND COLUMN = (j.v #>> '{}')::timestamptz",
  json = "json_typeof(j.v) IN ('array', 'object') AND COLUMN::text = j.v::text",
}

local function test_of(first, beside)
  local column = "t." .. postgres.name(first[2])
  local holds = TESTS[first[3]]:gsub("COLUMN", (column:gsub("%%", "%%%%")))
  local other = beside and ("%s IS NULL AND t.%s = %s"):format(column, postgres.name(beside[2]), AS_TEXT) or "false"
  local none = column .. " IS NULL" .. (beside and (" AND t.%s IS NULL"):format(postgres.name(beside[2])) or "")
  return ([[CASE WHEN json_typeof(j.v) = 'null' THEN %s
    WHEN %s IS NOT NULL THEN coalesce(%s, false) ELSE coalesce(%s, false) END]]):format(none, column, holds, other)
end

-- PostgreSQL's functions of JSON refuse NUL, and halves of a surrogate pair.
local function readable(text)
  local pairs_kept = text:gsub("(\\u[dD][89abAB]%x%x)(\\u[dD][c-fC-F]%x%x)", function(high, low)
    return ("\1" .. high .. low):gsub("\\", "\2")
  end)
  local clean = pairs_kept:gsub("\\u0000", "\\ufffd"):gsub("\\u[dD][89a-fA-F]%x%x", "\\ufffd")
  return (clean:gsub("\1", ""):gsub("\2", "\\"))
end

-- The columns of each field: the first one, and the one beside it.
local function columns_of(stream, schema)
  local fields, order = {}, {}
  for _, row in ipairs(postgres.rows(([[SELECT c.field, c."column", format_type(a.atttypid, NULL) FROM _perigee_columns c
    JOIN pg_attribute a ON a.attrelid = quote_ident((SELECT "table" FROM _perigee_tables WHERE stream = %s))::regclass
    AND a.attname = c."column" WHERE c.stream = %s ORDER BY c.number]]):format(postgres.text(stream), postgres.text(stream)),
    schema)) do
    if row[2] ~= "_more" then
      if not fields[row[1]] then order[#order + 1] = row[1] end
      fields[row[1]] = fields[row[1]] or {}
      table.insert(fields[row[1]], row)
    end
  end
  return fields, order
end

--- Compares a table with the records that its source holds; raises where a row is missing, or doubled, or says something
--- else than its record. Records whose key is null are counted alone.
---@param schema string
---@param stream string
---@param key string its field
---@param records FakeRecord[]
function postgres.assert_holds(schema, stream, key, records)
  local source = { "CREATE TEMP TABLE source (body json); BEGIN;" }
  for _, record in ipairs(records) do
    source[#source + 1] = ("INSERT INTO source VALUES (%s);"):format(postgres.text(readable(record.text)))
  end
  source[#source + 1] = "COMMIT;"
  local fields, order = columns_of(stream, schema)
  local of_key, table_name = fields[key][1][2], postgres.name(stream)
  local queries = { ("SELECT 'rows', count(*), count(DISTINCT (%s, _row)) FROM %s"):format(postgres.name(of_key), table_name) }
  for _, field in ipairs(order) do
    queries[#queries + 1] = ([[SELECT %s, count(*), 0 FROM (SELECT body ->> %s AS id, body -> %s AS v FROM source) j
      LEFT JOIN %s t ON t.%s::text = j.id WHERE j.id IS NOT NULL AND j.v IS NOT NULL AND (t._row IS NULL OR NOT %s)]])
      :format(postgres.text(field), postgres.text(key), postgres.text(field), table_name, postgres.name(of_key),
        test_of(table.unpack(fields[field])))
  end
  local wrong = {}
  for i, row in ipairs(postgres.rows(table.concat(source, "\n") .. table.concat(queries, "\nUNION ALL "), schema)) do
    local same = i > 1 and row[2] == "0" or i == 1 and row[2] == tostring(#records) and row[3] == row[2]
    if not same then wrong[#wrong + 1] = table.concat(row, " ") end
  end
  assert(#wrong == 0, ("%s: %d records; %s"):format(stream, #records, table.concat(wrong, ", ")))
end

return postgres
