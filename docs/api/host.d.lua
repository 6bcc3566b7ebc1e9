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
---@param script string? its text, where no file holds it
---@return any? definition
---@return string? message
---@return "unknown"|"unreadable"|nil code
---@nodiscard
function host.stream(name, script) end

---The globals that the script of a stream names and that are not there, also in functions that are never called.
---@param name string
---@param script string?
---@return {name: string, line: integer}[]? list
---@return string? message
---@return "unknown"|"unreadable"|nil code
---@nodiscard
function host.undefined(name, script) end

---In a stream of the user's own: the hosts that its script names, once, before it asks any. Whether they count, the
---process that runs it knows: those of a file do, those of a script in the configuration do not.
---@param hosts string[]
---@return true? done
---@return string? message
---@return "no_host"? code
function host.grant(hosts) end

-- ---- for verbs and the prompt

---The names of all streams, in order.
---@return string[]? names
---@return table<string, string>|string|nil own the files of those that are the user's own; or a message
---@return table<string, true>|"unreadable"|nil shipped the names of shipped ones, replaced or not; or a code
---@nodiscard
function host.streams() end

-- ---- for verbs

---@param path string
---@return string? text
---@return string? message
---@return "unreadable"? code
---@nodiscard
function host.read_file(path) end

---From now on answers all requests from this HTTP Archive, by whose time the clock goes. An empty path
---stands for a recording of nothing; nil: from the network again.
---@param path string?
---@return true?
---@return string? message_or_url why not; or the URL of its first exchange
---@return "unreadable"? code
function host.replay(path) end

---From now on writes all exchanges to this HTTP Archive; nil: no more.
---@param path string?
---@return true?
---@return string? message
---@return "unreadable"? code
function host.record(path) end

---The names of all in a folder, in order.
---@param folder string
---@return string[]? names
---@return string? message
---@return "unreadable"? code
---@nodiscard
function host.files(folder) end

---Writes a whole file, in place of what was there.
---@param path string
---@param text string
---@return true?
---@return string? message
---@return "unwritable"? code
---@nodiscard
function host.write_file(path, text) end

---Runs another program to its end, without a shell.
---@param words string[]
---@return string? output what it wrote on standard output and error
---@return integer|string status_or_message its exit status, -1 when a signal ended it
---@return "absent"|"failed"|nil code
---@nodiscard
function host.program(words) end

---Calls the function that a script returns, with the text, in a sandboxed state of its own.
---@async
---@param stream airbyte_stream? the stream whose lines it may write
---@param script string
---@param text string
---@param apart {base: string?, hosts: string[]?, grants: boolean?, time: number?}? in a process of its own, with limits, that may ask
---the configured host, these hosts, and, with `grants`, those that it names itself; `time`: seconds that it may run, at
---most what the options say
---@return string? ... what it returned; or nil, message with traceback, "raised"; or nil, message, "ended"
---@nodiscard
function host.run(stream, script, text, apart) end

---The same in the state of a person's prompt, which can make code of text (the module `repl`).
---@async
---@param script string
---@param text string
---@return string? ... as of run
---@nodiscard
function host.prompt(script, text) end

---Writes a file that is not there yet.
---@param path string
---@param text string
---@return true? ok
---@return string? message
---@return "exists"|"unwritable"|nil code
---@nodiscard
function host.write_new(path, text) end

return host
