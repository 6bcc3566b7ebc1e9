-- What a list is asked with, of the parameters that a document describes: those in its path, those that it must have, and those
-- whose default leaves records out.
local literal = require "new.literal"
local recording = require "recording"
local schema_node = require "new.schema_node"
local set_of = require "lib.set_of"

local parameters = {}

-- Keys that a configuration has for other things, and the names of what a path may look into.
local TAKEN = set_of { "parent", "secrets", "auth_token", "hostname", "start_date", "num_workers", "lookback_minutes",
  "ca_file", "proxy", "custom_streams", "text", "rate_share", "discover_fields", "include_secrets", "events_route",
  "exclude_projects" }
local ALL = set_of { "all", "any", "both", "everything" }

---A name that a key of the configuration may have.
---@param name string
---@return string
function parameters.key(name)
  local made = name:gsub("[^%w_]+", "_"):gsub("^_+", ""):gsub("_+$", "")
  if made == "" or made:find "^%d" then made = "value_" .. made end
  return TAKEN[made] and made .. "_value" or made
end

---The path below the base, its placeholders being keys of the configuration.
---@param draft draft
---@param path string as documents have it: /orgs/{org-name}/items
---@return string
function parameters.path(draft, path)
  local keys = {}
  local made = path:gsub("^/+", ""):gsub("{([^{}]*)}", function(name)
    local key = parameters.key((name:gsub("[%*%+%?]$", "")))
    draft:needs_key(key)
    keys[#keys + 1] = "{" .. key .. "}"
    return "{" .. key .. "}"
  end)
  if keys[1] then
    draft:remark("path", ("%s stand%s for %s of the configuration"):format(table.concat(keys, ", "), keys[2] and "" or "s",
      keys[2] and "keys" or "a key"))
  end
  return made
end

-- What is sent where there is nothing else to go by.
local function value_of(node)
  local function plain(value)
    local kind = type(value)
    return (kind == "string" or kind == "number" or kind == "boolean") and value or nil
  end
  if plain(node.default) ~= nil then return node.default, "the document's default" end
  if node.enum and #node.enum == 1 then return plain(node.enum[1]) end
  if node.enum and plain(node.enum[1]) ~= nil then return node.enum[1], "guessed: one of " .. parameters.values(node) end
end

---@param node schema_node
---@return string
function parameters.values(node)
  local list = {}
  for i, value in ipairs(node.enum or {}) do
    if i <= 12 then list[i] = literal.line(tostring(value), 40) end
  end
  return table.concat(list, ", ") .. (node.enum and #node.enum > 12 and ", …" or "")
end

-- `state`, whose default is `open`, hides the records that are closed.
local function widest(node)
  if type(node.default) ~= "string" or ALL[node.default:lower()] then return nil end
  for _, value in ipairs(node.enum or {}) do
    if type(value) == "string" and ALL[value:lower()] then return value end
  end
end

-- A header that says which version of an API is meant, say.
local function add_header(headers, draft, parameter)
  local plain = schema_node.plain(parameter.name)
  if plain == "authorization" or plain == "accept" or plain == "contenttype" or plain == "useragent" then return end
  local value, why = value_of(parameter.node)
  if value == nil and type(parameter.node.example) == "string" then
    value, why = parameter.node.example, "the document's example"
  end
  if value == nil then
    draft:remark("auth", ("the header %s is needed, and nothing tells its value: %s"):format(parameter.name,
      literal.line(parameter.node.description or "put it here", 120)))
    return
  end
  headers[parameter.name] = tostring(value)
  if why then draft:remark("auth", ("%s: %s"):format(parameter.name, why)) end
end

local function about(parameter)
  local words = parameter.node.description
  return words and (" (%s)"):format(literal.line(words, 140)) or ""
end

-- One that must be sent and has no value of its own is a key of the configuration.
local function write(draft, values, keys)
  if not next(values) and not next(keys) then return end
  if not next(keys) then return draft:set("params", values) end
  local parts = {}
  for name, value in pairs(values) do parts[#parts + 1] = { name, literal.of(value) } end
  for name, key in pairs(keys) do
    parts[#parts + 1] = { name, literal.field("context.config", key) }
    draft:needs_key(key)
  end
  table.sort(parts, function(a, b) return a[1] < b[1] end)
  local made = { __order = {} }
  for i, part in ipairs(parts) do made.__order[i], made[part[1]] = part[1], literal.code(part[2]) end
  draft:set("params", literal.code("function(context) return " .. literal.of(made, "  ") .. " end"))
end

---Does a secret stand there, by its name?
---@param parameter {name: string, place: string}
---@return boolean
function parameters.is_secret(parameter)
  local kind = parameter.place == "header" and "header" or parameter.place == "query" and "parameter"
  return kind and recording.is_secret(kind, parameter.name) or false
end

---Fills in the draft's `params`, and gives the headers that each request must have.
---@param draft draft
---@param list table[] as openapi's document:parameters gives them
---@param used table<string, true> names of those that paging and auth have
---@return table<string, string> headers
function parameters.describe(draft, list, used)
  local values, keys, headers = {}, {}, {}
  for _, parameter in ipairs(list) do
    local name, node = parameter.name, parameter.node
    if parameters.is_secret(parameter) then
      used[name] = true -- `auth` has it
    elseif parameter.place == "header" and parameter.required then
      add_header(headers, draft, parameter)
    elseif parameter.place == "query" and not used[name] then
      local value, why = value_of(node)
      local wide = widest(node)
      if wide then
        values[name] = wide
        draft:remark("params", ("%s: guessed, because the default, %s, leaves some out; it may be %s"):format(name,
          literal.line(node.default, 40), parameters.values(node)))
      elseif parameter.required and value ~= nil then
        values[name] = value
        draft:remark("params", ("%s is needed%s%s"):format(name, why and ", and this is " .. why or "", about(parameter)))
      elseif parameter.required then
        keys[name] = parameters.key(name)
        draft:remark("params", ("%s is needed, and is taken from the configuration%s"):format(name, about(parameter)))
      end
    end
  end
  write(draft, values, keys)
  return headers
end

return parameters
