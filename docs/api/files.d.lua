---@meta files

---For verbs alone.
---@class files
local files = {}

---@param path string "-": standard input
---@return string? text
---@return string? message
---@return "unreadable"? code
---@nodiscard
function files.read(path) end

---A document; or, of what `read` printed, however much that is, the last STATE message of each stream.
---@param path string "-": standard input
---@param kept? string[] as of json.decode
---@return "document"|"printed"|nil kind
---@return any value of the document; a list of the messages; or what is wrong
---@return integer|"unreadable"|"empty"|"malformed"|"cut"|nil foreign the number of the first line that is no message; or the code
---@nodiscard
function files.read_states(path, kept) end

---Writes a whole file, in place of what was there.
---@param path string
---@param text string
---@return true?
---@return string? message
---@return "unwritable"? code
---@nodiscard
function files.write(path, text) end

---Writes a file that is not there yet.
---@param path string
---@param text string
---@return true? ok
---@return string? message
---@return "exists"|"unwritable"|nil code
---@nodiscard
function files.write_new(path, text) end

---Is there anything of this name, be it a link to nowhere? Its text is not read.
---@param path string
---@return boolean
---@nodiscard
function files.exist(path) end

---The names of all in a folder, in order.
---@param folder string
---@return string[]? names
---@return string? message
---@return "unreadable"? code
---@nodiscard
function files.list(folder) end

return files
