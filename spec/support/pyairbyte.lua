--- PyAirbyte as a client: reads that it makes by perigee's executable, and the databases that it writes to.
local cjson = require "cjson"
local perigee = require "spec.support.perigee"
local postgres = require "spec.support.postgres"
local venv = require "spec.support.venv"

local pyairbyte = {}

local function absolute(path) return path:sub(1, 1) == "/" and path or os.getenv "PWD" .. "/" .. path end

local function run(...)
  local folder = perigee.folder()
  local env = { HOME = folder, TMPDIR = folder, AIRBYTE_LOGGING_ROOT = folder .. "/logs" }
  local result = venv.run("pyairbyte", "pyairbyte.py", { env = env, ... })
  assert(result.status == 0, result.err:sub(-2000))
  return result
end

---@class pyairbyte_plan
---@field to string a DuckDB file, or postgresql://...
---@field schema string
---@field config table
---@field streams string[]|"*"
---@field times integer

--- Has one process of PyAirbyte do all of these reads; returns what came of each: {read = {numbers}} or {failed = message}.
---@param plans pyairbyte_plan[]
---@return table[]
function pyairbyte.read(plans)
  local outcomes = {}
  local result = run("read", absolute(perigee.binary), perigee.write(plans))
  for i, line in ipairs(result.lines) do outcomes[i] = cjson.decode(line) end
  assert(#plans == #outcomes, result.err:sub(-2000))
  return outcomes
end

--- Where reads go: each gives an address, and a function that queries it, for rows of texts.
---@type table<string, fun(): string, fun(sql: string, schema: string): string[][]>
pyairbyte.databases = {}

function pyairbyte.databases.DuckDB()
  local path = perigee.new_path ".duckdb"
  return path, function(sql, schema)
    local list = {}
    for i, line in ipairs(run("query", path, ("USE %s; %s"):format(schema, sql)).lines) do
      list[i] = cjson.decode(line)
      for n, value in ipairs(list[i]) do
        list[i][n] = math.type(value) == "float" and ("%d"):format(value) or value == cjson.null and "NULL" or tostring(value)
      end
    end
    return list
  end
end

function pyairbyte.databases.PostgreSQL() return postgres.address(), postgres.rows end

--- The name of a field's column there.
---@param field string
---@return string
function pyairbyte.column(field) return (field:lower():gsub("[^%w]", "_")) end

return pyairbyte
