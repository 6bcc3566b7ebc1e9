-- perigee status: what the latest syncs into a database came to.
local airbyte = require "airbyte"
local command_line = require "command_line"
local console = require "console"
local destination = require "destination"
local json = require "json"
local merged = require "lib.merged"
local pretty = require "lib.pretty"
local terminal_json = require "lib.terminal_json"

local SHOWN = 10 -- syncs

local HEADS = { "began", "stream", "place", "result", "new", "updated", "removed", "requests", "waited", "message" }
local PLACE = 3 -- its column
local NONE = "%s: no stream has been read yet; a sync has begun, or ended before it came to that"

local function text_of(value) return value ~= json.null and tostring(value) or "" end

local function row_of(run)
  local waited = run.waited_seconds ~= json.null and ("%.1f s"):format(run.waited_seconds) or ""
  return { text_of(run.began):sub(1, 19), text_of(run.stream), run.place, text_of(run.result), text_of(run.new),
    text_of(run.updated), text_of(run.removed), text_of(run.requests), waited, text_of(run.message) }
end

-- The newest run of each stream and place.
local function latest_of(runs)
  local newest, latest = {}, {}
  for _, run in ipairs(runs) do newest[run.stream .. "\n" .. run.place] = run end
  for _, run in ipairs(runs) do
    if newest[run.stream .. "\n" .. run.place] == run then latest[#latest + 1] = run end
  end
  return latest
end

-- Places are worth a column where a stream has several.
local function rows_of(runs)
  local rows, place_of, several = { merged(HEADS) }, {}, false
  for i, run in ipairs(runs) do
    rows[i + 1] = row_of(run)
    place_of[run.stream] = place_of[run.stream] or run.place
    several = several or place_of[run.stream] ~= run.place
  end
  for _, row in ipairs(several and {} or rows) do table.remove(row, PLACE) end
  return rows
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
  local lines = #runs == 0 and { NONE:format(options.to) } or pretty.columns(rows_of(latest_of(runs)))
  for _, line in ipairs(refreshes_of(runs)) do lines[#lines + 1] = line end
  console.write(table.concat(lines, "\n") .. "\n")
  return 0
end
