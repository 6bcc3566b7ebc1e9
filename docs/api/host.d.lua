---@meta host

---Other modules' functions under older names, each where its own module can be required. Write the module instead.
---@class host
---@field version string
local host = {}

---@deprecated `command_line.options`
---@return table
function host.options() end

---@deprecated `resources.read`
---@param name string
---@param stream? string
---@return string? text, string? message, "unreadable"? code
---@nodiscard
function host.resource(name, stream) end

---@deprecated `stream_scripts.load`
---@param name string
---@param script string?
---@return any? definition, string? message, "unknown"|"unreadable"|nil code
---@nodiscard
function host.stream(name, script) end

---@deprecated `stream_scripts.undefined`
---@param name string
---@param script string?
---@return {name: string, line: integer}[]? list, string? message, "unknown"|"unreadable"|nil code
---@nodiscard
function host.undefined(name, script) end

---@deprecated `allowed_hosts.grant`
---@param hosts string[]
---@return true? done, string? message, "no_host"? code
function host.grant(hosts) end

---@deprecated `stream_scripts.list`
---@return string[]? names, table<string, string>|string|nil custom, table<string, true>|"unreadable"|nil shipped
---@nodiscard
function host.streams() end

---@deprecated `files.read`
---@param path string
---@return string? text, string? message, "unreadable"? code
---@nodiscard
function host.read_file(path) end

---@deprecated `recording.replay`
---@param path string?
---@return true? done, string? message_or_url, "unreadable"? code
function host.replay(path) end

---@deprecated `recording.record`
---@param path string?
---@return true? done, string? message, "unreadable"? code
function host.record(path) end

---@deprecated `files.list`
---@param folder string
---@return string[]? names, string? message, "unreadable"? code
---@nodiscard
function host.files(folder) end

---@deprecated `files.write`
---@param path string
---@param text string
---@return true? done, string? message, "unwritable"? code
---@nodiscard
function host.write_file(path, text) end

---@deprecated `program.run`
---@param words string[]
---@return string? output, integer|string status_or_message, "absent"|"failed"|nil code
---@nodiscard
function host.program(words) end

---@deprecated `sandbox.run`
---@async
---@param stream airbyte_stream?
---@param script string
---@param text string
---@param apart {base: string?, hosts: string[]?, grants: boolean?, time: number?}?
---@return string? ...
---@nodiscard
function host.run(stream, script, text, apart) end

---@deprecated `sandbox.prompt`
---@async
---@param script string
---@param text string
---@return string? ...
---@nodiscard
function host.prompt(script, text) end

---@deprecated `files.write_new`
---@param path string
---@param text string
---@return true? done, string? message, "exists"|"unwritable"|nil code
---@nodiscard
function host.write_new(path, text) end

return host
