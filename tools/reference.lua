-- Writes docs/streams-reference.md of scripts and schemas, and into deploy/airbyte/ the suggested streams (metadata.yaml) and the
-- table of the streams (sentry.md): `./dev reference`; with --print, prints these two pages alone.
local files = require "tools.files"
local held = require "tools.held"
local json = require "json"
local shipped = require "tools.shipped"

local PAGE, METADATA = "docs/streams-reference.md", "deploy/airbyte/metadata.yaml"
local AIRBYTE_PAGE = "deploy/airbyte/sentry.md"

local HEAD = [[
# The streams

`./dev reference` makes this page of `scripts/streams/` and `schemas/`. `perigee streams --config FILE` says which of them your
token may read, and about how many requests each takes.

- **default**: read where nobody names a stream. **suggested**: read by `--streams suggested`. **by its name**: in no set, not
  even in `all`.
- **incremental**: an incremental read asks for what is new, or asks for the list and sends what is new of it.
- **held against**: how many rows the database of a real Sentry had, and how many of them came, when perigee was held against it
  (HELD). Lists of pages had more than one, and up to 250 rows of one time or name. Incremental streams
  were read again, too, after rows had been added, changed and deleted.
- **not seen**: made from Sentry's documentation, and never held against a real server's answer.
- Fields are those of the schema. Sentry may send more, which go out as they come, and older servers send fewer.

]]

local function code(text) return "`" .. text .. "`" end

local function codes(names)
  local list = {}
  for i, name in ipairs(names) do list[i] = code(name) end
  return table.concat(list, ", ")
end

-- What the script's head says of it, as one paragraph.
local function words_of(stream)
  local lines = {}
  for line in files.read(("scripts/streams/%s.lua"):format(stream.name)):gmatch "[^\n]+" do
    local words = line:match "^%-%- ?(.*)$"
    if not words then break end
    lines[#lines + 1] = words
  end
  return (table.concat(lines, " "):gsub("{%w+}", "`%0`"))
end

local function first_sentence(text) return text:match "^(.-%.)%s" or text end

local function sets_of(stream)
  local words = {}
  for _, word in ipairs { "default", "suggested" } do words[#words + 1] = stream[word] and word or nil end
  if stream.only_named then words[1] = "by its name" end
  if stream.seen == false then words[#words + 1] = "not seen" end
  return table.concat(words, ", ")
end

local function order_of(stream)
  local ordered = stream.cursor.ordered_by
  if stream.read then return "" end
  if #ordered > 0 then return "; in the order of " .. codes(ordered) .. ", so that only what is new is asked for" end
  return stream.cursor.slice and "; it is asked for in slices of " .. tostring(stream.cursor.slice)
    or "; the whole list is asked for, and what was not sent before goes out"
end

local function parent_of(stream)
  if not stream.parent then return nil end
  local name = type(stream.parent) == "string" and ("[%s](#%s)"):format(stream.parent, stream.parent) or "a list of its script's"
  return ("each record of %s%s"):format(name, stream.follow_parent and ", incrementally of those that have changed" or "")
end

local function added_to(stream)
  local names = {}
  for name in pairs(stream.add or {}) do names[#names + 1] = name end
  table.sort(names)
  return names[1] and codes(names)
end

local function facts_of(stream)
  local left_out = stream.secrets[1] and codes(stream.secrets) .. ", unless `include_secrets` names them"
  local facts = {
    { "path", stream.path and code(stream.path) }, { "where that is gone", stream.fallback and code(stream.fallback) },
    { "read for", parent_of(stream) }, { "key", #stream.primary_key > 0 and codes(stream.primary_key) },
    { "incremental", stream.cursor and "by " .. code(stream.cursor.field) .. order_of(stream) },
    { "changes", stream.refresh and ("looked for every %s (`refresh`)"):format(code(stream.refresh.every)) },
    { "scope", stream.scope and code(stream.scope) }, { "set", sets_of(stream) }, { "added", added_to(stream) },
    { "held against", held.words(stream.name) },
    { "left out", left_out },
  }
  local lines = { "| | |", "| --- | --- |" }
  for i = 1, #facts do
    local name, text = facts[i][1], facts[i][2]
    if text and text ~= "" then lines[#lines + 1] = ("| %s | %s |"):format(name, text) end
  end
  return table.concat(lines, "\n")
end

local function type_of(property)
  if property.format == "date-time" then return "time" end
  local kinds, types = {}, property.type
  for _, kind in ipairs(type(types) == "table" and types or { types }) do kinds[#kinds + 1] = kind ~= "null" and kind or nil end
  return table.concat(kinds, " or ")
end

-- The key's fields and the cursor's stand first, as in the schema.
local function fields_of(stream)
  local text = files.text(("schemas/%s.json"):format(stream.name))
  if not text then return "" end
  local properties, names, list = json.decode(text).properties, {}, {}
  for name in pairs(properties) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    local kind = type_of(properties[name])
    list[i] = code(name) .. (kind ~= "" and " " .. kind or "")
  end
  return ("\nFields: %s.\n"):format(table.concat(list, ", "))
end

local function overview(streams)
  local lines = { "| stream | what | set | incremental by | scope |", "| --- | --- | --- | --- | --- |" }
  for i, stream in ipairs(streams) do
    lines[i + 2] = ("| [%s](#%s) | %s | %s | %s | %s |"):format(stream.name, stream.name, first_sentence(words_of(stream)),
      sets_of(stream), stream.cursor and code(stream.cursor.field) or "", stream.scope and code(stream.scope) or "")
  end
  return table.concat(lines, "\n") .. "\n"
end

local function page_of(streams)
  local parts = { (HEAD:gsub("HELD", ("%s, %s"):format(held.server, held.date))) .. overview(streams) }
  for _, stream in ipairs(streams) do
    parts[#parts + 1] = ("## %s\n\n%s\n\n%s\n%s"):format(stream.name, words_of(stream), facts_of(stream), fields_of(stream))
  end
  return table.concat(parts, "\n")
end

local function metadata_of(streams)
  local names = {}
  for _, stream in ipairs(streams) do names[#names + 1] = stream.suggested and stream.name or nil end
  local text, count = files.read(METADATA):gsub("(suggestedStreams:\n    streams: )%b[]",
    function(head) return head .. "[" .. table.concat(names, ", ") .. "]" end)
  assert(count == 1, METADATA .. " names no suggestedStreams")
  return text
end

local function airbyte_page_of(streams)
  local lines = { "| stream | what | cursor | primary key | scope |", "| --- | --- | --- | --- | --- |" }
  for i, stream in ipairs(streams) do
    lines[i + 2] = ("| %s | %s | %s | %s | %s |"):format(stream.name, first_sentence(words_of(stream)),
      stream.cursor and stream.cursor.field or "", table.concat(stream.primary_key, ", "), stream.scope or "")
  end
  local text, count = files.read(AIRBYTE_PAGE):gsub("(\n## Supported Streams\n\n)|.-\n\n",
    function(head) return head .. table.concat(lines, "\n") .. "\n\n" end)
  assert(count == 1, AIRBYTE_PAGE .. " has no table of the streams")
  return text
end

local streams = shipped.streams()
if arg[1] == "--print" then
  io.stdout:write(page_of(streams), airbyte_page_of(streams))
elseif arg[1] then
  io.stderr:write "./dev reference [--print]   write docs/streams-reference.md and the streams in deploy/airbyte/\n"
  os.exit(2)
else
  files.write(PAGE, page_of(streams))
  files.write(METADATA, metadata_of(streams))
  files.write(AIRBYTE_PAGE, airbyte_page_of(streams))
end
