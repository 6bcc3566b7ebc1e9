-- Values as people read them: Lua's, and JSON as it came, with every number as it was written. What fits stands on one
-- line. Control characters are escaped: a server's text must not steer the terminal.
local console = require "console"
local json = require "json"

local pretty = {}

local codes = {
  key = "36", string = "32", number = "33", literal = "35", dim = "2", error = "31", bold = "1", good = "32",
}

---@alias paint fun(kind: string, text: string): string

---@param colour boolean
---@return paint
function pretty.painter(colour)
  if not colour then return function(_, text) return text end end
  return function(kind, text) return ("\27[%sm%s\27[0m"):format(codes[kind], text) end
end

---Text without what steers a terminal, but for line breaks and tabs.
---@param text string
---@return string
function pretty.clean(text) return console.clean(text) end

---Rows of texts, one line a row, with columns as wide as their longest text.
---@param rows string[][]
---@param right table<integer, true>? the columns whose texts stand at their right
---@return string[] lines
function pretty.columns(rows, right)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do widths[i] = math.max(widths[i] or 0, utf8.len(text) or #text) end
  end
  for n, row in ipairs(rows) do
    local cells = {}
    for i, text in ipairs(row) do
      local blank = (" "):rep(widths[i] - (utf8.len(text) or #text))
      cells[i] = right and right[i] and blank .. text or text .. blank
    end
    lines[n] = table.concat(cells, "   "):gsub(" +$", "")
  end
  return lines
end

-- ---- nodes: a text, or items between brackets

---@class node
---@field text string? painted
---@field width integer of it all, on one line
---@field open string?
---@field close string?
---@field items {label: string?, width: integer, node: node}[]?

local function leaf(paint, kind, text)
  return { text = kind and paint(kind, text) or text, width = utf8.len(text) or #text }
end

local function add(branch, label, width, child)
  branch.items[#branch.items + 1] = { label = label, width = width, node = child }
  branch.width = branch.width + width + child.width + 2
end

local function branch_of(open, close) return { open = open, close = close, items = {}, width = #open + #close + 2 } end

local function flat(node, parts)
  if node.text then parts[#parts + 1] = node.text return end
  local space = #node.items > 0 and node.open == "{" and " " or ""
  parts[#parts + 1] = node.open .. space
  for i, item in ipairs(node.items) do
    parts[#parts + 1] = (i > 1 and ", " or "") .. (item.label or "")
    flat(item.node, parts)
  end
  parts[#parts + 1] = space .. node.close
end

local NARROW = 30

-- Short items of a list, such as points in time, are many to a line.
local function is_narrow(node)
  for _, item in ipairs(node.items) do
    if item.label or item.node.width > NARROW then return false end
  end
  return true
end

local function lay_filled(node, lines, indent, columns)
  local parts, width = {}, #indent
  for i, item in ipairs(node.items) do
    if #parts > 0 and width + item.node.width + 2 > columns then
      lines[#lines + 1], parts, width = indent .. table.concat(parts):gsub(" $", ""), {}, #indent
    end
    flat(item.node, parts)
    parts[#parts + 1] = i < #node.items and ", " or ""
    width = width + item.node.width + 2
  end
  lines[#lines + 1] = indent .. table.concat(parts)
end

local function lay(node, lines, indent, before, after, columns)
  local room = columns - #indent - before.width
  if node.text or #node.items == 0 or node.width <= room then
    local parts = {}
    flat(node, parts)
    lines[#lines + 1] = indent .. before.text .. table.concat(parts) .. after
    return
  end
  lines[#lines + 1] = indent .. before.text .. node.open
  local filled = is_narrow(node)
  if filled then lay_filled(node, lines, indent .. "  ", columns) end
  for i, item in ipairs(filled and {} or node.items) do
    local label = item.label or ""
    lay(item.node, lines, indent .. "  ", { text = label, width = item.width }, i < #node.items and "," or "", columns)
  end
  lines[#lines + 1] = indent .. node.close .. after
end

local function lines_of(node, columns)
  local lines = {}
  lay(node, lines, "", { text = "", width = 0 }, "", columns)
  return lines
end

-- ---- Lua's values

local escapes = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\" }
local TEXT, ITEMS, DEPTH = 300, 200, 5

-- Not in the middle of a character.
local function cut(text, length)
  while length > 0 and (text:byte(length + 1) or 0) & 0xC0 == 0x80 do length = length - 1 end
  return text:sub(1, length)
end

local function quoted(text)
  local shown = #text > TEXT and cut(text, TEXT) or text
  local rest = #text > #shown and ("…(%d bytes)"):format(#text) or ""
  shown = shown:gsub('[\n\r\t"\\]', escapes)
  return '"' .. pretty.clean(shown) .. '"' .. rest
end

local function number_text(value)
  if value ~= value or value == math.huge or value == -math.huge then return tostring(value) end
  return json.encode(value)
end

local ranks = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
  local x, y = ranks[type(a)] or 4, ranks[type(b)] or 4
  if x ~= y then return x < y end
  if x <= 2 then return a < b end
  return tostring(a) < tostring(b)
end

local function sorted_keys(value)
  local keys, length = {}, rawlen(value)
  for key in next, value do
    if not (math.type(key) == "integer" and key >= 1 and key <= length) then keys[#keys + 1] = key end
  end
  table.sort(keys, before)
  return keys
end

local node_of

local function key_label(key, paint)
  if type(key) == "string" and key:find "^[%a_][%w_]*$" then return paint("key", key) .. " = ", #key + 3 end
  local text = type(key) == "string" and quoted(key) or tostring(key)
  return "[" .. paint("key", text) .. "] = ", #text + 5
end

-- A table may say by `__depth` of its metatable how deep it is shown within another one.
local function depth_of(value, depth, above)
  local meta = next(above) and getmetatable(value)
  return type(meta) == "table" and rawget(meta, "__depth") or depth
end

local function table_node(value, paint, depth, above)
  local length, keys = rawlen(value), sorted_keys(value)
  if above[value] then return leaf(paint, "dim", "{ … itself }") end
  if length + #keys == 0 then return leaf(paint, nil, getmetatable(value) == false and "[]" or "{}") end
  depth = depth_of(value, depth, above)
  if depth == 0 then return leaf(paint, "dim", ("{ … %d }"):format(length + #keys)) end
  above[value] = true
  local branch = branch_of("{", "}")
  for i = 1, math.min(length, ITEMS) do add(branch, nil, 0, node_of(rawget(value, i), paint, depth - 1, above)) end
  for i = 1, math.min(#keys, ITEMS) do
    local label, width = key_label(keys[i], paint)
    add(branch, label, width, node_of(rawget(value, keys[i]), paint, depth - 1, above))
  end
  local more = math.max(length - ITEMS, 0) + math.max(#keys - ITEMS, 0)
  if more > 0 then add(branch, nil, 0, leaf(paint, "dim", ("… %d more"):format(more))) end
  above[value] = nil
  return branch
end

function node_of(value, paint, depth, above)
  local kind = type(value)
  if value == json.null then return leaf(paint, "literal", "null") end
  if kind == "string" then return leaf(paint, "string", quoted(value)) end
  if kind == "number" then return leaf(paint, "number", number_text(value)) end
  if json.is_number(value) then return leaf(paint, "number", tostring(value)) end
  if kind == "table" then
    local meta = getmetatable(value)
    if type(meta) ~= "table" or not rawget(meta, "__tostring") then return table_node(value, paint, depth, above) end
  end
  return leaf(paint, "literal", pretty.clean(tostring(value)))
end

---@param value any
---@param paint paint
---@param columns integer
---@param depth integer? how deep tables are shown
---@return string[] lines
function pretty.value(value, paint, columns, depth)
  return lines_of(node_of(value, paint, depth or DEPTH, {}), columns)
end

-- ---- JSON text, valid, with its bytes as they are

---@class shown_json how much of it is shown
---@field whole boolean? texts are, however long
---@field items integer? of a list; the rest is counted

local function string_node(text, paint, how)
  local shown = #text > TEXT and not how.whole and cut(text, TEXT) .. ("…\"(%d bytes)"):format(#text) or text
  return leaf(paint, "string", pretty.clean(shown))
end

-- The end of the string that begins at `at`.
local function string_end(text, at)
  local stop = at + 1
  while true do
    local found = text:find('["\\]', stop)
    if text:byte(found) == 34 then return found end
    stop = found + 2
  end
end

local parse

local function parse_members(text, at, paint, how)
  local object, count = text:sub(at, at) == "{", 0
  local branch = object and branch_of("{", "}") or branch_of("[", "]")
  at = text:find("%S", at + 1)
  while not text:find("^[%]}]", at) do
    local label, width
    if object then
      local stop = string_end(text, at)
      local key = pretty.clean(text:sub(at, stop))
      label, width = paint("key", key) .. ": ", #key + 2
      at = text:find("[^%s:]", stop + 1)
    end
    local child
    child, at = parse(text, at, paint, how)
    count = count + 1
    if object or count <= (how.items or math.huge) then add(branch, label, width or 0, child) end
    at = text:find("[^%s,]", at)
  end
  local more = count - #branch.items
  if more > 0 then add(branch, nil, 0, leaf(paint, "dim", ("… %d more"):format(more))) end
  return branch, at + 1
end

function parse(text, at, paint, how)
  local first = text:sub(at, at)
  if first == "{" or first == "[" then return parse_members(text, at, paint, how) end
  if first == '"' then
    local stop = string_end(text, at)
    return string_node(text:sub(at, stop), paint, how), stop + 1
  end
  local stop = (text:find("[%s,%]}]", at) or #text + 1) - 1
  local word = text:sub(at, stop)
  return leaf(paint, word:find "^[%d-]" and "number" or "literal", word), stop + 1
end

---JSON text, which is valid and not nested deeper than decoding allows.
---@param text string
---@param paint paint
---@param columns integer
---@param how shown_json?
---@return string[] lines
function pretty.json(text, paint, columns, how)
  return lines_of((parse(text, text:find "%S", paint, how or {})), columns)
end

---The first line of what was raised: what it says, and where.
---@param raised string with a traceback
---@return string
function pretty.first_line(raised) return raised:match "^[^\n]*" end

---What was raised, without the frames that are perigee's own.
---@param raised string with a traceback, or not
---@return string message
---@return string? trace where it says more than the message; all of it where perigee itself failed
function pretty.raised(raised)
  local message, trace = raised:match "^(.-)\nstack traceback:\n(.*)$"
  if not message then return raised end
  if message:find "^scripts/" then return message, trace end
  local own = {}
  for line in trace:gmatch "[^\n]+" do
    local inner = line:find "^%s*%[C%]:" or line:find "^%s*scripts/[%w_/]+%.lua:" or line:find "^%s*%("
      or line == "stack traceback:" -- of the state that another one was run from
    if not inner then own[#own + 1] = line end
  end
  return message, #own > 1 and table.concat(own, "\n") or nil
end

return pretty
