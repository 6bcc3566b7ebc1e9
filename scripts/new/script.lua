-- The script of a stream that was drafted from a document or a recording.
local head = require "new.head"
local literal = require "new.literal"

local LINE = 118

local function add_field(lines, name, value, remarks)
  for _, remark in ipairs(remarks) do table.move(literal.comment(remark, "  "), 1, LINE, #lines + 1, lines) end
  if value == nil then return end
  lines[#lines + 1] = ("  %s = %s,"):format(name, literal.of(value, "  "))
end

-- Whatever is known to be a secret stands in no script, wherever it came from.
local function without(text, hidden)
  for value in pairs(hidden or {}) do
    text = text:gsub(value:gsub("%p", "%%%0"), "***")
  end
  return text
end

---@param draft draft
---@param folder string as a shell reads it
---@return string text
return function(draft, folder)
  local lines = head(draft.fields.name, literal.line(draft.what or "say here what it holds.", 100), folder)
  local told = ("Written by `perigee new` from %s. Whatever is guessed is marked so; `try` shows whether it holds."):format(
    draft.source)
  lines[#lines + 1] = "--"
  table.move(literal.comment(told, ""), 1, LINE, #lines + 1, lines)
  for _, line in ipairs(draft.lines) do lines[#lines + 1] = line end
  lines[#lines + 1] = "return {"
  for name, value, remarks in draft:each() do add_field(lines, name, value, remarks) end
  lines[#lines + 1] = "}\n"
  return without(table.concat(lines, "\n"), draft.hidden)
end
