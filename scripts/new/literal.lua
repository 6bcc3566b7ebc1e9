-- Values as a script of Lua has them. What comes of documents that others wrote stays a value, and a comment a comment.
local json = require "json"

local literal = {}

local WIDTH = 118 -- of a line

local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true until
  while]]):gmatch "%l+" do keywords[word] = true end

local function escape(c) return ("\\%03d"):format(c:byte()) end

local function text(value)
  local quote = value:find '"' and not value:find "'" and "'" or '"'
  return quote .. value:gsub("[\\" .. quote .. "]", "\\%0"):gsub("\n", "\\n"):gsub("[%c\127]", escape) .. quote
end

local function key(name)
  if type(name) == "string" and name:find "^[%a_][%w_]*$" and not keywords[name] then return name end
  return "[" .. (type(name) == "string" and text(name) or tostring(name)) .. "]"
end

local function sorted_keys(value)
  local names = {}
  for name in pairs(value) do
    if not (math.type(name) == "integer" and name >= 1 and name <= #value) then names[#names + 1] = name end
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

---A piece of Lua that stands in a value's place as it is.
---@param code string
---@return table
function literal.code(code) return setmetatable({}, { __tostring = function() return code end }) end

local function is_code(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and meta.__tostring ~= nil
end

local of

local function parts_of(value, indent)
  local parts = {}
  for _, item in ipairs(value) do parts[#parts + 1] = of(item, indent .. "  ") end
  local order = value.__order or sorted_keys(value)
  for _, name in ipairs(order) do
    if value[name] ~= nil and name ~= "__order" then
      parts[#parts + 1] = ("%s = %s"):format(key(name), of(value[name], indent .. "  "))
    end
  end
  return parts
end

function of(value, indent)
  if is_code(value) or json.is_number(value) then return tostring(value) end
  if type(value) == "string" then return text(value) end
  if type(value) ~= "table" then return value == json.null and "nil" or tostring(value) end
  local parts = parts_of(value, indent)
  if #parts == 0 then return "{}" end
  local line = "{ " .. table.concat(parts, ", ") .. " }"
  if #line + #indent < WIDTH - 20 and not line:find "\n" then return line end
  return "{\n" .. indent .. "  " .. table.concat(parts, ",\n" .. indent .. "  ") .. ",\n" .. indent .. "}"
end

---@param value any a table's field `__order` names its fields in the order in which they stand
---@param indent string? of the line that it begins in
---@return string
function literal.of(value, indent) return of(value, indent or "") end

---@param owner string what the field is of, as Lua has it
---@param name string
---@return string code
function literal.field(owner, name)
  local own = key(name)
  return own == name and owner .. "." .. name or owner .. own
end

---Words as one line, however they came.
---@param words string
---@param most integer? characters
---@return string
function literal.line(words, most)
  local line = words:gsub("<[%a/][^<>]*>", ""):gsub("[%s%c]+", " "):gsub("^ ", ""):gsub(" $", "")
  if not most or (utf8.len(line) or #line) <= most then return line end
  local cut = line:sub(1, (utf8.offset(line, most) or most) - 1)
  return (cut:gsub("%s+%S*$", "")) .. " …"
end

---Comments, each line of which begins with `indent`, two dashes and a blank.
---@param words string
---@param indent string
---@return string[] lines
function literal.comment(words, indent)
  local lines, line = {}, indent .. "--"
  for word in literal.line(words):gmatch "%S+" do
    if #line + #word + 1 > WIDTH and line:find "%w" then lines[#lines + 1], line = line, indent .. "--" end
    line = line .. " " .. word
  end
  lines[#lines + 1] = line
  return lines
end

return literal
