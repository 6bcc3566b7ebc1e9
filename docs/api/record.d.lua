---@meta record

---One record in a `filter` or `transform` hook: `record.title` decodes that field alone. Strings, numbers (integers stay
---integers), booleans, json.null; objects and arrays as tables. A field that is not there is nil. It lives for the hook
---only: a kept one raises. A name that comes twice in a record counts as the last one says.
---@class record
---@field [string] any a field; those named as a method below are read by get
local record = {}

---@param name string
---@return any
---@nodiscard
function record:get(name) end

---Changes or adds a field; all else keeps its bytes. Raises for what JSON cannot hold.
---@param name string
---@param value any json.null for null
---@return record
function record:set(name, value) end

---Takes a field out.
---@param name string
---@return record
function record:without(name) end

---The whole record as a table. Costs what its size costs.
---@return table
---@nodiscard
function record:decode() end

---Its JSON, with the bytes that came.
---@return string
---@nodiscard
function record:raw() end

return record
