---@meta ledger

---What each list of a stream has sent: of each row its key and a digest, on disk. For streams that perigee ships; where a function
---fails it returns nil, a message and "unwritable".
---@class ledger
local ledger = {}

---Is what this stream sends noted?
---@return boolean
function ledger.exists() end

---The number of this stream's list of a place. What was noted under marks above `covered` is no longer known.
---@param place string
---@param covered integer
---@return integer? list
---@return string? message
function ledger.list(place, covered) end

---Has rows that were noted alike not go out, and notes of all that they are listed in this round. The page was made with
---`settled`.
---@param page page
---@param names string[] the fields that tell rows apart
---@param list integer
---@param round integer
---@return integer? dropped
---@return string? message
function ledger.drop(page, names, list, round) end

---Notes rows that were sent.
---@param page page
---@param names string[]
---@param list integer
---@param round integer
---@param mark integer
---@return true? noted
---@return string? message
function ledger.note(page, names, list, round, mark) end

---Rows with a time from `from` on that were not listed in the round: a JSON array of objects with their keys and `more`, and the
---last one's key; nil where there are none.
---@param list integer
---@param round integer
---@param from integer microseconds since 1970
---@param more string members of each, as JSON
---@param most integer
---@return string? rows
---@return string? last the message where it fails
function ledger.gone(list, round, from, more, most) end

---Notes of these, up to the last one's key, that it was said.
---@param list integer
---@param round integer
---@param mark integer
---@param from integer
---@param last string
---@return true? noted
---@return string? message
function ledger.forget(list, round, mark, from, last) end

---Has what was noted stay, before a state that covers it.
---@return true? kept
---@return string? message
function ledger.keep() end

---For verbs: the streams that are opened from now on note in this file what they send.
---@param path string
---@return true? open
---@return string? message
function ledger.use(path) end

return ledger
