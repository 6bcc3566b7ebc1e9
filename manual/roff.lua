--- Text as man pages have it.
local roff = {}

---Text that nothing in it makes roff do anything.
---@param text string
---@return string
function roff.escape(text)
  text = text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("'", "\\(aq"):gsub("^%.", "\\&.")
  return (text:gsub("[\xC2-\xF4][\x80-\xBF]+", function(letter) return ("\\[u%04X]"):format(utf8.codepoint(letter)) end))
end

-- In sentences a hyphen is one, where it is no minus.
local function plain(text) return (roff.escape(text):gsub("(%w)\\%-(%w)", "%1-%2")) end

function roff.bold(text) return "\\fB" .. roff.escape(text) .. "\\fP" end

function roff.italic(text) return "\\fI" .. roff.escape(text) .. "\\fP" end

---A paragraph of Markdown's, on one line: `code` and **strong** are bold, links are their texts.
---@param text string
---@return string
function roff.paragraph(text)
  text = text:gsub("%s+", " "):gsub("%[([^%]]+)%]%([^)]+%)", "%1"):gsub("%*%*([^*]+)%*%*", "`%1`")
  local parts = {}
  for before, code in (text .. "``"):gmatch "([^`]*)`([^`]*)`" do
    parts[#parts + 1] = plain(before)
    parts[#parts + 1] = code ~= "" and roff.bold(code) or nil
  end
  return (table.concat(parts):gsub("^([.])", "\\&%1"))
end

---Help as a sentence.
---@param text string
---@return string
function roff.sentence(text)
  local whole = text:gsub("^%l", string.upper)
  return roff.paragraph(whole:find "%.$" and whole or whole .. ".")
end

---Lines as they are.
---@param lines string[]
---@return string[]
function roff.example(lines)
  local list = { ".PP", ".RS 4", ".EX" }
  for _, line in ipairs(lines) do list[#list + 1] = roff.escape(line) end
  table.move({ ".EE", ".RE" }, 1, 2, #list + 1, list)
  return list
end

return roff
