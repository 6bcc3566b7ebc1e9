-- perigee compare: what two connectors printed, record by record. Exits with 0 where both have the same records, with 1 where
-- they differ, with 2 where nothing could be compared.
local airbyte = require "airbyte"
local catalog = require "config.catalog"
local command_line = require "command_line"
local comparison = require "comparison"
local console = require "console"
local json = require "json"
local report = require "compare.report"
local streams = require "stream.registry"
local terminal_json = require "lib.terminal_json"

local SAME, DIFFERENT, FAILED = 0, 1, 2

local function fail(message)
  airbyte.error("config_error", message)
  return FAILED
end

-- The keys that the streams' scripts declare, by their names.
local function declared_keys()
  local names, message = streams.names()
  if not names then return nil, message end
  local keys, entries = {}, streams.entries(names, {})
  for _, name in ipairs(names) do
    local entry, wrong = entries[name], nil
    if not entry then entry, wrong = streams.run(nil, { job = "describe", name = name }) end
    if not entry then return nil, wrong end
    keys[name] = json.decode(entry).source_defined_primary_key
  end
  return keys
end

local function find_keys(options)
  local keys, message = declared_keys()
  if not keys then return nil, message end
  local configured, wrong = {}, nil
  if options.catalog then configured, wrong = catalog.read(options.catalog) end
  if not configured then return nil, wrong end
  for _, one in ipairs(configured) do keys[one.name] = one.primary_key or keys[one.name] end
  return keys
end

local function is_same(found)
  for _, stream in ipairs(found.streams) do
    if stream.missing + stream.extra + stream.changed > 0 then return false end
  end
  return found.files[1].unreadable + found.files[2].unreadable == 0
end

return function()
  local options = command_line.options()
  if options.word == "-" and options.other_word == "-" then return fail "only one of the two can be standard input" end
  local keys, message = find_keys(options)
  if not keys then return fail(message) end
  local lines, wrong = comparison.outputs(options.word, options.other_word, next(keys) and json.encode(keys) or "{}")
  if not lines then return fail(wrong) end
  local found = { streams = {}, files = {} }
  for line in lines:gmatch "[^\n]+" do
    local one = assert(json.decode(line))
    table.insert(one.file and found.files or found.streams, one)
  end
  if #found.streams == 0 then
    return fail(("neither %s nor %s has a message of a stream"):format(options.word, options.other_word))
  end
  console.write(options.json and terminal_json(lines) or report.text(found))
  return is_same(found) and SAME or DIFFERENT
end
