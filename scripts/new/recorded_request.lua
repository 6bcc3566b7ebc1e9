-- What the requests of a recorded list are: path, parameters and body, with names in braces where each page has another value.
local json = require "json"
local literal = require "new.literal"
local parameters = require "new.parameters"
local recording = require "recording"
local secrets_seen = require "new.secrets_seen"

local recorded_request = {}

local function copy(value)
  if type(value) ~= "table" or json.is_number(value) then return value end
  local made = getmetatable(value) ~= nil and json.array {} or {}
  for name, member in pairs(value) do made[name] = copy(member) end
  return made
end

local function put(body, path, value)
  local at = body
  for i = 1, #path - 1 do
    if type(at[path[i]]) ~= "table" then at[path[i]] = {} end
    at = at[path[i]]
  end
  at[path[#path]] = value
end

local function slot(parameter) return "{" .. parameter.name:gsub("[^%w_]", "_") .. "}" end

-- Members whose names tell of a secret, which no body may hold, are asked of the configuration.
local function hide(draft, body, depth)
  for name, value in pairs(body) do
    if type(value) == "table" and not json.is_number(value) and depth < 8 then
      hide(draft, value, depth + 1)
    elseif type(name) == "string" and type(value) == "string" and recording.is_secret("member", name) then
      local key = parameters.key(name)
      body[name] = "{" .. key .. "}"
      draft:needs_key(key)
      draft:remark("body", ("%s was recorded, and is taken from the configuration"):format(name))
    end
  end
end

-- The query of GraphQL, as it was written.
local function long_text(draft, body)
  local text = type(body.query) == "string" and body.query
  if not text or not text:find "\n" or text:find "[%c]" and text:gsub("[\n\t]", ""):find "%c" then return end
  local level = ""
  while text:find("]" .. level .. "]", 1, true) do level = level .. "=" end
  local lines = { ("local QUERY = [%s["):format(level) }
  for line in (text .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = (line:gsub("%s+$", "")) end
  lines[#lines] = lines[#lines] .. ("]%s]"):format(level)
  table.move(lines, 1, #lines, #draft.lines + 1, draft.lines)
  body.query = literal.code "QUERY"
end

-- Each page's own value goes where the first request may lack it: so the second one's body is taken.
local function describe_body(draft, list, facts)
  local with = facts.parameter and facts.parameter.path and list.exchanges[2] or list.first
  local body = copy(with.json)
  if facts.parameter and facts.parameter.path then
    put(body, facts.parameter.path, slot(facts.parameter))
    draft.fields.paging[draft.fields.paging.cursor and "cursor" or draft.fields.paging.page and "page" or "offset"] =
      slot(facts.parameter)
  end
  if facts.size and facts.size.path then
    put(body, facts.size.path, slot(facts.size))
    draft.fields.page_size = { [slot(facts.size)] = select(2, next(facts.page_size)) }
  end
  hide(draft, body, 0)
  long_text(draft, body)
  draft:set("body", body)
  if list.first.method ~= "POST" then draft:set("method", list.first.method) end
end

-- A value is a number where the query has one, so that it reads well.
local function plain(value)
  local number = math.tointeger(tonumber(value))
  return number and tostring(number) == value and number or value
end

local function describe_query(draft, list, facts, used)
  local values, before, changing = {}, {}, {}
  for _, one in ipairs(list.exchanges) do
    for _, parameter in ipairs(one.query) do
      local name = parameter.name
      if before[name] == nil then before[name] = parameter.value end
      changing[name] = changing[name] or before[name] ~= parameter.value
    end
  end
  local window = facts.window or {}
  for _, parameter in ipairs(list.first.query) do
    local name = parameter.name
    local taken = used[name] or name == window.from or name == window.to or secrets_seen.is_secret(name)
      or facts.parameter and facts.parameter.name == name or facts.size and not facts.size.path and facts.size.name == name
    if not taken and changing[name] then
      draft:remark("params", ("%s had another value in each request, and is left out"):format(literal.line(name, 60)))
    elseif not taken then
      values[name] = plain(parameter.value)
    end
  end
  if next(values) then draft:set("params", values) end
end

local function describe_path(draft, list)
  local path = list.first.path:gsub("^/+", ""):gsub("[{}]", { ["{"] = "%7B", ["}"] = "%7D" })
  draft:set("path", path == "" and "./" or path)
  for part in path:gmatch "[^/]+" do
    local is_id = part:find "^%d+$" or #part >= 16 and part:find "%d" and part:find "^[%w_-]+$"
    if is_id and not part:find "^%d%d%d%d$" then
      draft:remark("path", ("%s may name one record: a key of the configuration, or a field of a parent's record, can stand "
        .. "there in braces"):format(literal.line(part, 60)))
    end
  end
end

---@param draft draft
---@param list recorded_list
---@param facts table
---@param used table<string, true> parameters that are taken care of
function recorded_request.describe(draft, list, facts, used)
  describe_path(draft, list)
  describe_query(draft, list, facts, used)
  if type(list.first.json) == "table" and getmetatable(list.first.json) == nil then describe_body(draft, list, facts) end
end

---Headers that each request of a list had, and that say something to its API alone.
---@param list recorded_list
---@return table<string, string>
function recorded_request.headers(list)
  local made = {}
  for name, value in pairs(list.first.headers) do
    local own = name:find "version" or name == "accept" and value:find "vnd%."
    local secret = recording.is_secret("header", name) or value:find "%*%*%*%*"
    if own and not secret and #value < 100 and not name:find "^sec%-" and name ~= "upgrade-insecure-requests" then
      made[list.first.names[name]] = value
    end
  end
  return made
end

return recorded_request
