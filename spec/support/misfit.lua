--- Whether a value fits a JSON Schema of the parts that ours use.
local json = require "json"

local function kind_of(value)
  if value == json.null then return "null" end
  if type(value) == "table" then return getmetatable(value) ~= nil and "array" or "object" end
  return math.type(value) == "integer" and "integer" or math.type(value) == "float" and "number" or type(value)
end

--- Where a value does not fit a schema of the parts that ours use: type, properties, items; nil where it does.
---@param schema table
---@param value any as json.decode gives it
---@param where string of the value, for the message
---@return string?
local function misfit(schema, value, where)
  local kind, types = kind_of(value), schema.type
  local fits = types == nil
  for _, allowed in ipairs(type(types) == "table" and types or { types }) do
    fits = fits or allowed == kind or allowed == "number" and kind == "integer"
  end
  if not fits then return ("%s is of type %s"):format(where, kind) end
  if kind == "array" and schema.items then
    for _, item in ipairs(value) do
      local wrong = misfit(schema.items, item, where .. "[]")
      if wrong then return wrong end
    end
  elseif kind == "object" then
    for name, part in pairs(schema.properties or {}) do
      local wrong = value[name] ~= nil and misfit(part, value[name], where .. "." .. name)
      if wrong then return wrong end
    end
  end
end

return misfit
