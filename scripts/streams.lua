-- perigee streams: lists the streams for people: what each asks, needs and is known by; with a configuration, also what can be
-- read with its token, and by how many requests.
local airbyte = require "airbyte"
local command_line = require "command_line"
local config = require "config.config"
local console = require "console"
local costs = require "survey.costs"
local json = require "json"
local pretty = require "lib.pretty"
local streams = require "stream.registry"
local terminal_json = require "lib.terminal_json"

local AT_ONCE = 5

local function fail(message, kind)
  airbyte.error(kind or "config_error", message)
  return 1
end

-- Those of the user's own each tell of themselves, in processes of theirs.
local function outlines_of(names)
  local outlines, message, kind = streams.outlines(names)
  if not outlines then return nil, message, kind end
  local own, list = {}, {}
  for _, name in ipairs(names) do own[#own + 1] = streams.custom(name) and name end
  local told = streams.in_turns(own, AT_ONCE, function(name, process)
    local one, wrong = streams.run(nil, { job = "outline", name = name }, process)
    return one or { message = wrong }
  end)
  for i, name in ipairs(own) do
    if told[i].message then return nil, told[i].message, "config_error" end
    outlines[name] = told[i]
    outlines[name].custom = true
  end
  for i, name in ipairs(names) do list[i] = outlines[name] end
  return list
end

local function sets_of(one)
  local words = {}
  if one.custom then words[1] = "own" end
  for _, word in ipairs { "default", "suggested" } do words[#words + 1] = one[word] and word or nil end
  if one.only_named then words[1] = "by its name" end
  return table.concat(words, ", ")
end

local function requests_of(found)
  if not found.requests then return found.readable == false and "" or "?" end
  return found.requests .. (found.at_least and " or more" or "")
end

local SHORT = 60 -- bytes of a reason that stands in the table; longer ones stand below, each once

local function readable(found, notes)
  if found.readable == nil then return "?" end
  if found.readable or #found.why <= SHORT then return found.readable and "yes" or "no: " .. found.why end
  local position = 1
  while notes[position] and notes[position] ~= found.why do position = position + 1 end
  notes[position] = found.why
  return ("no [%d]"):format(position)
end

-- Who reads it first sees where it comes from last: paths are long.
local function row_of(one, found, notes)
  local row = { one.name, sets_of(one), one.scope or "", table.concat(one.primary_key, ", "), one.cursor or "" }
  if found then row[#row + 1], row[#row + 2] = requests_of(found), readable(found, notes) end
  row[#row + 1] = one.base and one.base .. (one.path or "") or one.path or ""
  return row
end

local function print_table(list, found)
  local rows = { { "stream", "set", "scope", "key", "cursor" } }
  if found then table.move({ "requests", "readable" }, 1, 2, 6, rows[1]) end
  table.insert(rows[1], "path")
  local unseen, notes = {}, {}
  for i, one in ipairs(list) do
    rows[i + 1] = row_of(one, found and found[one.name], notes)
    unseen[#unseen + 1] = not one.seen and one.name or nil
  end
  console.write(table.concat(pretty.columns(rows), "\n") .. "\n")
  for i, why in ipairs(notes) do console.write(("%s[%d] %s\n"):format(i == 1 and "\n" or "", i, why)) end
  if #unseen > 0 then
    console.write(("\nmade from documentation, and never held against a real server: %s\n"):format(table.concat(unseen, ", ")))
  end
end

local function print_json(list, found)
  local lines = {}
  for i, one in ipairs(list) do
    one.primary_key = json.array(one.primary_key)
    one.asked = nil
    for name, value in pairs(found and found[one.name] or {}) do one[name] = value end
    lines[i] = terminal_json(json.encode(one))
  end
  console.write("[\n" .. table.concat(lines, ",\n") .. "\n]\n")
end

return function()
  local options = command_line.options()
  local settings, message, kind
  if options.config then
    settings, message, kind = config.read(options.config)
    if not settings then return fail(message, kind) end
  end
  local names, unreadable, unread = streams.names(settings)
  if not names then return fail(unreadable, unread) end
  local list, broken, reason = outlines_of(names)
  if not list then return fail(broken, reason) end
  options.retry_attempts = options.retry_attempts or 3 -- a person waits
  local found = settings and costs.find(list, settings, options)
  if options.json then print_json(list, found) else print_table(list, found) end
  return 0
end
