---@meta host

---@class host
---@field version string
local host = {}

---What the command line says; times in seconds, absent where a default holds.
---@return table
function host.options() end

---The text of a file below schemas/.
---@param name string
---@param stream? string looks beside this stream's script first
---@return string? text
---@return string? message
---@return "unreadable"? code
---@nodiscard
function host.resource(name) end

---Runs the script that defines a stream, and returns what it returns. Raises what it raises.
---@param name string
---@return any? definition
---@return string? message
---@return "unknown"|"unreadable"|nil code
---@nodiscard
function host.stream(name) end

-- ---- for verbs

---The names of all streams, in order.
---@return string[]? names
---@return string? message
---@return "unreadable"? code
---@nodiscard
function host.streams() end

---@param path string
---@return string? text
---@return string? message
---@return "unreadable"? code
---@nodiscard
function host.read_file(path) end

---Calls the function that a script returns, with the text, in a sandboxed state of its own.
---@async
---@param stream airbyte_stream? the stream whose lines it may write
---@param script string
---@param text string
---@return string? ... what it returned; or nil, message with traceback, "raised"
---@nodiscard
function host.run(stream, script, text) end

return host
