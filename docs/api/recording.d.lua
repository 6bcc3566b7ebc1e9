---@meta recording

---For verbs alone.
---@class recording
local recording = {}

---From now on answers all requests from this HTTP Archive, by whose time the clock goes. An empty path
---stands for a recording of nothing; nil: from the network again.
---@param path string?
---@return true?
---@return string? message_or_url why not; or the URL of its first exchange
---@return "unreadable"? code
function recording.replay(path) end

---From now on writes all exchanges to this HTTP Archive; nil: no more.
---@param path string?
---@return true?
---@return string? message
---@return "unreadable"? code
function recording.record(path) end

return recording
