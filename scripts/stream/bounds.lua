-- The part of a stream's contract that says how a server is asked for a part of a list: `start`, `stop` and `slice` of a cursor.
local bound_form = require "reading.bound_form"
local slice_step = require "reading.slice_step"

local bounds = {}

---Is it a parameter, or one with the form in which it is written?
---@param value any
---@return boolean
---@return string wanted
function bounds.is_bound(value)
  local name, form = value, "time"
  if type(value) == "table" then name, form = next(value) end
  local one = type(value) ~= "table" or name ~= nil and next(value, name) == nil
  return one and type(name) == "string" and name ~= "" and bound_form.exists(form) or false, 'a parameter, or one with its form, '
    .. 'such as { since = "seconds" }: ' .. bound_form.WORDS
end

---@param value any
---@return boolean
---@return string wanted
function bounds.is_slice(value) return slice_step.read(value) ~= nil, slice_step.WORDS end

---@param cursor table as the script has it
---@param name "start"|"stop"
---@return {name: string, format: string}?
function bounds.of(cursor, name)
  local given = cursor[name]
  if type(given) ~= "table" then return given and { name = given, format = cursor.type or "time" } end
  local parameter, form = next(given)
  return { name = parameter, format = form }
end

-- Slices are asked for by both ends.
local function check_slice(cursor)
  if cursor.stop and not cursor.slice then
    return nil, "cursor: 'stop' needs `slice`, which says how much is asked for at a time"
  end
  if not cursor.slice then return true end
  if not cursor.start or not cursor.stop then
    return nil, "cursor: 'slice' needs `start` and `stop`, the parameters by which the server is asked for one; where the server "
      .. "takes `start` alone, leave `slice` out, for each slice would bring all that lies above it"
  end
  if (type(cursor.slice) == "number") ~= (cursor.type == "id") then return nil, "cursor: 'slice' must be " .. slice_step.WORDS end
  if cursor.window then return nil, "cursor: 'window' has no meaning beside 'slice'" end
  return true
end

---What cannot stand together.
---@param cursor table
---@return true?
---@return string? message
function bounds.check(cursor)
  for _, name in ipairs { "start", "stop" } do
    local bound = bounds.of(cursor, name)
    if bound and (bound.format == "id") ~= (cursor.type == "id") then
      return nil, ("cursor: a `%s` of the form \"id\" goes with `type = \"id\"`, and no other does"):format(name)
    end
  end
  return check_slice(cursor)
end

return bounds
