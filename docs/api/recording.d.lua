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

---From now on answers all requests from the text of an HTTP Archive.
---@param text string
---@return true?
---@return string? message
---@return "unreadable"? code
function recording.replay_text(text) end

---Do responses come from a recording?
---@return boolean
---@nodiscard
function recording.is_replayed() end

---From now on writes all exchanges to this HTTP Archive; nil: no more.
---@param path string?
---@return true?
---@return string? message
---@return "unreadable"? code
function recording.record(path) end

---From now on also masks members of these names in the JSON bodies of recordings, besides password, access_token,
---cookie and their like, which always are. For the names that an API alone has.
---@param names string[]
function recording.redact(names) end

---Do recordings mask what stands under this name?
---@param kind "header"|"parameter"|"member" of a request, of a query, a form or a cookie, of a JSON body
---@param name string
---@return boolean
---@nodiscard
function recording.is_secret(kind, name) end

return recording
