-- perigee status: what the latest syncs into a database came to.
local airbyte = require "airbyte"
local command_line = require "command_line"
local console = require "console"
local destination = require "destination"
local json = require "json"
local pretty = require "lib.pretty"
local terminal_json = require "lib.terminal_json"

local SHOWN = 10 -- syncs

local HEADS = { "began", "stream", "result", "new", "updated", "removed", "requests", "waited", "message" }

local function text_of(value) return value ~= json.null and tostring(value) or "" end

local function row_of(run)
  local waited = run.waited_seconds ~= json.null and ("%.1f s"):format(run.waited_seconds) or ""
  return { text_of(run.began):sub(1, 19), text_of(run.stream), text_of(run.result), text_of(run.new), text_of(run.updated),
    text_of(run.removed), text_of(run.requests), waited, text_of(run.message) }
end

-- When the list of a stream is read whole again, by the state that is kept now.
local function note_refreshes(runs, to)
  local known = {}
  for _, run in ipairs(runs) do
    local name = run.stream .. "\n" .. run.place
    if known[name] == nil then
      local state = destination.peek(to, run.stream, run.place)
      local refresh = state and json.decode(state).refresh
      known[name] = type(refresh) == "table" and refresh.due or false
    end
    run.refresh_due = known[name] or json.null
  end
end

-- The soonest of each stream.
local function refreshes_of(runs)
  local soonest, lines = {}, {}
  for _, run in ipairs(runs) do
    local due = run.refresh_due
    if due ~= json.null and (not soonest[run.stream] or due < soonest[run.stream]) then soonest[run.stream] = due end
  end
  for name, due in pairs(soonest) do
    lines[#lines + 1] = ("%s: the whole list is read for what has changed from %s"):format(name, due:sub(1, 19))
  end
  table.sort(lines)
  return lines
end

return function()
  local options = command_line.options()
  local text, message = destination.runs(options.to, SHOWN)
  if not text then
    airbyte.error("config_error", message)
    return 1
  end
  local runs = assert(json.decode(text))
  note_refreshes(runs, options.to)
  if options.json then
    console.write(terminal_json(json.encode(runs)) .. "\n")
    return 0
  end
  local rows = { HEADS }
  for _, run in ipairs(runs) do rows[#rows + 1] = row_of(run) end
  local lines = pretty.columns(rows)
  for _, line in ipairs(refreshes_of(runs)) do lines[#lines + 1] = line end
  console.write(table.concat(lines, "\n") .. "\n")
  return 0
end
