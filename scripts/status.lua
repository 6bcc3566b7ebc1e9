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

return function()
  local options = command_line.options()
  local text, message = destination.runs(options.to, SHOWN)
  if not text then
    airbyte.error("config_error", message)
    return 1
  end
  if options.json then
    console.write(terminal_json(text) .. "\n")
    return 0
  end
  local rows = { HEADS }
  for _, run in ipairs(assert(json.decode(text))) do rows[#rows + 1] = row_of(run) end
  console.write(table.concat(pretty.columns(rows), "\n") .. "\n")
  return 0
end
