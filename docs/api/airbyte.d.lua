---@meta airbyte

---Records, states, logs and statuses of a read go to a sink: Airbyte's lines on standard output, words for people, or
---functions of a verb's. A script has the functions that its place allows.
---@class airbyte
local airbyte = {}

---Logs a message; secrets in it are masked.
---@param level "FATAL"|"ERROR"|"WARN"|"INFO"|"DEBUG"|"TRACE"
---@param message string
function airbyte.log(level, message) end

-- ---- in a stream's own state: the lines of that stream

---Writes the records of a page that are kept, whole. RUNNING goes before the first of all.
---@param page page
---@return integer count
function airbyte.emit(page) end

---Writes a state, after every record that it covers, and flushes.
---@param state table
function airbyte.state(state) end

---Says that the stream waits for a rate limit. Where no stream is read (check, discover), nobody is told.
---@param until_us integer microseconds since 1970
function airbyte.rate_limited(until_us) end

---Shows a person at a terminal why the stream waits, and for how long. `rate_limited` does so by itself.
---@param why string
---@param seconds number
function airbyte.waiting(why, seconds) end

---Writes objects that name records by their keys, with `_deleted_at`, when they were found to be gone: a table sets that in their rows.
---@param page page
---@return integer written
function airbyte.emit_deleted(page) end

---Says about how many rows the stream will have.
---@param rows integer
function airbyte.estimate(rows) end

---What has been written of the stream.
---@return integer records
---@return integer bytes
function airbyte.written() end

---The counts of a read besides its records; absent counts are 0.
---@class airbyte_summary
---@field requests integer?
---@field received integer? bytes
---@field retries integer?
---@field waits integer?
---@field waited_us integer? microseconds
---@field repeats integer? dropped
---@field needless integer? answers that were asked for ahead, and not needed
---@field ended string how, for people

---Reports the end of a read: as a LOG line, or as a table to a verb that takes it.
---@param summary airbyte_summary
function airbyte.summary(summary) end

---Shows an event to the verb that tries the stream; other sinks ignore it.
---@param shown table what JSON can hold
function airbyte.observe(shown) end

-- ---- for verbs

---@param json string the spec
function airbyte.spec(json) end

---@param json string the catalogue
function airbyte.catalog(json) end

---@param succeeded boolean
---@param message? string
function airbyte.connection_status(succeeded, message) end

---Writes an ERROR trace that belongs to no stream.
---@param failure_type failure_type
---@param message string
---@param internal? string
function airbyte.error(failure_type, message, internal) end

---Opens a stream of the catalogue.
---@param name string
---@param namespace? string
---@return airbyte_stream
function airbyte.stream(name, namespace) end

---The functions that take a captured stream's records and messages, each at once. A message without a function is left out.
---No function can wait. When a function returns false or raises, the stream's run is ended.
---@class airbyte_takers
---@field record (fun(json: string): boolean?)? one record, as it would be written
---@field state (fun(json: string): boolean?)? after every record that it covers
---@field log (fun(level: string, message: string): boolean?)?
---@field error (fun(failure_type: failure_type, message: string, internal: string?): boolean?)?
---@field status (fun(status: string): boolean?)? RUNNING before the first record
---@field rate_limited (fun(until_us: integer): boolean?)?
---@field estimate (fun(rows: integer): boolean?)?
---@field summary (fun(summary: airbyte_summary): boolean?)? where there is none, it is logged
---@field observe (fun(json: string): boolean?)? what airbyte.observe was given

---A stream whose records and all else go to functions: of its run, and what is logged in its state.
---@param name string
---@param namespace string?
---@param takers airbyte_takers
---@return airbyte_stream
function airbyte.capture(name, namespace, takers) end

---@alias failure_type "config_error"|"system_error"|"transient_error"

---@class airbyte_stream
local airbyte_stream = {}

---@param status "STARTED"|"RUNNING"|"COMPLETE"|"INCOMPLETE"
function airbyte_stream:status(status) end

---@param failure_type failure_type
---@param message string
---@param internal? string
function airbyte_stream:error(failure_type, message, internal) end

---Why a captured stream's run was ended: "stopped", or what a function raised.
---@return string?
function airbyte_stream:stopped() end

return airbyte
