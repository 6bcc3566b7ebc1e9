-- What TAB offers at the prompt: dot commands, streams, globals, and what stands in the table before a dot. Nothing that
-- a person wrote is called for it.
local complete = {}

local keywords = {
  "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil", "not", "or",
  "repeat", "return", "then", "true", "until", "while",
}

-- Userdata cannot be looked into; these are the ones that come to a prompt.
local methods = {
  response = { "bytes", "header", "headers", "keep", "ms", "page", "status", "text", "url", "version" },
  page = { "close", "count", "digest", "kept", "newest", "oldest", "record" },
  task = { "join" },
}

local function metatable_of(value)
  local meta = type(value) == "table" and getmetatable(value)
  return type(meta) == "table" and meta or nil
end

-- The fields of a value that one could go on to, each with its value.
local function fields_of(value, only_functions)
  local found = {}
  local function note(name, item)
    if type(name) == "string" and name:find "^[%a_][%w_]*$" and not name:find "^__" and
      (not only_functions or type(item) == "function") then found[name] = true end
  end
  if type(value) == "string" then value = string end
  local kind = type(value) == "userdata" and tostring(value):match "^perigee%.(%w+)"
  for _, name in ipairs(kind and methods[kind] or {}) do found[name] = true end
  local depth = 0
  while type(value) == "table" and depth < 10 do
    for name, item in next, value do note(name, item) end
    local meta = metatable_of(value)
    local names = meta and not only_functions and rawget(meta, "__names")
    for _, name in ipairs(names and names() or {}) do found[name] = true end
    value, depth = meta and rawget(meta, "__index"), depth + 1
  end
  return found
end

-- One step of a path, without calling what a person wrote.
local function step(value, key)
  for _ = 1, 10 do
    if type(value) ~= "table" then return nil end
    local found, meta = rawget(value, key), metatable_of(value)
    if found ~= nil then return found end
    local peek = meta and rawget(meta, "__peek")
    if peek then return peek(key) end
    value = meta and rawget(meta, "__index")
  end
end

-- The value of a path such as `page.records[1].tags`, or nil.
local function resolve(path, env)
  local value, at = env, 1
  while at <= #path do
    local name, after = path:match("^[.:]?([%a_][%w_]*)()", at)
    local index, after_index = path:match("^%[(%d+)%]()", at)
    local text, after_text = path:match("^%[[\"']([^\"']*)[\"']%]()", at)
    local key = name or index and math.tointeger(tonumber(index)) or text
    if key == nil then return nil end
    value, at = step(value, key), after or after_index or after_text
    if value == nil then return nil end
  end
  return value
end

local function common_start(names)
  local start = names[1]
  for _, name in ipairs(names) do
    while name:sub(1, #start) ~= start do start = start:sub(1, -2) end
  end
  return start
end

local function in_columns(names, columns)
  local widest = 0
  for _, name in ipairs(names) do widest = math.max(widest, #name) end
  local across, lines = math.max(columns // (widest + 2), 1), {}
  for i = 1, #names, across do
    local line = {}
    for n = i, math.min(i + across - 1, #names) do line[#line + 1] = names[n] .. (" "):rep(widest - #names[n]) end
    lines[#lines + 1] = table.concat(line, "  ")
  end
  return table.concat(lines, "\n")
end

local function candidates(before, env, commands)
  local command = before:match "^%s*(%.%a*)$"
  if command then return commands, command end
  local stream = before:match "^%s*%.schema%s+([%w_-]*)$"
  if stream then return fields_of(env.streams), stream end
  local path, separator, part = before:match "([%a_][%w_.:%[%]\"']*)([.:])([%w_]*)$"
  if path then return fields_of(resolve(path, env), separator == ":"), part end
  part = before:match "([%a_][%w_]*)$" or ""
  if before:find "[.:]%s*[%w_]*$" then return {}, part end
  local found = fields_of(env)
  for _, word in ipairs(keywords) do found[word] = true end
  return found, part
end

---@param before string the line up to the cursor
---@param env table the globals of the prompt
---@param commands table<string, any> the dot commands, by their names
---@param columns integer
---@return string? insert what follows in any case
---@return string? show what may follow, where that is several things
function complete.at(before, env, commands, columns)
  local found, part = candidates(before, env, commands)
  local names = {}
  for name in pairs(found) do
    if name:sub(1, #part) == part then names[#names + 1] = name end
  end
  if #names == 0 then return nil end
  table.sort(names)
  local start = common_start(names)
  if #start > #part then return start:sub(#part + 1) end
  if #names > 1 then return nil, in_columns(names, columns) end
end

return complete
