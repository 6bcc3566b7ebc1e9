---@meta console

---Standard output for people; for verbs that write no protocol there.
---@class console
local console = {}

---Writes text at once; secrets in it are masked.
---@param text string
function console.write(text) end

---@return boolean colour may it be coloured: a terminal, and NO_COLOR is not set?
---@return integer columns
function console.terminal() end

return console
