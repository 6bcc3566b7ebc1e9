---@meta sandbox

---For verbs; the prompt has `run`.
---@class sandbox
local sandbox = {}

---Calls the function that a script returns, with the text, in a sandboxed state of its own.
---@async
---@param stream airbyte_stream? the stream whose lines it may write
---@param script string
---@param text string
---@param apart {base: string?, hosts: string[]?, grants: boolean?, beside: string?, time: number?}? in a process of its own, with limits, that may ask
---the configured host, these hosts, and, with `grants`, those that it names itself; `time`: seconds that it may run, at
---most what the options say; `beside`: the stream beside whose script it may read files
---@return string? ... what it returned; or nil, message with traceback, "raised"; or nil, message, "ended"
---@nodiscard
function sandbox.run(stream, script, text, apart) end

---The same in the state of a person's prompt, which can make code of text (the module `repl`).
---@async
---@param script string
---@param text string
---@return string? ... as of run
---@nodiscard
function sandbox.prompt(script, text) end

return sandbox
