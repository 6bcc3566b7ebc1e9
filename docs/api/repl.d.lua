---@meta repl

---For the prompt's own script alone.
---@class repl
local repl = {}

---Is standard input a terminal?
---@return boolean
function repl.interactive() end

---Waits for a line on the terminal. From the first one on, Ctrl-C interrupts the other tasks of this state only.
---@param prompt string
---@param complete fun(before: string): string?, string? what follows the text before the cursor, and lines to show
---@return string? line
---@return "interrupted"|"end"|nil why
---@return string? typed so far
---@nodiscard
function repl.line(prompt, complete) end

---Adds a line to the history.
---@param line string
function repl.remember(line) end

---All of standard input.
---@return string? text
---@return string name of the file, or "stdin"; or a message
---@return "unreadable"? code
---@nodiscard
function repl.input() end

---@param text string
---@param name string the chunk's, as of load
---@param environment table its globals
---@return function? f
---@return string? message
---@nodiscard
function repl.compile(text, name, environment) end

---Writes all exchanges from now on to an HTTP Archive.
---@param path? string nil: no more
---@return true? ok
---@return string? message
---@return "unusable"? code
---@nodiscard
function repl.record(path) end

---Answers all requests from now on from an HTTP Archive.
---@param path? string nil: the network answers again
---@return true? ok
---@return string? message
---@return "unusable"? code
---@nodiscard
function repl.replay(path) end

return repl
