-- What a decoded value of JSON is; null is no table.
local json_kind = {}

---@param value any
---@return boolean
function json_kind.is_table(value) return type(value) == "table" end

---@param value any
---@return boolean
function json_kind.is_object(value) return type(value) == "table" and getmetatable(value) == nil end

---@param value any
---@return table value an empty one in place of what is none
function json_kind.table_of(value) return type(value) == "table" and value or {} end

---@param value any
---@return string value "" in place of what is none
function json_kind.text_of(value) return type(value) == "string" and value or "" end

return json_kind
