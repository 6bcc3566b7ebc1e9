---@meta stream_scripts

---@class stream_scripts
local stream_scripts = {}

---Runs the script that defines a stream, and returns what it returns. Raises what it raises.
---@param name string
---@param script string? its text, where no file holds it
---@return any? definition
---@return string? message
---@return "unknown"|"unreadable"|nil code
---@nodiscard
function stream_scripts.load(name, script) end

---The globals that the script of a stream names and that are not there, also in functions that are never called.
---@param name string
---@param script string?
---@return {name: string, line: integer}[]? list
---@return string? message
---@return "unknown"|"unreadable"|nil code
---@nodiscard
function stream_scripts.undefined(name, script) end

---The names of all streams, in order. A stream's own script does not have this function.
---@return string[]? names
---@return table<string, string>|string|nil custom the files of those that are the user's own; or a message
---@return table<string, true>|"unreadable"|nil shipped the names of shipped ones, replaced or not; or a code
---@return table<string, string>? twins files of the user's own whose place others of their name take
---@nodiscard
function stream_scripts.list() end

return stream_scripts
