-- What a sync came to, for a person and for a machine.
local clock = require "clock"
local console = require "console"
local counted = require "lib.counted"
local json = require "json"
local pretty = require "lib.pretty"
local set_of = require "lib.set_of"
local terminal_json = require "lib.terminal_json"

local summary = {}

local HEADS = { "stream", "new", "updated", "removed", "total", "seconds", "next from" }
local NUMBERS = set_of { 2, 3, 4, 5, 6 } -- columns

-- Seconds with one digit: whoever waits for less does not look.
local function seconds_of(one) return ("%.1f"):format(one.seconds) end

local function row_of(one)
  local result = one.result
  return { one.name, tostring(result.new), tostring(result.updated), tostring(result.removed), tostring(result.total or ""),
    seconds_of(one), not one.complete and "not read to its end" or result.next or "(read in full)" }
end

local function notes_of(one)
  local lines = {}
  for line in one.result.notes:gmatch "[^\n]+" do lines[#lines + 1] = ("%s: %s"):format(one.name, line) end
  if one.result.replaced > 0 then
    lines[#lines + 1] = ("%s: U+FFFD stands in %s for characters that databases refuse"):format(one.name,
      counted(one.result.replaced, "value"))
  end
  return lines
end

---@param synced table[] a table for each stream
---@param to string
function summary.print(synced, to)
  local rows = { HEADS }
  for _, one in ipairs(synced) do rows[#rows + 1] = row_of(one) end
  local lines = pretty.columns(rows, NUMBERS)
  for _, one in ipairs(synced) do
    for _, line in ipairs(notes_of(one)) do lines[#lines + 1] = line end
  end
  lines[#lines + 1] = ("kept in %s"):format(to)
  console.write(table.concat(lines, "\n") .. "\n")
end

---@param synced table[]
---@param to string
function summary.print_json(synced, to)
  local list = json.array()
  for i, one in ipairs(synced) do
    local result = one.result
    list[i] = {
      stream = one.name, complete = one.complete or false, new = result.new, updated = result.updated,
      unchanged = result.unchanged, removed = result.removed, total = result.total, seconds = one.seconds,
      next_from = result.next, requests = result.requests, replaced = result.replaced, message = one.message,
    }
  end
  console.write(terminal_json(json.encode { to = to, ended = clock.format(clock.now()), streams = list }) .. "\n")
end

return summary
