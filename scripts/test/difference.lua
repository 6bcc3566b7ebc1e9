-- Two JSON texts, compared for people: what differs, one field a line.
local counted = require "lib.counted"
local json = require "json"

---@class difference_line
---@field mark "-"|"+" of what was expected, or of what came
---@field text string

local difference = {}

local MOST = 20 -- lines of each kind
local SHOWN = 160 -- bytes of a value
local BEFORE = 40 -- of them, before where two long ones differ

local function first_difference(a, b)
  local at = 1
  while at <= #a and a:byte(at) == b:byte(at) do at = at + 1 end
  return at
end

-- Whole characters only, so that a terminal is not given halves of one.
local function cut(text, from)
  if #text <= SHOWN then return text end
  from = math.max(1, math.min(from - BEFORE, #text - SHOWN + 1))
  while from > 1 and (text:byte(from) or 0) & 0xC0 == 0x80 do from = from - 1 end
  local to = math.min(#text, from + SHOWN - 1)
  while to < #text and text:byte(to + 1) & 0xC0 == 0x80 do to = to - 1 end
  return (from > 1 and "…" or "") .. text:sub(from, to) .. (to < #text and "…" or "")
end

---A line for a value that came on one side alone, cut where it is long.
---@param mark "-"|"+"
---@param text string
---@return difference_line
function difference.line(mark, text) return { mark = mark, text = cut(text, 1) } end

local function is_object(value) return type(value) == "table" and json.encode(value):sub(1, 1) == "{" end

local function sorted_names(a, b)
  local seen, names = {}, {}
  for _, object in ipairs { a, b } do
    for name in pairs(object) do
      if not seen[name] then names[#names + 1] = name end
      seen[name] = true
    end
  end
  table.sort(names)
  return names
end

local function add(lines, path, expected, got)
  local before, after = expected ~= nil and json.encode(expected), got ~= nil and json.encode(got)
  local from = before and after and first_difference(before, after) or 1
  local name = path ~= "" and path .. ": " or ""
  if before then lines[#lines + 1] = { mark = "-", text = name .. cut(before, from) } end
  if after then lines[#lines + 1] = { mark = "+", text = name .. cut(after, from) } end
end

-- Objects are gone into; lists are compared whole.
local function compare(lines, path, expected, got)
  if expected ~= nil and got ~= nil and json.encode(expected) == json.encode(got) then return end
  if not is_object(expected) or not is_object(got) then return add(lines, path, expected, got) end
  for _, name in ipairs(sorted_names(expected, got)) do
    compare(lines, path == "" and name or path .. "." .. name, expected[name], got[name])
  end
end

---What differs, as lines; none: nothing does.
---@param expected string JSON
---@param got string JSON
---@return (string|difference_line)[] lines
function difference.of(expected, got)
  if expected == got then return {} end
  local lines = {}
  compare(lines, "", json.decode(expected), json.decode(got))
  if #lines == 0 then
    local at = first_difference(expected, got)
    lines = { "the same values, written in another way:", { mark = "-", text = cut(expected, at) },
      { mark = "+", text = cut(got, at) } }
  end
  if #lines > MOST then
    local more = #lines - MOST
    lines = table.move(lines, 1, MOST, 1, {})
    lines[#lines + 1] = ("… and %s more"):format(counted(more, "line"))
  end
  return lines
end

return difference
