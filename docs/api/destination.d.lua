---@meta destination

---Where `sync` keeps streams: a SQLite file, a schema of PostgreSQL, or a folder of JSON lines. For verbs alone.
---@class destination
local destination = {}

---Opens or makes a SQLite file, a folder where the path is one or ends with a slash, or a schema of postgresql://…; the schema is
---the one of `--schema`. No other sync can write to it meanwhile.
---@param path string
---@param verbose boolean? what streams log at INFO is passed on, too
---@return open_destination?
---@return string? message
---@return "in_use"|"foreign"|"unwritable"|nil code
function destination.open(path, verbose) end

---What the newest syncs came to: a JSON array, an object for each stream of each.
---@param path string
---@param most integer syncs
---@return string? json
---@return string? message
---@return "unreadable"? code
function destination.runs(path, most) end

---The state from which a sync would go on, as JSON; nil: from the top. Writes nothing.
---@param path string
---@param stream string
---@param place string
---@return string? state
---@return string? message
---@return "unreadable"? code
function destination.peek(path, stream, place) end

---@class destination_plan
---@field name string the stream's
---@field place string whose rows they are; those of other places are left alone
---@field former string? places whose rows and state are this one's from now on: the one whose state counts first, each with a NUL
---behind it
---@field key string[] the fields that tell rows apart; none: rows are told apart by all that they say
---@field schema string JSON Schema of its records
---@field declared boolean the schema is more than a default: other fields are worth a word
---@field frozen boolean a field or a kind of value that the table does not have is an error
---@field gzip boolean? files are compressed
---@field replaces boolean the rows take the place of those that are there, once all have come
---@field resumes boolean a read that was cut is gone on with; else what it brought is dropped
---@field keeps_state boolean the state counts for later syncs, too
---@field eager boolean? each state is committed at once; else a second later at the most
---@field left_out string[]? members of records, and of the objects in them, that are not stored

---@class open_destination
local open_destination = {}

---Has this stream a table of an earlier sync?
---@param name string
---@return boolean? has
---@return string? message
---@return "unreadable"? code
function open_destination:has(name) end

---Which places has this stream states or recent syncs of?
---@param name string
---@param all boolean? of any sync
---@return string[]? places the newest first
---@return string? message
---@return "unreadable"? code
function open_destination:places(name, all) end

---Makes the table of a stream, or finds it.
---@param plan destination_plan
---@return airbyte_stream? output its records and states go into the file
---@return string? state_or_message the state from which it goes on (JSON); nil: from the top
---@return "unwritable"|"refused"|nil code refused: the table of this stream cannot be written, and those of others can
function open_destination:stream(plan) end

---What a stream came to: rows `new`, `updated`, `unchanged`, `removed`, `total` (nil: not counted); `replaced` values; `requests`; `next`, the
---cursor of its last state; `notes`, lines of what its columns have become.
---@param name string
---@return table
function open_destination:result(name) end

---Why nothing of this stream is kept any more, though that of others is; nil: it is.
---@param name string
---@return string?
function open_destination:refusal(name) end

---Why nothing can be kept any more; nil: it can.
---@return string?
function open_destination:failure() end

---Keeps what is complete. Afterwards nothing is taken.
---@return true? ok
---@return string? message
---@return "unwritable"? code
function open_destination:close() end

return destination
