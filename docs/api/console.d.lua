---@meta console

---Standard output for people; for verbs that write no protocol there.
---@class console
local console = {}

---Writes text at once; secrets in it are masked, and what steers a terminal is shown as escapes, but for colours.
---@param text string
function console.write(text) end

---Text as a terminal may be given it: control characters and marks that turn the reading direction become escapes, such
---as `\x1B`. Line breaks and tabs stay.
---@param text string
---@return string
function console.clean(text) end

---@return boolean colour may it be coloured: a terminal that TERM says knows colours, and NO_COLOR is not set?
---@return integer columns
---@return boolean terminal is it one?
function console.terminal() end

---A line that a person types, without the blanks around it.
---@param prompt string
---@return string? line
---@return string? message
---@return "no_terminal"|"ended"|nil code
function console.ask(prompt) end

return console
