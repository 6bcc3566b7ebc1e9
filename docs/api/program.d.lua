---@meta program

---For verbs alone.
---@class program
local program = {}

---Runs another program to its end, without a shell.
---@param words string[]
---@return string? output what it wrote on standard output and error
---@return integer|string status_or_message its exit status, -1 when a signal ended it
---@return "absent"|"failed"|nil code
---@nodiscard
function program.run(words) end

return program
