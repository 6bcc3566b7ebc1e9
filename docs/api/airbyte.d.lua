---@meta airbyte

---The lines of the Airbyte protocol. What a script has of it depends on where it runs.
---@class airbyte
local airbyte = {}

---Writes a LOG line; secrets in it are masked.
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

---Says that the stream waits for a rate limit.
---@param until_us integer microseconds since 1970
function airbyte.rate_limited(until_us) end

---Says about how many rows the stream will have.
---@param rows integer
function airbyte.estimate(rows) end

---What has been written of the stream.
---@return integer records
---@return integer bytes
function airbyte.written() end

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

---A stream whose lines go to a function, each at once and without its line break: records, states, traces, and what is
---logged in its state. The function cannot wait. When it returns false, or raises, the stream's run is ended.
---@param name string
---@param namespace string?
---@param on_line fun(line: string): boolean?
---@return airbyte_stream
function airbyte.capture(name, namespace, on_line) end

---@alias failure_type "config_error"|"system_error"|"transient_error"

---@class airbyte_stream
local airbyte_stream = {}

---@param status "STARTED"|"RUNNING"|"COMPLETE"|"INCOMPLETE"
function airbyte_stream:status(status) end

---@param failure_type failure_type
---@param message string
---@param internal? string
function airbyte_stream:error(failure_type, message, internal) end

---Why the lines of a captured stream are taken no more: "stopped", or what the function raised.
---@return string?
function airbyte_stream:stopped() end

return airbyte
