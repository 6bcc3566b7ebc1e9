---@meta secrets

---For verbs: the configuration's secrets, which scripts see as handles such as `<secret:auth_token>`.
---@class secrets
local secrets = {}

---@param path string
---@param spec string the spec's JSON: what it marks airbyte_secret is taken out
---@return string? text the configuration, with handles
---@return string? message
---@return "unreadable"|"malformed"|nil code
---@nodiscard
function secrets.read(path, spec) end

---A configuration of environment variables, which are taken out of the environment.
---@param variables table<string, string> the variable's name for each field
---@param spec string the spec's JSON: what it marks airbyte_secret is taken out
---@return string? text a JSON object of strings, with handles
---@return string? message
---@return "malformed"? code
---@nodiscard
function secrets.environment(variables, spec) end

---A configuration of one field, which a person types at the terminal; what is typed is not shown.
---@param field string
---@param prompt string
---@param spec string the spec's JSON: what it marks airbyte_secret is taken out
---@return string? text a JSON object, with a handle
---@return string? message
---@return "no_terminal"|"ended"|"malformed"|nil code
---@nodiscard
function secrets.ask(field, prompt, spec) end

---Writes a configuration, with values in place of handles, into a new file that its owner alone may read.
---@param path string
---@param text string JSON
---@return true? ok
---@return string? message
---@return "exists"|"unwritable"|nil code
function secrets.write(path, text) end

---Allows a secret to be sent to this URL's origin; once: a second, other origin is refused.
---@param handle string
---@param url string
---@param name string? what messages call it
---@return boolean ok
---@nodiscard
function secrets.grant(handle, url, name) end

---Allows a secret to be sent to one origin more, once: the URL is that origin and nothing else, and it and the first one are
---https, of the default port, and at the domain or below it.
---@param handle string
---@param url string
---@param domain string in lower case
---@return boolean ok
---@nodiscard
function secrets.widen(handle, url, domain) end

---Whether a URL is such an origin of that domain, and nothing else.
---@param url string
---@param domain string
---@return boolean
---@nodiscard
function secrets.is_below(url, domain) end

---What a token has that no token has: "quoted", "bearer" (the scheme before it), "address" (it is a URL), "marked" (a byte
---order mark before it), "blank" (white space in it). Nil where there is nothing.
---@param handle string
---@return "quoted"|"bearer"|"address"|"marked"|"blank"|nil
---@nodiscard
function secrets.flaw(handle) end

---Which of these a secret's value begins with: it tells what kind of token it is, and no more is told of it.
---@param handle string
---@param prefixes string[]
---@return string? prefix
---@nodiscard
function secrets.prefix(handle, prefixes) end

return secrets
