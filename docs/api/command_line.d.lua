---@meta command_line

---@class command_line
---@field version string perigee's
local command_line = {}

---What the command line says; times in seconds, absent where a default holds. Names of files and folders: for verbs.
---@return table
function command_line.options() end

return command_line
