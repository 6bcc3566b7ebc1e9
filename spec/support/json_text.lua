--- A small JSON reader for specs, over bytes and with nothing of the scanner that is under test: strict about RFC 8259,
--- it gives the text of each part as it stands.
local json_text = {}

local function fail(at, reason)
  error(("at byte %d: %s"):format(at, reason), 0)
end

local function skip_space(text, at)
  return text:match("^[ \t\r\n]*()", at)
end

local function skip_string(text, at)
  local from = at + 1
  while true do
    local stop = text:find('[\0-\31"\\]', from)
    local byte = stop and text:sub(stop, stop)
    if byte == '"' then return stop + 1 end
    if byte ~= "\\" then fail(stop or #text, "a string that does not end, or with a control character") end
    from = text:match('^[\\/"bfnrt]()', stop + 1) or text:match("^u%x%x%x%x()", stop + 1)
    if not from then fail(stop, "an escape that is none") end
  end
end

local function skip_number(text, at)
  local after = text:match("^-?0()", at) or text:match("^-?[1-9]%d*()", at)
  if not after then fail(at, "a value was expected") end
  after = text:match("^%.%d+()", after) or after
  return text:match("^[eE][+-]?%d+()", after) or after
end

local function skip_scalar(text, at)
  if text:sub(at, at) == '"' then return skip_string(text, at) end
  for _, word in ipairs { "true", "false", "null" } do
    if text:sub(at, at + #word - 1) == word then return at + #word end
  end
  return skip_number(text, at)
end

local skip_value

-- Calls each(value's start, its end, the key's text) for every item of the array or object at `at`.
local function walk(text, at, unique, each)
  local object = text:sub(at, at) == "{"
  local close, seen = object and "}" or "]", {}
  at = skip_space(text, at + 1)
  if text:sub(at, at) == close then return at + 1 end
  while true do
    local key
    if object then
      if text:sub(at, at) ~= '"' then fail(at, "a key was expected") end
      local stop = skip_string(text, at)
      key = text:sub(at + 1, stop - 2)
      if unique > 0 and seen[key] then fail(at, ("the key '%s' comes twice"):format(key)) end
      seen[key] = true
      at = text:match("^[ \t\r\n]*:[ \t\r\n]*()", stop) or fail(stop, "a colon was expected")
    end
    local stop = skip_value(text, at, unique - 1)
    if each then each(at, stop - 1, key) end
    at = skip_space(text, stop)
    local sign = text:sub(at, at)
    if sign == close then return at + 1 end
    if sign ~= "," then fail(at, "a comma or an end was expected") end
    at = skip_space(text, at + 1)
  end
end

function skip_value(text, at, unique)
  local first = text:sub(at, at)
  if first == "{" or first == "[" then return walk(text, at, unique, nil) end
  return skip_scalar(text, at)
end

local function whole(text, stop)
  if skip_space(text, stop) <= #text then fail(stop, "something follows the value") end
end

--- Whether a text is one JSON value.
---@param text string
---@param unique integer? down to how many levels a key must not come twice; default: all
---@return true? valid
---@return string? reason
function json_text.check(text, unique)
  if not utf8.len(text) then return nil, "no UTF-8" end
  local ok, reason = pcall(function()
    whole(text, skip_value(text, skip_space(text, 1), unique or math.maxinteger))
  end)
  if ok then return true end
  return nil, reason
end

--- The texts of an array's elements. Raises where the text is none.
---@param text string
---@return string[]
function json_text.elements(text)
  local list = {}
  local at = skip_space(text, 1)
  if text:sub(at, at) ~= "[" then fail(at, "an array was expected") end
  whole(text, walk(text, at, 0, function(from, to) list[#list + 1] = text:sub(from, to) end))
  return list
end

--- The texts of an object's values by their keys' texts, escapes as they stand. Raises where the text is none.
---@param text string
---@return table<string, string>
---@return string[] keys in their order
function json_text.members(text)
  local found, keys = {}, {}
  local at = skip_space(text, 1)
  if text:sub(at, at) ~= "{" then fail(at, "an object was expected") end
  whole(text, walk(text, at, 0, function(from, to, key)
    found[key] = text:sub(from, to)
    keys[#keys + 1] = key
  end))
  return found, keys
end

return json_text
