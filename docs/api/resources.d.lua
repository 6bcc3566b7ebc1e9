---@meta resources

---@class resources
local resources = {}

---The text of a file below schemas/, or beside a stream's script, which is looked at first: a stream's script reads so
---what is beside itself; one of the configuration, and the prompt, nothing.
---@param name string
---@param stream? string
---@return string? text
---@return string? message
---@return "unreadable"? code
---@nodiscard
function resources.read(name, stream) end

return resources
