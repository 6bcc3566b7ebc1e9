-- How often a list is read whole again: `refresh` of a stream and of the configuration.
local slice_step = require "reading.slice_step"

local period = {}

period.OFF = "off"
local WORDS = 'a duration such as "P1D", "P1W" or "PT6H"'

---@param value any
---@return integer? us nil: it is none
function period.read(value)
  local step = type(value) == "string" and slice_step.read(value) or nil
  return step and step.months == 0 and step.us or nil
end

local function is_names(value)
  for i, name in pairs(type(value) == "table" and value or { false }) do
    if math.type(i) ~= "integer" or type(name) ~= "string" then return false end
  end
  return true
end

---@param value any of a stream's script: how often; or a table of that (`every`), of members that follow other records
---(`without`), and of how far back the server lists records (`kept`)
---@return boolean
---@return string wanted
function period.check(value)
  local wanted = WORDS .. ', or a table such as { every = "P1D", without = { "count" }, kept = "P90D" }'
  if type(value) ~= "table" then return period.read(value) ~= nil, wanted end
  for name in pairs(value) do
    if name ~= "every" and name ~= "without" and name ~= "kept" then return false, wanted end
  end
  return period.read(value.every) ~= nil and (value.without == nil or is_names(value.without))
    and (value.kept == nil or period.read(value.kept) ~= nil), wanted
end

---@param value any of a stream's script, checked
---@return {every: string, without: string[], kept: integer?}?
function period.complete(value)
  if type(value) ~= "table" then return value and { every = value, without = {} } end
  return { every = value.every, without = value.without or {}, kept = period.read(value.kept) }
end

---Why a stream cannot be read whole again; nil: it can. Lists without an order are read whole each time.
---@param stream table as its script has it, or with all defaults
---@return string? wrong
function period.wrong(stream)
  local cursor = stream.cursor or {}
  local ordered = type(cursor.ordered_by) == "string" or cursor.ordered_by and #cursor.ordered_by > 0
  if not ordered then return "needs `cursor.ordered_by`: any other list is read whole each time" end
  if not cursor.changes then return "needs `cursor.changes`: the records of any other list stay as they are" end
  if cursor.slice or stream.through or stream.parent or stream.read then
    return "has no meaning beside `slice`, `through`, `parent` and `read`"
  end
  return nil
end

local function is_choice(value) return value == period.OFF or period.read(value) ~= nil end

---The configuration's: one for all streams, or by their names.
---@param value any
---@return table<string, string>? by_name "*": of all that are not named
---@return string? message
function period.choices(value)
  if value == nil or value == "" then return {} end
  if is_choice(value) then return { ["*"] = value } end
  local wanted = ('refresh must be %s, "off", or an object of these by the names of streams'):format(WORDS)
  if type(value) ~= "table" then return nil, wanted end
  for name, one in pairs(value) do
    if type(name) ~= "string" or not is_choice(one) then return nil, wanted end
  end
  return value
end

---After how long a stream is read whole again; nil: never. A sync goes by the stream's own, `read` by the configuration alone.
---@param stream stream
---@param config table
---@param is_sync boolean?
---@return integer? us
function period.of(stream, config, is_sync)
  if period.wrong(stream) then return nil end
  local choices = config.refresh or {}
  return period.read(choices[stream.name] or choices["*"] or is_sync and stream.refresh and stream.refresh.every or nil)
end

---Is it told when records of a stream are gone? A list of several projects lacks those that the token may not see any more, and
---says nothing of them: so only that of one project is a sign.
---@param stream stream
---@param config table
---@param is_sync boolean?
---@return boolean
function period.tracks(stream, config, is_sync)
  local of_one = stream.path ~= nil and stream.path:find("{project}", 1, true) ~= nil
  return config.track_deletes and of_one and period.of(stream, config, is_sync) ~= nil
end

return period
