---@meta json

---JSON for what scripts make and read themselves: integers stay integers, arrays arrays, nulls json.null. A number that Lua
---cannot hold exactly is a json.number.
---@class json
---@field null userdata
local json = {}

---A number that neither an integer nor a float of Lua holds exactly, such as 18446744073709551615. It keeps its text: tostring()
---gives it, json.encode, record:set and requests send it on as it came. It compares with numbers and with its like (< <= ==);
---to calculate with it raises.
---@class json.number: userdata
---@operator concat(any): string

---An object that json.decode has not taken apart, or that json.text made: it takes a tenth of a table's memory. It keeps its
---text: tostring() gives it, json.encode sends it on as it came, json.decode takes it apart.
---@class json.text: userdata

---Raises for what JSON cannot hold. Keys come in order, so that equal tables give equal texts.
---@param value any
---@return string
---@nodiscard
function json.encode(value) end

---@param text string|json.text
---@param kept? string[] at most 12 paths, in which a * is each element or member (`projects.*`): objects that stand there are not
---taken apart, each is a json.text; empty ones, and other values, are as elsewhere
---@return any? value
---@return string? message with line and column
---@return "malformed"? code
---@nodiscard
function json.decode(text, kept) end

---@param text string|json.text
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

---The number that a text of JSON denotes. Raises for any other text.
---@param text string
---@return number|json.number
---@nodiscard
function json.number(text) end

---The names that a path has: joined by dots, or in brackets and quotes where they hold one, such as a["b.c"]. `any`: one is a *,
---which stands for each.
---@param text string
---@return (string[]|{any: boolean?})? names nil: it is no path
---@nodiscard
function json.path(text) end

---The text of the value at a path, as it stands in a text of JSON.
---@param text string|json.text
---@param path string
---@return string? slice nil: nothing is there
---@return string? message where the text is no JSON
---@return "malformed"? code
---@nodiscard
function json.slice(text, path) end

---Raises for what JSON cannot hold, and for what is no object.
---@param object table
---@return json.text
---@nodiscard
function json.text(object) end

---@param value any
---@return boolean
---@nodiscard
function json.is_text(value) end

---Is it a number of Lua's, or a json.number?
---@param value any
---@return boolean
---@nodiscard
function json.is_number(value) end

return json
