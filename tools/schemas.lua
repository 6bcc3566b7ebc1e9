-- The schemas of the shipped streams, held against what Sentry publishes, and made anew: `./dev schemas`.
local differences = require "tools.schemas.differences"
local files = require "tools.files"
local infer = require "try.infer"
local json = require "json"
local layout = require "tools.schemas.layout"
local openapi = require "tools.schemas.openapi"
local pretty = require "lib.pretty"
local rows = require "tools.schemas.rows"
local shape = require "tools.schemas.shape"
local shipped = require "tools.shipped"

local USAGE = [[
./dev schemas FILE             what differs between FILE, Sentry's openapi-derefed.json, and schemas/, stream by stream
./dev schemas --write NAME…    make schemas/NAME.json of the rows and the parts of the document that are kept
./dev schemas --keep FOLDER…   keep rows of a folder of payloads, NAME.http and NAME.json, in spec/fixtures/rows/
./dev schemas --extract FILE   keep the parts of FILE that tell of our streams, in ]] .. openapi.KEPT .. "\n"

local function say(text) io.stdout:write(text, "\n") end

local function fail(message)
  io.stderr:write(message, "\n")
  os.exit(2)
end

local function document_of(path)
  local text = files.text(path) or fail(path .. ": there is no such file, or it cannot be read")
  local document = json.valid(text) and json.decode(text)
  if type(document) ~= "table" or type(document.paths) ~= "table" then
    fail(path .. ": is no OpenAPI document: an object with `paths` was expected")
  end
  return document
end

local function kept_document() return document_of(openapi.KEPT) end

local function schema_file(stream) return "schemas/" .. stream.name .. ".json" end

-- ---- what differs

local function print_differences(stream, list, paths)
  say(("%s  %s"):format(stream.name, table.concat(paths, " ")))
  local lines = {}
  for i, one in ipairs(list) do
    local kinds = one.kind == "changed" and ("%s, here %s"):format(one.theirs, one.ours) or one.theirs or one.ours
    lines[i] = { "  " .. one.kind, one.field, kinds }
  end
  if #lines == 0 then say "  nothing" else say(table.concat(pretty.columns(lines), "\n")) end
end

local function compare(path)
  local document, kept = document_of(path), kept_document()
  local differ, untold = false, {}
  for _, stream in ipairs(shipped.streams()) do
    local told, paths = openapi.shape(document, stream)
    local text = files.text(schema_file(stream))
    if told and text then
      local list = differences.of(json.decode(text), told, (openapi.shape(kept, stream)))
      print_differences(stream, list, paths)
      differ = differ or #list > 0
    else
      untold[#untold + 1] = stream.name
    end
  end
  if #untold > 0 then say("of these it says nothing: " .. table.concat(untold, ", ")) end
  return differ and 1 or 0
end

-- ---- a schema made

local function type_of_added(value)
  if type(value) == "string" then return "string" end
  return type(value) == "boolean" and "boolean" or math.type(value) == "integer" and "integer" or "number"
end

-- What no row shows: what the stream adds, where none is kept, and a key that a transform makes.
local function add_missing(schema, stream)
  for name, value in pairs(stream.add or {}) do
    schema.properties[name] = schema.properties[name] or { type = { "null", type_of_added(value) } }
  end
  for _, name in ipairs(stream.primary_key) do
    if not name:find "[%.%[]" and not schema.properties[name] then
      schema.properties[name] = { type = { "null", "string" } }
    end
  end
end

-- A cursor's texts are times, unless the stream says what else it is.
local function mark_cursor(schema, stream)
  local property = stream.cursor and not stream.cursor.type and schema.properties[stream.cursor.field]
  for _, kind in ipairs(property and property.type or {}) do
    if kind == "string" then property.format = "date-time" end
  end
end

local function first_fields(stream)
  local first = { table.unpack(stream.primary_key) }
  if stream.cursor then first[#first + 1] = stream.cursor.field end
  return first
end

local function write(names)
  local streams, unknown = shipped.named(names)
  if not streams then return fail(unknown) end
  local document = kept_document()
  for _, stream in ipairs(streams) do
    local texts, told = rows.texts(stream.name), openapi.shape(document, stream)
    if #texts == 0 and not told then
      fail(("%s: no row is kept of it, and the kept document says nothing of it; see --keep and --extract"):format(stream.name))
    end
    local schema = infer.schema(shape.of_rows(texts, told), true)
    add_missing(schema, stream)
    mark_cursor(schema, stream)
    files.write(schema_file(stream), layout(schema, first_fields(stream)))
    say(("%s: of %d rows%s"):format(schema_file(stream), #texts, told and " and the document" or ""))
  end
  return 0
end

-- ---- what is kept

local function keep(folders)
  rows.keep(shipped.streams(), folders, say)
  return 0
end

local function extract(path)
  local kept = openapi.extract(document_of(path), shipped.streams())
  files.write(openapi.KEPT, openapi.text(kept))
  return 0
end

local words = { ["--write"] = write, ["--keep"] = keep, ["--extract"] = function(given) return extract(given[1]) end }

local word = arg[1]
local run = words[word]
if not word or run and not arg[2] or not run and (word:find "^%-" or arg[2]) then
  io.stderr:write(USAGE)
  os.exit(2)
end
os.exit(run and run { table.unpack(arg, 2) } or not run and compare(word))
