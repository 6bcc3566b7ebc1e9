--- A page of docs/ as the sections of a man page: headings, paragraphs, lists, tables, and code.
local roff = require "manual.roff"

local markdown = {}

local function add(out, ...)
  for _, line in ipairs { ... } do out[#out + 1] = line end
end

-- The cells of a table's row. A bar within `code` is text.
local function cells(line)
  local list = {}
  local safe = line:gsub("`[^`]*`", function(code) return (code:gsub("|", "\1")) end)
  for cell in safe:gmatch "|([^|]*)" do list[#list + 1] = cell:match "^%s*(.-)%s*$":gsub("\1", "|") end
  list[#list] = nil -- behind the last bar
  return list
end

-- The first cell names what the others tell; those from the third on stand behind their headings.
local function add_row(out, row, headings)
  add(out, ".TP 8", roff.paragraph(row[1]), roff.sentence(row[2]))
  for i = 3, #row do
    if row[i] ~= "" then add(out, ".br", roff.sentence(headings[i] .. ": " .. row[i])) end
  end
end

local function add_table(out, lines)
  local headings = cells(lines[1])
  if headings[1] ~= "" then add(out, ".TP 8", roff.paragraph(headings[1]), roff.sentence(headings[2])) end
  for i = 3, #lines do add_row(out, cells(lines[i]), headings) end
end

local function without_margin(lines)
  local list = {}
  for i, line in ipairs(lines) do list[i] = line:gsub("^    ", "") end
  while list[#list] == "" do list[#list] = nil end
  return list
end

-- What each kind of block makes of its lines.
local writers = {
  heading = function(out, lines) add(out, ".SH " .. roff.escape(lines[1]:gsub("^#+ ", ""):upper())) end,
  paragraph = function(out, lines) add(out, ".PP", roff.paragraph(table.concat(lines, " "))) end,
  item = function(out, lines) add(out, ".IP \\(bu 2", roff.paragraph(table.concat(lines, " "):sub(3))) end,
  table = add_table,
  code = function(out, lines) add(out, table.unpack(roff.example(without_margin(lines)))) end,
}

local function kind_of(line, open)
  if line:find "^##+ " then return "heading" end
  if line:find "^|" then return "table" end
  if line:find "^%- " then return "item" end
  if open == "item" and line:find "^  %S" then return "item", true end
  if line:find "^    " then return "code" end
  return line ~= "" and "paragraph" or open == "code" and "code" or nil
end

---The roff of a page whose code is indented, below its title.
---@param text string
---@return string[] lines
function markdown.sections(text)
  local out, open, lines = {}, nil, {}
  for line in (text:gsub("^# [^\n]*\n", "") .. "\n# \n"):gmatch "([^\n]*)\n" do
    local kind, goes_on = kind_of(line, open)
    local begins = kind ~= open or kind == "heading" or kind == "item" and not goes_on
    if begins then
      if open then writers[open](out, lines) end
      open, lines = kind, {}
    end
    if kind then lines[#lines + 1] = line end
  end
  return out
end

return markdown
