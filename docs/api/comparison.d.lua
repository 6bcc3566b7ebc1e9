---@meta comparison

---Two connectors' outputs, compared record by record. For verbs alone.
---@class comparison
local comparison = {}

---@class compared_stream pairs hold A's number, then B's
---@field stream string
---@field namespace string|userdata json.null where there is none
---@field key string[][] the paths by which its records are told apart
---@field records integer[] how many came
---@field without_key integer[] of them; each is told apart by all that it says
---@field repeats integer[] records whose key came again later: the last one counts
---@field errors integer[] ERROR traces
---@field same integer records that say the same
---@field rewritten integer of the same ones, those whose bytes differ
---@field changed integer records of one key that say something else
---@field missing integer records that B lacks
---@field extra integer records that A lacks
---@field missing_keys string[] the first five, as JSON; of a record without a key, its beginning
---@field extra_keys string[]
---@field fields compared_field[] what differs in changed records, at most 1,000
---@field status (string|userdata)[] the last status
---@field states any[] the last state
---@field state_fields compared_field[]

---@class compared_field
---@field field string a path such as `tags[].value`
---@field a string the kind of A's value: a type of JSON Schema, or `absent`
---@field b string
---@field records integer how many differ so
---@field key string of one of them, as JSON
---@field a_value string its value, as JSON, cut where it is long; empty where it is absent
---@field b_value string

---@class compared_file
---@field file string
---@field lines integer
---@field foreign integer lines that are no messages
---@field unreadable integer messages that are malformed
---@field first_unreadable integer the number of its line, from 1; 0: there is none
---@field failures integer errors that are of no stream
---@field why string what is wrong with it

---Compares two files ("-": standard input). Records lie in a temporary database meanwhile, so memory is bounded.
---@param a string
---@param b string
---@param keys string JSON: an object with the key of each stream, an array of paths such as [["id"]]; others have that one
---@return string? report lines of JSON: a compared_stream for each stream, then a compared_file for each file
---@return string? message
---@return "unreadable"? code
function comparison.outputs(a, b, keys) end

return comparison
