---@meta sandbox

---For verbs; the prompt has `run` and `process`.
---@class sandbox
local sandbox = {}

---@class sandbox.apart what a script may do in its process
---@field base string? the configured host's URL, which it may ask
---@field hosts string[]? further ones
---@field methods string[]? by which it may change things at the configured host
---@field grants boolean? it may name further hosts and methods itself
---@field beside string? the stream beside whose script it may read files
---@field time number? seconds that it may run, at most what the options say
---@field process sandbox.process? where it is to run; without, in a process that ends with it

---@class sandbox.process

---Calls the function that a script returns, with the text, in a sandboxed state of its own.
---@async
---@param stream airbyte_stream? the stream whose lines it may write
---@param script string
---@param text string
---@param apart sandbox.apart? in a process of its own, with limits
---@param about string? what it is, for people, such as "the script of the stream 'events'"
---@param last boolean? no other state is begun after it, so compiled scripts are not kept for one
---@return string? ... what it returned; or nil, message with traceback, "raised"; or nil, message, "ended"
---@nodiscard
function sandbox.run(stream, script, text, apart, about, last) end

---A process that is used again: `run` with it in `apart` runs one script after the other in one process, each in a state
---of its own with its own hosts and limits. One that raises, runs too long, or leaves something behind ends it, and the next
---run makes another. No stream's lines can be written there.
---@return sandbox.process
---@nodiscard
function sandbox.process() end

---The same in the state of a person's prompt, which can make code of text (the module `repl`).
---@async
---@param script string
---@param text string
---@return string? ... as of run
---@nodiscard
function sandbox.prompt(script, text) end

return sandbox
