---@meta json

---JSON for what scripts make and read themselves: integers stay integers, arrays arrays, nulls json.null.
---@class json
---@field null userdata
local json = {}

---Raises for what JSON cannot hold. Keys come in order, so that equal tables give equal texts.
---@param value any
---@return string
---@nodiscard
function json.encode(value) end

---@param text string
---@return any? value
---@return string? message with line and column
---@return "malformed"? code
---@nodiscard
function json.decode(text) end

---@param text string
---@return true? ok
---@return string? message
---@return "malformed"? code
---@nodiscard
function json.valid(text) end

---Marks a table as an array, so that an empty one is `[]`.
---@generic T: table
---@param list? T
---@return T
function json.array(list) end

return json
